/** Bytes to text: as declared where that can be true, else a guess. */
import { TextDecoder } from 'node:util';
import { analyse } from 'chardet';
import libmime from 'libmime';

/** Says nothing about bytes above 127: then we guess. UTF-7 is never decoded: it only hides what a filter should see. */
const UNTOLD = /^(|us-?ascii|ascii|ansi_x3\.4-1968|8bit|7bit|binary|default|unknown.*|x-unknown|\(?null\)?|none|.*utf-?7)$/i;
/** Programs declare these for whatever they write; text that is valid UTF-8 by chance hardly exists. */
const OFTEN_WRONG = /^(?:iso-?8859-?1|latin-?1|windows-?1252|cp-?1252|iso-?8859-?15)$/i;
/** HTML §13.2.3.2: looked for in so many bytes. */
const META_WITHIN = 2_048;
const META = /<meta\b[^>]*\bcharset\s*=\s*["']?\s*([\w:.-]{1,40})/i;
const XML = /^\s*<\?xml\b[^>]*\bencoding\s*=\s*["']([\w:.-]{1,40})["']/i;
/** So many bytes around the first that is not ASCII are enough to guess by. */
const SAMPLE = 8_192;

/**
 * Decodes text. A declared charset that nobody knows counts as undeclared, and so does one that most of the bytes contradict. The
 * platform's decoder knows the charsets of the WHATWG list; libmime knows the old ones and the misspelt names. Never throws.
 * @param declared empty for none
 */
export function decodeText(bytes: Buffer, declared: string): string {
  const charset = declared.trim().replace(/^["']|["']$/g, '');
  if (UNTOLD.test(charset)) return guess(bytes);
  if (OFTEN_WRONG.test(charset)) return strictly(bytes, 'utf-8') ?? marked(bytes) ?? decodeAs(bytes, charset);
  const text = marked(bytes) ?? decodeAs(bytes, charset);
  return /^utf-?8$/i.test(charset) && isMostlyDamage(text) ? guess(bytes) : text;
}

/** HTML may declare its charset itself, which counts where its part declares none that is of use. */
export function decodeHtml(bytes: Buffer, declared: string): string {
  if (!UNTOLD.test(declared.trim())) return decodeText(bytes, declared);
  const start = bytes.toString('latin1', 0, META_WITHIN);
  const own = (META.exec(start) ?? XML.exec(start))?.[1] ?? '';
  // What can be read to find it is no UTF-16.
  return strictly(bytes, 'utf-8') ?? decodeText(bytes, /^utf-?16/i.test(own) ? '' : own);
}

function decodeAs(bytes: Buffer, charset: string): string {
  const decoder = decoderFor(charset);
  if (decoder?.encoding === 'windows-1252') return windows1252(bytes);
  return decoder ? decoder.decode(bytes) : decodeOdd(bytes, charset);
}

/** What stands at 0x80 to 0x9f, where Node 20's decoder leaves control characters. */
const UPPER = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function windows1252(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[\u0080-\u009f]/g, (control) => UPPER.charAt(control.charCodeAt(0) - 0x80));
}

/** Nearly every text is decoded by these; to make one costs more than most texts. */
const UTF_8 = { strict: new TextDecoder('utf-8', { fatal: true }), lenient: new TextDecoder('utf-8') };

function decoderFor(charset: string, fatal = false): TextDecoder | undefined {
  if (/^utf-?8$/i.test(charset)) return fatal ? UTF_8.strict : UTF_8.lenient;
  try {
    return new TextDecoder(charset, { fatal });
  } catch {
    return undefined; // not on the list
  }
}

function decodeOdd(bytes: Buffer, charset: string): string {
  const odd = libmime.decodeWord(charset, 'B', bytes.toString('base64'));
  return odd.includes('\ufffd') ? guess(bytes) : odd;
}

/** More than half of what is not ASCII could not be read. */
function isMostlyDamage(text: string): boolean {
  const damaged = text.length - text.replaceAll('\ufffd', '').length;
  if (damaged === 0) return false;
  // eslint-disable-next-line no-control-regex
  return damaged * 2 > text.replace(/[\u0000-\u007f]/g, '').length;
}

/** So many characters that could not be read are more than a program that cuts texts leaves. */
const MOST_HOLES = 5;
/** One in so many of those that are not ASCII, likewise. */
const HOLES_SHARE = 20;
const HOLE = Buffer.from('\ufffd');

/** Whether many characters were lost when these bytes were decoded. Those that its author lost already do not count. */
export function hasHoles(decoded: string, bytes: Buffer): boolean {
  const holes = decoded.split('\ufffd').length - 1;
  if (holes < MOST_HOLES) return false;
  const older = bytes.toString('latin1').split(HOLE.toString('latin1')).length - 1;
  // eslint-disable-next-line no-control-regex
  const foreign = decoded.replace(/[\u0000-\u007f]+/g, '').length;
  return holes - older >= MOST_HOLES && (holes - older) * HOLES_SHARE > foreign;
}

/** UTF-8 where the bytes are valid UTF-8; UTF-16 and ISO-2022-JP by their marks; else what the letters look like. */
export function guess(bytes: Buffer): string {
  const stateful = bytes.includes('\u001b$') ? strictly(bytes, 'iso-2022-jp') : undefined;
  return marked(bytes) ?? stateful ?? strictly(bytes, 'utf-8') ?? byLetters(bytes);
}

function strictly(bytes: Buffer, charset: string): string | undefined {
  try {
    return decoderFor(charset, true)?.decode(bytes);
  } catch {
    return undefined; // it is something else
  }
}

/** By a byte order mark; or by the zeros that Latin letters, spaces and line ends have in UTF-16, all on one side. */
function marked(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decodeAs(bytes, 'utf-16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decodeAs(bytes, 'utf-16be');
  const sample = bytes.subarray(0, 1_024);
  if (!sample.includes(0)) return undefined;
  const zeros = [0, 0];
  for (let at = 0; at < sample.length; at++) if (sample[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (Math.max(even, odd) < 4 || Math.max(even, odd) * 4 < sample.length || Math.min(even, odd) * 10 > Math.max(even, odd)) return undefined;
  return decodeAs(bytes, odd > even ? 'utf-16le' : 'utf-16be');
}

/** By chardet; it is not sure of few letters, and takes them for Japanese. */
function byLetters(bytes: Buffer): string {
  const first = bytes.findIndex((byte) => byte > 127);
  const start = Math.max(0, first - SAMPLE / 4);
  const sample = bytes.subarray(start, start + SAMPLE);
  const found = analyse(sample).filter(({ name, confidence }) => confidence > UNSURE && decoderFor(name) !== undefined);
  const charset = [...found.map(({ name }) => name), ...FEW_LETTERS].find((name) => isLikely(name, decodeAs(sample, name), sample));
  return decodeAs(bytes, charset ?? 'windows-1252');
}

/** chardet's confidence, of 100, in what it only could not exclude. */
const UNSURE = 10;
/** Tried in this order for a few letters; Cyrillic in the wrong one of the two has its small and capital letters exchanged. */
const FEW_LETTERS = ['windows-1251', 'koi8-r', 'shift_jis', 'euc-jp', 'gb18030'];
const MULTI_BYTE = /^(?:shift_jis|euc-|gb|big5)/i;
/** No word has letters of two alphabets. */
const MIXED = /[a-z](?!\p{Script=Latin})\p{L}|(?!\p{Script=Latin})\p{L}[a-z]/iu;
const HAS_KANA = /[\u3041-\u30fa]/;

/** Whether text in this charset would look like this. */
function isLikely(name: string, text: string, bytes: Buffer): boolean {
  if (/^(?:utf-|ascii)/i.test(name) || /[\ufffd\u0080-\u009f]/.test(text)) return false;
  // eslint-disable-next-line no-control-regex
  const foreign = text.replace(/[\u0000-\u007f]+/g, '');
  if (MULTI_BYTE.test(name)) {
    const high = bytes.reduce((count, byte) => count + (byte > 127 ? 1 : 0), 0);
    const isJapanese = /^(?:shift_jis|euc-jp)$/i.test(name);
    return high >= 4 && high * 3 >= bytes.length && !/[\uff61-\uff9f]/.test(text) && (!isJapanese || HAS_KANA.test(text));
  }
  if (/^(?:windows-1251|koi8-r)$/i.test(name) && (/\p{Ll}\p{Lu}/u.test(text) || !/[\p{Ll}\p{Lu}]{2}/u.test(foreign))) return false;
  if (MIXED.test(text)) return false;
  return foreign.replace(/\p{L}/gu, '').length * 2 < foreign.length;
}

/** Bytes that were cut somewhere, without a UTF-8 character that was cut in two. */
export function withoutHalfCharacter(bytes: Buffer): Buffer {
  let start = bytes.length - 1;
  while (start > bytes.length - 4 && start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  const lead = bytes[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return bytes.length - start < length ? bytes.subarray(0, start) : bytes;
}
