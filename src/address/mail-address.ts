/** RFC 5321 §4.1.2 Mailbox with the RFC 6531 §3.3 extension, read strictly. */
import type { MailAddress } from '../address.js';
import { Failure } from '../failure.js';
import { hasLookalikes, hasUnseen, octets } from './characters.js';
import { asciiDomain } from './domain.js';

/** RFC 5321 §4.5.3.1.1, octets. */
const LONGEST_LOCAL = 64;
/** RFC 5321 §4.5.3.1.3: a path is 256 octets with its angle brackets. */
const LONGEST_ADDRESS = 254;

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\-\\u0080-\\u{10ffff}]+";
const DOT_STRING = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`, 'u');
const MAILBOX = /^(?:"((?:[^"\\\p{Cc}]|\\[\x20-\x7e])*)"|([^"@\\]*))@([^@]*)$/u;

/** Why a text is no mail address we use; one wording for all, since the text came from outside. */
function refuse(what: string): Failure {
  return Failure.permanent('bad-address', `This is not a mail address that we can use: ${what}.`);
}

export function parseMailAddress(text: string): MailAddress | Failure {
  return parse(text, LONGEST_LOCAL);
}

/**
 * An address that reports return to. QUIRK, RFC 5321 §4.5.3.1.1: mailing services (VERP) and forwarders (SRS) write local
 * parts of more than 64 octets; whoever refuses those loses their mail. The path as a whole keeps its limit.
 */
export function parseReturnPath(text: string): MailAddress | Failure {
  return parse(text, LONGEST_ADDRESS);
}

function parse(text: string, longestLocal: number): MailAddress | Failure {
  if (text.length > 2 * LONGEST_ADDRESS) return refuse('it is too long');
  const match = MAILBOX.exec(text);
  if (match === null) return refuse('it must have the form local@domain');
  const [, quoted, dotted = '', host = ''] = match;
  if (quoted !== undefined) return make(quoted.replace(/\\(.)/g, '$1'), host, longestLocal);
  return dotted === '' || DOT_STRING.test(dotted) ? make(dotted, host, longestLocal) : refuse('the part before the @ holds characters that need quotes');
}

/** Of an unquoted local part and a host name, held to the same rules as what is parsed. */
export function makeMailAddress(local: string, host: string): MailAddress | Failure {
  return make(local, host, LONGEST_LOCAL);
}

function make(local: string, host: string, longestLocal: number): MailAddress | Failure {
  const fault = faultOfLocal(local, longestLocal);
  if (fault !== undefined) return refuse(fault);
  const domain = asciiDomain(host);
  if (domain === undefined) return refuse('the part after the @ is no host name');
  const address: MailAddress = { kind: 'mail', local, domain };
  return octets(formatMailAddress(address)) > LONGEST_ADDRESS ? refuse('it is too long') : address;
}

export function formatMailAddress(address: MailAddress): string {
  const { local, domain } = address;
  return DOT_STRING.test(local) ? `${local}@${domain}` : `"${local.replace(/["\\]/g, '\\$&')}"@${domain}`;
}

/** An `@` in a local part would only serve to confuse. */
function faultOfLocal(local: string, longest: number): string | undefined {
  if (local === '') return 'the part before the @ is empty';
  if (octets(local) > longest) return 'the part before the @ is too long';
  if (local.includes('@')) return 'it has more than one @';
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  if (/[\x00-\x1f\x7f]/.test(local) || hasUnseen(local)) return 'it holds characters that cannot be seen';
  return hasLookalikes(local) ? 'it holds characters that are easily taken for others' : undefined;
}
