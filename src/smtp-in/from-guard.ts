/**
 * Who a mail is from: the one value that its contact is built from, and the one that DMARC is asked about.
 *
 * Readers of mail disagree about odd From fields: one judges the first address, another shows the last. So there is one
 * form only that passes (RFC 5322 §3.6.2 with one mailbox, RFC 7489 §6.6.1): exactly one From field in the raw bytes,
 * exactly one addr-spec by our strict grammar. And what DMARC judged must be the domain of that very address.
 */
import { parseMailAddress, type MailAddress } from '../address.js';
import { Failure, isFailure } from '../failure.js';
import type { RawField } from './header.js';

/** Bytes of a From field with one mailbox; a longer one has no honest reason. */
const LONGEST = 4096;

const refuse = (text: string): Failure => Failure.permanent('bad-content', text);

/** @param fields of the whole header, as it came */
export function guardFrom(fields: readonly RawField[]): MailAddress | Failure {
  const candidates = fields.filter(looksLikeFrom);
  const [field] = candidates;
  if (field === undefined) return refuse('The mail has no From field.');
  if (candidates.length > 1) return refuse('The mail has more than one From field.');
  if (field.name !== 'from') return refuse('The From field is malformed.');
  if (field.raw.length > LONGEST) return refuse('The From field is too long.');
  return parseFrom(field.value);
}

/**
 * Holds what DMARC judged against the address the guard let through.
 * @param judged the domain DMARC speaks of: that of the address, or its organizational domain; undefined when it found none
 */
export function guardJudged(from: MailAddress, judged: string | undefined): Failure | undefined {
  if (judged !== undefined && (from.domain === judged || from.domain.endsWith(`.${judged}`))) return undefined;
  return Failure.permanent('forged-sender', 'The domain of the From field could not be judged.');
}

/** `From`, also with white space before the colon, before the name, or folded within it. */
function looksLikeFrom({ name, raw }: RawField): boolean {
  const label = name === '' ? raw.slice(0, Math.max(raw.indexOf(':'), 0)) : name;
  return label.replace(/\s+/g, '').toLowerCase() === 'from';
}

const QUOTED = '"(?:[^"\\\\\\r\\n]|\\\\[^\\r\\n])*"';
const ENCODED = '=\\?[^?\\s<>"]+\\?[BbQq]\\?[^?\\s<>"]*\\?=';
/** A display name: words, quoted strings and encoded words; an unquoted special would make it a list, group or route. */
const PHRASE = `(?:${QUOTED}|${ENCODED}|[^"<>@,;:\\\\()\\[\\]])*`;
const NAMED = new RegExp(`^${PHRASE}<([^<>\\r\\n]*)>$`);
/** `a@b <a@b>`, unquoted: against the grammar, frequent, and of one meaning. */
const ECHOED = /^([^\s<>",;:\\()]+@[^\s<>",;:\\()]+)\s*<\1>$/i;

function parseFrom(value: string): MailAddress | Failure {
  const text = stripComments(value)?.trim();
  if (text === undefined) return refuse('The From field is malformed.');
  const spec = (ECHOED.exec(text) ?? NAMED.exec(text))?.[1]?.trim() ?? text;
  const decoded = decodeUtf8(spec);
  const address = decoded === undefined ? undefined : parseMailAddress(decoded);
  if (address === undefined || isFailure(address)) return refuse('The From field does not hold exactly one mail address.');
  return disguised(decoded ?? '', address) ? refuse('The domain of the From field is not spelt plainly.') : address;
}

/** A domain whose characters only look like ASCII and are mapped to it: nobody writes their own that way. */
function disguised(text: string, { domain }: MailAddress): boolean {
  const written = text.slice(text.lastIndexOf('@') + 1);
  return written.toLowerCase() !== domain && !domain.split('.').some((label) => label.startsWith('xn--'));
}

/** RFC 5322 §3.2.2 comments out, nested ones too; undefined when a comment, quote or escape is not closed. */
function stripComments(value: string): string | undefined {
  let depth = 0;
  let quoted = false;
  let kept = '';
  for (let i = 0; i < value.length; i++) {
    const char = value.charAt(i);
    const pair = char === '\\' ? value.slice(i, i + 2) : char;
    if (pair === '\\') return undefined;
    if (char === '"' && depth === 0) quoted = !quoted;
    if (char === '(' && !quoted) depth++;
    if (depth === 0) kept += pair;
    if (char === ')' && !quoted && --depth < 0) return undefined;
    i += pair.length - 1;
  }
  return depth === 0 && !quoted ? kept : undefined;
}

/** A field's bytes, held one per character, as the UTF-8 they are (RFC 6532); undefined when they are not. */
function decodeUtf8(bytes: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
}
