/** What of a View is told in every format alike: words, times and addresses. Pure. */
import { cleanText } from '../../translate/xml-text.js';
import type { Contact } from '../../presence/view.js';

/** The last that RFC 3339 can spell: 9999-12-31T23:59:59Z. */
const LAST = 253_402_300_799_000;
/** What turns the text around it: a stranger's words must not do that to somebody's page. */
const BIDI = /[\u202a-\u202e\u2066-\u2069]/g;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * Foreign text as every format can carry it: LF line ends, no control character but tab and LF, nothing that sets a direction,
 * U+FFFD for lone surrogates and noncharacters.
 */
export function plainText(text: string): string {
  return cleanText(text.replace(/\r\n?/g, '\n').replace(BIDI, '').replace(CONTROLS, ''));
}

/** RFC 3339, UTC, whole seconds. @param ms since the epoch; what cannot be said becomes the nearest that can */
export function timestamp(ms: number): string {
  return `${new Date(Math.min(Math.max(ms, 0), LAST)).toISOString().slice(0, 19)}Z`;
}

/** RFC 5122: opens a chat program. */
export function chatUri({ jid }: Contact): string {
  return `xmpp:${addressPart(jid)}`;
}

/** RFC 6068. */
export function mailUri({ mail }: Contact): string | undefined {
  return mail === undefined ? undefined : `mailto:${addressPart(mail)}`;
}

function addressPart(address: string): string {
  const at = address.lastIndexOf('@');
  return `${escaped(address.slice(0, at))}@${escaped(address.slice(at + 1))}`;
}

/** One segment of a path, whatever the name: also a quotation mark or an apostrophe ends nothing. */
export function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The user's page. @param publicUrl without the slash at its end */
export function pageUrl(name: string, publicUrl: string): string {
  return `${publicUrl}/u/${segment(name)}`;
}

/** A name as a segment of our paths; the `@` of a JID stays as it is. */
export function segment(name: string): string {
  return escaped(name).replaceAll('%40', '@');
}
