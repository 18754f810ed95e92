/**
 * Header fields as they go on the wire (RFC 5322 §2.2, RFC 2047): encoded, folded, ended. Values are made of text that
 * was cleaned here or before, so none can end its field.
 */
import { encodeWord } from 'nodemailer/lib/mime-funcs';
import { formatMailAddress, type MailAddress } from '../address.js';
import { cutText, displayText, oneLine } from './mail-text.js';

/** RFC 5322 §2.1.1 wants 78 characters at most where there is a space to fold at. */
const WIDTH = 76;
/** RFC 2047 §2 allows 75; with room for a short field name. */
const WORD_WIDTH = 52;
const NAME_LIMIT = 100;

/**
 * One field with its line end, folded before spaces; no line holds only spaces.
 * @param value one line without spaces at its ends
 */
export function field(name: string, value: string): string {
  let lines = '';
  let line = `${name}:`;
  for (const piece of ` ${value}`.split(/(?<=[^ ])(?= )/)) {
    if (line.length + piece.length > WIDTH && line.includes(' ')) {
      lines += `${line}\r\n`;
      line = piece;
    } else line += piece;
  }
  return `${lines}${line}\r\n`;
}

/** The value of an unstructured field: as it is, or encoded words where it is not plain ASCII or looks encoded. */
export function textValue(text: string, most: number): string {
  return encodeText(displayText(text, most).trim());
}

function encodeText(line: string): string {
  return /[^ -~]|=\?/.test(line) ? encodeWord(line, mostlyAscii(line) ? 'Q' : 'B', WORD_WIDTH) : line;
}

/** Q takes up to nine characters for another one, B four for three bytes of any. */
function mostlyAscii(text: string): boolean {
  let other = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 126) other++;
  return other * 2 < text.length;
}

/** RFC 5322 §3.4. A name that looks like an address would be read as one: it is left out. */
export function mailbox(address: MailAddress, name = ''): string {
  const spec = formatMailAddress(address);
  const shown = displayText(name, NAME_LIMIT).trim();
  return shown === '' || shown.includes('@') ? spec : `${phrase(shown)} <${spec}>`;
}

function phrase(name: string): string {
  if (/^[\w ]+$/.test(name)) return name;
  const encoded = encodeText(name);
  return encoded === name ? `"${name.replace(/["\\]/g, '\\$&')}"` : encoded;
}

/** RFC 5322 §3.3. @param at ms since the epoch */
export function dateValue(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000');
}

/** Fields of a header-like block are not folded, so they are kept this short, and shorter where they are encoded. */
const FIELD_LIMIT = 800;
const ENCODED_FIELD_LIMIT = 150;

/** The value of a field of a header-like block (RFC 3464 §2.1): one ASCII line, other characters as encoded words. */
export function blockValue(value: string): string {
  const line = oneLine(value);
  return isAscii(line) ? line.slice(0, FIELD_LIMIT) : encodeText(cutText(line, ENCODED_FIELD_LIMIT));
}

export function isAscii(text: string): boolean {
  return Buffer.byteLength(text, 'utf8') === text.length;
}
