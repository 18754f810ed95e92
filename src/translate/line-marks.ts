/**
 * What the reader of HTML knows of a line, told to the cutter of quotes in the line's first character: one that no mail
 * can bring (`withoutMarks` is what takes them away from foreign text and from what was made with them).
 */

/** The mail program itself says that this is quoted history. */
export const HISTORY = '\ufdd4';
/** The mail program itself says that this is the signature. */
export const SIGNATURE = '\ufdd5';
/** A quotation that the author laid out as such: content, unless an attribution stands above it. */
export const SHOWN_QUOTE = '\ufdd6';

export type LineMark = typeof HISTORY | typeof SIGNATURE | typeof SHOWN_QUOTE | '';

const MARK = /^[\ufdd4-\ufdd6]/;
const NONCHARACTERS = /[\ufdd0-\ufdef]/g;

/** The text without any of the characters that stand for something here. */
export function withoutMarks(text: string): string {
  return text.replace(NONCHARACTERS, '');
}

export function markOf(line: string): LineMark {
  return (MARK.exec(line)?.[0] ?? '') as LineMark;
}

export function unmarked(line: string): string {
  return MARK.test(line) ? line.slice(1) : line;
}

/** Puts `prefix` before the words of a line, behind its mark; `mark` where it has none. Blank lines have no mark. */
export function marked(line: string, mark: LineMark, prefix = ''): string {
  const text = prefix + unmarked(line);
  return text.trim() === '' ? text : (markOf(line) || mark) + text;
}
