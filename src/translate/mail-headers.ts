/** The header of a mail or of one of its parts: every field in order, decoded on demand, without control characters. */
import { Headers } from '@zone-eu/mailsplit';
import libmime from 'libmime';
import { guess } from './mail-charset.js';
import { oneLine } from './mail-text.js';

export interface HeaderField {
  /** Lower-case. */
  readonly name: string;
  /** Unfolded, not yet word-decoded, one line without control characters. */
  readonly value: string;
}

/** What is the same in every charset that `guess` knows: ASCII without NUL, which tells UTF-16, and ESC, which begins ISO-2022-JP. */
// eslint-disable-next-line no-control-regex
const PLAIN = /^[\u0001-\u001a\u001c-\u007f]*$/;

/** Longer values are cut before encoded words in them are decoded. */
const VALUE_LIMIT = 100_000;

export class MailHeaders {
  constructor(readonly fields: readonly HeaderField[]) {}

  /** Every value of a field, as it stands; `name` in lower case. */
  all(name: string): string[] {
    return this.fields.filter((field) => field.name === name).map((field) => field.value);
  }

  /** The first value of a field, as it stands. */
  first(name: string): string | undefined {
    return this.fields.find((field) => field.name === name)?.value;
  }

  has(name: string): boolean {
    return this.first(name) !== undefined;
  }

  /** The first value with its encoded words decoded (RFC 2047); one line, whatever was hidden in them. */
  text(name: string): string | undefined {
    const value = this.first(name);
    return value === undefined ? undefined : decodeWords(value);
  }
}

/** Decodes RFC 2047 encoded words. The result is one line without control characters. Never throws. */
export function decodeWords(value: string): string {
  if (!value.includes('=?')) return oneLine(value);
  try {
    return oneLine(libmime.decodeWords(value));
  } catch {
    return oneLine(value); // not decodable: shown as it stands
  }
}

/** Fields from header lines whose bytes stand as latin-1 characters, as mailsplit keeps them. */
export function headersFromLines(lines: readonly { readonly key: string; readonly line: string }[]): MailHeaders {
  return new MailHeaders(lines.map(({ key, line }) => ({ name: key, value: fieldValue(line) })));
}

/** The header block at the start of some bytes: of an attached original, or of a mail that could not be parsed. */
export function headersFromBytes(bytes: Buffer): MailHeaders {
  return headersFromLines(new Headers(headerBlock(bytes)).getList());
}

/** Everything before the first empty line. */
function headerBlock(bytes: Buffer): Buffer {
  const ends = ['\r\n\r\n', '\n\n'].map((end) => bytes.indexOf(end)).filter((at) => at >= 0);
  return ends.length === 0 ? bytes : bytes.subarray(0, Math.min(...ends));
}

function fieldValue(line: string): string {
  const value = line.slice(line.indexOf(':') + 1, VALUE_LIMIT).replace(/\r?\n(?=[ \t])/g, '');
  return oneLine(PLAIN.test(value) ? value : guess(Buffer.from(value, 'latin1')));
}
