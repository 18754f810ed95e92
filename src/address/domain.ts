/** Domain names in one canonical form: what is compared, stored and sent. */
import { domainToASCII, domainToUnicode } from 'node:url';
import { hasUnseen, isAscii, octets } from './characters.js';

/** RFC 1035 §2.3.4: octets of a whole name without its final dot. */
const LONGEST = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Nearly all that come: nothing is to be mapped, and the last label is no number. */
const PLAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** The only ASCII that may be handed to the URL parser, which would take `%61`, `/` and `:80` apart. */
const HOST_CHARACTERS = /^[A-Za-z0-9.\-\u0080-\u{10ffff}]+$/u;

/**
 * The lower-case A-labels of a host name (UTS-46, RFC 5890), or undefined when it is none: empty, an address literal,
 * a numeric last label, a label or the whole too long, or a character that UTS-46 would silently drop.
 */
export function asciiDomain(text: string): string | undefined {
  if (text.length <= LONGEST && PLAIN.test(text) && !text.includes('xn--')) return text;
  if (!HOST_CHARACTERS.test(text) || hasUnseen(text)) return undefined;
  const ascii = needsMapping(text) ? domainToASCII(text) : text.toLowerCase();
  const labels = ascii.split('.');
  if (ascii.length > LONGEST || !labels.every((label) => LABEL.test(label))) return undefined;
  return isNumeric(labels.at(-1) ?? '') ? undefined : ascii;
}

/** The U-labels of a domain that `asciiDomain` accepts: the form of a JID (RFC 7622 §3.2.1). */
export function unicodeDomain(text: string): string | undefined {
  const ascii = asciiDomain(text);
  if (ascii === undefined || !ascii.includes('xn--')) return ascii;
  const unicode = domainToUnicode(ascii);
  return octets(unicode) <= 1023 ? unicode : undefined;
}

/** True when both are the same host name, however spelt. */
export function sameDomain(one: string, other: string): boolean {
  if (one === other) return true;
  const ascii = asciiDomain(one);
  return ascii !== undefined && ascii === asciiDomain(other);
}

function needsMapping(text: string): boolean {
  return !isAscii(text) || /xn--/i.test(text);
}

/** `1`, `0x7f`: what some resolvers read as a part of an IPv4 address. */
function isNumeric(label: string): boolean {
  return /^(?:[0-9]+|0x[0-9a-f]*)$/.test(label);
}
