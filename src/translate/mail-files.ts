/** Files of a chat message as parts of a mail (RFC 2045, 2183, 2231). */
import { detectMimeType, encodeWord, safeEncodeURIComponent } from 'nodemailer/lib/mime-funcs';
import type { Part } from './mail-compose.js';
import { field } from './mail-fields.js';
import { MailPieces, type FileBytes } from './mail-pieces.js';
import { isMediaType } from './media-type.js';

/** A file that is at hand and rides with the mail. */
export interface MailFile extends FileBytes {
  /** As `Attachment.name`. */
  readonly name: string;
  /** From `mailTypeOf`. */
  readonly type: string;
}

const UNKNOWN = 'application/octet-stream';
/** RFC 2046 §5: what holds other parts must not be in base64. Called a file, it is one. */
const HOLDS_PARTS = /^(?:multipart|message)\//;
/** Pictures that can hold a program are not shown, only offered. */
const PICTURE = /^image\/(?!svg)/;
const WORD_WIDTH = 52;
const PIECE = /(?:%[0-9A-F]{2}|[^%]){1,24}/g;

/** The first of these that is a media type and says something: the sender's word, the web server's, what the name's ending means. */
export function mailTypeOf(told: string, served: string, name: string): string {
  const types = [told, served, detectMimeType(name)].map((type) => type.toLowerCase());
  return types.find((type) => isMediaType(type) && type !== UNKNOWN && !HOLDS_PARTS.test(type)) ?? UNKNOWN;
}

/**
 * The text first, then each file.
 * @param boundary as for `multipart`
 */
export function mixedPieces(head: string, text: Part, files: readonly MailFile[], boundary: string): MailPieces {
  const start = `${head}${field('Content-Type', `multipart/mixed; boundary="${boundary}"`)}\r\n--${boundary}\r\n${text.fields}\r\n`;
  const pieces: (Buffer | FileBytes)[] = [];
  let before = Buffer.concat([Buffer.from(start), text.body]);
  for (const file of files) {
    pieces.push(Buffer.concat([before, Buffer.from(`\r\n--${boundary}\r\n${fileFields(file)}\r\n`)]), file);
    before = Buffer.alloc(0);
  }
  return new MailPieces([...pieces, Buffer.concat([before, Buffer.from(`\r\n--${boundary}--\r\n`)])]);
}

/** The name twice: as RFC 2231 wants it, and in Content-Type for readers that are older than that. */
function fileFields({ name, type }: MailFile): string {
  const disposition = PICTURE.test(type) ? 'inline' : 'attachment';
  return `${parameters(`Content-Type: ${type}`, [`name=${quoted(olderName(name))}`])}${field('Content-Transfer-Encoding', 'base64')}${parameters(`Content-Disposition: ${disposition}`, fileNames(name))}`;
}

function parameters(start: string, all: readonly string[]): string {
  return `${[start, ...all].join(';\r\n ')}\r\n`;
}

/** RFC 2047 §5 forbids encoded words in quotes; every reader knows them there. */
function olderName(name: string): string {
  return isPlain(name) ? name : encodeWord(name, 'B', WORD_WIDTH);
}

/** RFC 2231 §3, §4.1: in pieces where it is long, none of which ends within a byte. */
function fileNames(name: string): string[] {
  if (isPlain(name)) return [`filename=${quoted(name)}`];
  const [first = '', ...more] = safeEncodeURIComponent(name).match(PIECE) ?? [];
  if (more.length === 0) return [`filename*=utf-8''${first}`];
  return [`utf-8''${first}`, ...more].map((piece, n) => `filename*${n}*=${piece}`);
}

/** ASCII, and not what a reader would take for an encoded word. */
function isPlain(name: string): boolean {
  return /^[ -~]*$/.test(name) && !name.includes('=?');
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
