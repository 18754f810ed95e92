/** The first words of a message, by which a reader knows it again. */

/** UTF-16 units. */
const LIMIT = 200;
/** Of a text, this much is looked at. */
const SPAN = 2_000;

/**
 * The first words of the text that are the author's own, in one line of at most 200 UTF-16 units, never half a character;
 * of a text that is nothing but quotation, its first words.
 */
export function firstWords(text: string): string {
  const start = text.slice(0, SPAN).trimStart();
  return cut(oneLine(start.startsWith('>') ? withoutQuotation(start) : start));
}

function withoutQuotation(text: string): string {
  const own = text.replace(/^(?:>[^\n]*(?:\n|$)\s*)+/, '');
  return own === '' ? text : own;
}

/** One space for what separates words, and for what would reorder or break the line. */
function oneLine(text: string): string {
  return text.slice(0, 2 * LIMIT).replace(/[\s\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
}

function cut(line: string): string {
  return line.slice(0, LIMIT).replace(/[\ud800-\udbff]$/, '').trimEnd();
}
