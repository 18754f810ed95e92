/** What single lines of a mail's text are. A line may be marked (line-marks.ts). */
import { HISTORY, markOf, SHOWN_QUOTE, unmarked } from './line-marks.js';

/** Longer lines are prose: no mark of a mail program is that long. */
export const MARK_LIMIT = 400;

export function isBlank(line: string | undefined): boolean {
  return line === undefined || line.trim() === '';
}

/** The words of a line, without its mark and the white space around them; empty behind the last line. */
export function wordsOf(line: string | undefined): string {
  return line === undefined ? '' : unmarked(line).trim();
}

/** A line of quoted history; a quotation that the author laid out is none. */
export function isQuoted(line: string | undefined): boolean {
  return line !== undefined && (markOf(line) === HISTORY || /^\s{0,3}>/.test(line));
}

export function isQuotedAnyhow(line: string | undefined): boolean {
  return isQuoted(line) || (line !== undefined && markOf(line) === SHOWN_QUOTE);
}

export function endsInColon(line: string): boolean {
  return line.endsWith(':') || line.endsWith('：');
}

export function firstText(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && isBlank(lines[at])) at++;
  return at;
}

/** Index of the last line above `end` that is not blank; -1 when there is none. */
export function lastText(lines: readonly string[], end: number): number {
  let at = end - 1;
  while (at >= 0 && isBlank(lines[at])) at--;
  return at;
}

export function withoutBlankEnd(lines: readonly string[]): string[] {
  return lines.slice(0, lastText(lines, lines.length) + 1);
}
