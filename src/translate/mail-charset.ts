/** Bytes to text: as declared, and a guess where nothing usable is declared. */
import { TextDecoder } from 'node:util';
import libmime from 'libmime';

/** Says nothing about bytes above 127: then we guess. UTF-7 is never decoded: it only hides what a filter should see. */
const UNTOLD = /^(|us-?ascii|ascii|ansi_x3\.4-1968|8bit|7bit|binary|default|unknown.*|x-unknown|\(?null\)?|none|.*utf-?7)$/i;

/**
 * Decodes text. A declared charset that nobody knows counts as undeclared. The platform's decoder knows the charsets of
 * the WHATWG list; libmime knows the old ones and the misspelt names. Never throws.
 */
export function decodeText(bytes: Buffer, declared: string): string {
  const charset = declared.trim().replace(/^["']|["']$/g, '');
  if (UNTOLD.test(charset)) return guess(bytes);
  const decoder = decoderFor(charset);
  return decoder ? decoder.decode(bytes) : decodeOdd(bytes, charset);
}

function decoderFor(charset: string): TextDecoder | undefined {
  try {
    return new TextDecoder(charset);
  } catch {
    return undefined; // not on the list
  }
}

function decodeOdd(bytes: Buffer, charset: string): string {
  const odd = libmime.decodeWord(charset, 'B', bytes.toString('base64'));
  return odd.includes('\ufffd') ? guess(bytes) : odd;
}

/** UTF-8 where the bytes are valid UTF-8, which hardly happens by chance; else windows-1252, which takes every byte. */
export function guess(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Bytes that were cut somewhere, without a UTF-8 character that was cut in two. */
export function withoutHalfCharacter(bytes: Buffer): Buffer {
  let start = bytes.length - 1;
  while (start > bytes.length - 4 && start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  const lead = bytes[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return bytes.length - start < length ? bytes.subarray(0, start) : bytes;
}
