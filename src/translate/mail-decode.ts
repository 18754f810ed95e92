/** Content-transfer-encodings of what we read (RFC 2045 §6.7, §6.8): in pieces, and lenient, for nobody could be asked. */

export interface TransferDecoder {
  write(bytes: Buffer): Buffer;
  /** What was held back. */
  end(): Buffer;
}

/** What is no encoding that changes bytes is taken as it stands. */
export function transferDecoder(encoding: string | false): TransferDecoder {
  if (encoding === 'base64') return new Base64Decoder();
  return encoding === 'quoted-printable' ? new QuotedPrintableDecoder() : PLAIN;
}

const NOTHING = Buffer.alloc(0);
const PLAIN: TransferDecoder = { write: (bytes) => bytes, end: () => NOTHING };

/** Padding may stand within the text, where several encoders wrote it. */
class Base64Decoder implements TransferDecoder {
  /** Less than a group of four. */
  private rest = '';

  write(bytes: Buffer): Buffer {
    const text = this.rest + bytes.toString('latin1').replace(/[^A-Za-z0-9+/=]+/g, '');
    const padded = text.lastIndexOf('=') + 1;
    const whole = padded + ((text.length - padded) & ~3);
    this.rest = text.slice(whole);
    return fromBase64(text.slice(0, whole));
  }

  end(): Buffer {
    return fromBase64(this.rest);
  }
}

function fromBase64(text: string): Buffer {
  return /=[^=]/.test(text) ? fromGroups(text) : Buffer.from(text, 'base64');
}

/** Each padding ends a group, and what is left of its bits. One pass, for a mail may be made of nothing but padding. */
function fromGroups(text: string): Buffer {
  const out = Buffer.allocUnsafe(text.length);
  let to = 0;
  let bits = 0;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const value = SEXTET[text.charCodeAt(at)] ?? PADDING;
    if (value === PADDING) {
      count = 0;
      continue;
    }
    bits = ((bits << 6) | value) & 0xfff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out[to++] = (bits >> count) & 0xff;
  }
  return out.subarray(0, to);
}

const PADDING = 64;
const SEXTET = new Uint8Array(256).fill(PADDING);
for (const [value, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) SEXTET[char.charCodeAt(0)] = value;

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
const EQUALS = 61;

class QuotedPrintableDecoder implements TransferDecoder {
  /** An unfinished line. */
  private rest: Buffer = NOTHING;

  write(bytes: Buffer): Buffer {
    const end = bytes.lastIndexOf(LF) + 1;
    const lines = Buffer.concat([this.rest, bytes.subarray(0, end)]);
    this.rest = end === 0 ? Buffer.concat([this.rest, bytes]) : Buffer.from(bytes.subarray(end));
    return end === 0 ? NOTHING : fromQuotedPrintable(lines);
  }

  end(): Buffer {
    return fromQuotedPrintable(this.rest);
  }
}

/** @param lines whole lines, but for the last of a text */
function fromQuotedPrintable(lines: Buffer): Buffer {
  const out = Buffer.allocUnsafe(lines.length);
  let to = 0;
  // Blanks from here on are literal: at the end of a line they are no part of it.
  let literal = 0;
  for (let at = 0; at < lines.length; ) {
    const byte = lines[at] ?? 0;
    const value = byte === EQUALS ? hex(lines, at + 1) : -1;
    if (value >= 0) {
      out[to++] = value;
      literal = to;
      at += 3;
    } else if (byte === EQUALS && isLineEnd(lines, skipBlanks(lines, at + 1))) {
      at = skipBreak(lines, skipBlanks(lines, at + 1));
      literal = to;
    } else {
      if (byte === LF || byte === CR) to = withoutBlanks(out, literal, to);
      out[to++] = byte;
      at++;
    }
  }
  return out.subarray(0, withoutBlanks(out, literal, to));
}

function withoutBlanks(bytes: Buffer, from: number, to: number): number {
  let end = to;
  while (end > from && (bytes[end - 1] === SPACE || bytes[end - 1] === TAB)) end--;
  return end;
}

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === SPACE || bytes[at] === TAB) at++;
  return at;
}

function isLineEnd(bytes: Buffer, at: number): boolean {
  return at >= bytes.length || bytes[at] === LF || bytes[at] === CR;
}

function skipBreak(bytes: Buffer, at: number): number {
  return bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : at + 1;
}

/** The byte that two hexadecimal digits stand for; -1 for anything else. */
function hex(bytes: Buffer, at: number): number {
  const high = digit(bytes[at]);
  const low = digit(bytes[at + 1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function digit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
