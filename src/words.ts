/** Words for people: of a message, by which a reader knows it again; of foreign text, made harmless; of a time. */

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

/** What one line may hold: foreign text must not move the cursor, hide or reorder letters, or break the line. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

const UNIT_WORDS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
];

/** For people: `3 d`, `5 h`, `12 min`, `40 s`, rounded down. */
export function formatDuration(ms: number): string {
  const [size, word] = UNIT_WORDS.find(([unit]) => ms >= unit) ?? [1_000, 's'];
  return `${Math.floor(Math.max(ms, 0) / size)} ${word}`;
}
