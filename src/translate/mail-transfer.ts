/** Content-transfer-encodings of what we write (RFC 2045 §6.7, §6.8). Our own, in one pass: the libraries stream. */

/** A line's characters, without the `=` of a soft break. */
const WIDTH = 75;
const HEX = Buffer.from('0123456789ABCDEF');
const CR = 13;
const LF = 10;
const EQUALS = 61;
/** RFC 2045 §6.8: what a base64 line holds, and how it is written. */
const LINE_BYTES = 57;
const LINE_CHARACTERS = 76;

/** @param bytes with CRLF line ends; a CR or LF alone is data. Characters of UTF-8 are not divided between lines. */
export function quotedPrintable(bytes: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(bytes.length * 4 + 16);
  let to = 0;
  let lineStart = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === CR && bytes[i + 1] === LF) {
      out[to++] = CR;
      out[to++] = LF;
      lineStart = to;
      i++;
      continue;
    }
    const literal = isLiteral(byte, bytes[i + 1]);
    if (to - lineStart + room(byte, literal) > WIDTH) {
      out[to++] = EQUALS;
      out[to++] = CR;
      out[to++] = LF;
      lineStart = to;
    }
    if (literal) out[to++] = byte;
    else {
      out[to++] = EQUALS;
      out[to++] = HEX[byte >> 4] ?? 0;
      out[to++] = HEX[byte & 15] ?? 0;
    }
  }
  return out.subarray(0, to);
}

/** Printable ASCII; a space or tab only where something follows it in its line. */
function isLiteral(byte: number, next: number | undefined): boolean {
  if (byte === 32 || byte === 9) return next !== undefined && next !== CR && next !== LF;
  return byte > 32 && byte < 127 && byte !== EQUALS;
}

/** Characters that a byte needs in its line, with those of the UTF-8 character that it begins. */
function room(byte: number, literal: boolean): number {
  if (literal) return 1;
  return byte >= 0xf0 ? 12 : byte >= 0xe0 ? 9 : byte >= 0xc0 ? 6 : 3;
}

/** Lines of 76 characters. */
export function base64(bytes: Buffer): Buffer {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += LINE_BYTES) lines.push(bytes.toString('base64', at, at + LINE_BYTES), '\r\n');
  return Buffer.from(lines.join(''), 'latin1');
}

/** How long `base64` makes so many bytes. */
export function base64Length(size: number): number {
  const rest = size % LINE_BYTES;
  return Math.floor(size / LINE_BYTES) * (LINE_CHARACTERS + 2) + (rest === 0 ? 0 : Math.ceil(rest / 3) * 4 + 2);
}

/** As `base64` of all of it, whatever pieces it comes in; whole lines at a time. */
export async function* base64Stream(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Uint8Array = new Uint8Array();
  for await (const piece of bytes) {
    const all = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const whole = all.length - (all.length % LINE_BYTES);
    if (whole > 0) yield base64Lines(all.subarray(0, whole));
    // The piece may be the reader's to use again.
    rest = Uint8Array.from(all.subarray(whole));
  }
  if (rest.length > 0) yield base64Lines(rest);
}

/** One call for many lines. */
function base64Lines(bytes: Uint8Array): Buffer {
  const text = Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'), 'latin1');
  const out = Buffer.allocUnsafe(base64Length(bytes.length));
  let to = 0;
  for (let at = 0; at < text.length; at += LINE_CHARACTERS) {
    to += text.copy(out, to, at, at + LINE_CHARACTERS);
    out[to++] = CR;
    out[to++] = LF;
  }
  return out;
}
