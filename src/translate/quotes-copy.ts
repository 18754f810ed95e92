/** The copy of a mail, or of its header, below a machine's report about it. */
import { COPY_BELOW } from './mail-bounce-text.js';
import type { CutText } from './quotes.js';
import { isBlank, MARK_LIMIT, withoutBlankEnd } from './quotes-lines.js';

/** What a server put above a mail, which nobody writes by hand. */
const TRACE_FIELD = /^(?:return-path|received|delivered-to):\s/i;
const ANY_FIELD = /^(?:received|message-id|from|to|subject|date):\s/i;
/** Another field stands this near. */
const HEADER_LINES = 15;

/** Without the copy, unless it is all there is. */
export function withoutCopy({ text, cutLines }: CutText): CutText {
  const lines = text.split('\n');
  const start = lines.findIndex((line, at) => (line.length < MARK_LIMIT && COPY_BELOW.test(line)) || isHeader(lines, at));
  const kept = withoutBlankEnd(lines.slice(0, Math.max(start, 0)));
  if (kept.every(isBlank)) return { text, cutLines };
  return { text: kept.join('\n'), cutLines: cutLines + withoutBlankEnd(lines).length - kept.length };
}

function isHeader(lines: readonly string[], at: number): boolean {
  return TRACE_FIELD.test(lines[at] ?? '') && lines.slice(at + 1, at + HEADER_LINES).some((line) => ANY_FIELD.test(line));
}
