/** Divides a text that is too long for one stanza. Nothing is added or lost: the parts joined are the text. */

/** How far before the end of a part a better border is looked for: half of the part for lines, a quarter for words. */
const LINE_SHARE = 1 / 2;
const WORD_SHARE = 3 / 4;
/** Graphemes are looked for in this many UTF-16 units before the border; a longer one may be cut. */
const GRAPHEME_WINDOW = 1_000;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
/** What joins the character before it (UAX #29), also a space. */
const JOINS = /^[\p{Grapheme_Extend}\p{Mc}\u200d]/u;

/** Bytes of a text in a stanza: UTF-8, with `&`, `<` and `>` escaped. */
export function textSize(text: string): number {
  let size = Buffer.byteLength(text, 'utf8');
  for (const { 0: character } of text.matchAll(/[&<>]/g)) size += character === '&' ? 4 : 3;
  return size;
}

/**
 * Parts of at most `most` bytes each (`textSize`; at least 64), cut behind a line if one ends in the second half of the
 * part, else behind a word, else between graphemes, never inside a character.
 */
export function splitText(text: string, most: number): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = furthest(text, start, most);
    const cut = end === text.length ? end : border(text, start, end);
    parts.push(text.slice(start, cut));
    start = cut;
  }
  return parts.length === 0 ? [''] : parts;
}

/** The furthest character border that keeps `text.slice(start, border)` within `most` bytes. */
function furthest(text: string, start: number, most: number): number {
  let size = 0;
  for (let at = start; at < text.length; ) {
    const code = text.codePointAt(at) ?? 0;
    size += costOf(code);
    if (size > most) return at;
    at += code > 0xffff ? 2 : 1;
  }
  return text.length;
}

function costOf(code: number): number {
  if (code === 0x26) return 5;
  if (code === 0x3c || code === 0x3e) return 4;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code > 0xffff ? 4 : 3;
}

/** The best place to cut, above `start` and not above `end`. */
function border(text: string, start: number, end: number): number {
  const length = end - start;
  const line = text.lastIndexOf('\n', end - 1) + 1;
  if (line > start + length * LINE_SHARE) return line;
  const word = wordBorder(text, Math.ceil(start + length * WORD_SHARE), end);
  return word ?? graphemeBorder(text, start, end);
}

/** Behind the last space that nothing joins; undefined when there is none above `lowest`. */
function wordBorder(text: string, lowest: number, end: number): number | undefined {
  for (let at = end; at > lowest; at--) {
    if (/\s/.test(text.charAt(at - 1)) && !JOINS.test(text.slice(at, at + 2))) return at;
  }
  return undefined;
}

/** The last grapheme border at or before `end`; `end` itself when one grapheme fills the window. */
function graphemeBorder(text: string, start: number, end: number): number {
  const from = windowStart(text, start, end);
  const around = graphemes.segment(text.slice(from, end + GRAPHEME_WINDOW)).containing(end - from);
  const cut = from + (around?.index ?? end - from);
  return cut > start ? cut : end;
}

/** A line end in the window is a sure border to start from; else the far end of the window, not inside a character. */
function windowStart(text: string, start: number, end: number): number {
  const from = Math.max(start, end - GRAPHEME_WINDOW);
  const line = text.lastIndexOf('\n', end - 1) + 1;
  if (line > from) return line;
  return from > start && /[\udc00-\udfff]/.test(text.charAt(from)) ? from + 1 : from;
}
