/**
 * Cuts what a mail program added to an answer: quoted history, the signature, a telephone's advertising, the footer of a
 * list, a disclaimer.
 *
 * Conservative: where something that looks like an answer stands below a quotation, the whole text is kept, a forwarded
 * mail stays with what is above it, and a text is never cut to nothing. The words are data, in mail-reply-words.ts.
 */
import { unmarked } from './line-marks.js';
import { historyStart } from './quotes-history.js';
import { isBlank, withoutBlankEnd } from './quotes-lines.js';
import { endingStart } from './quotes-signature.js';

export interface CutText {
  /** Without the marks of line-marks.ts. */
  readonly text: string;
  /** Lines taken away, blank ones between included. */
  readonly cutLines: number;
}

/**
 * @param text LF line ends; lines may be marked (line-marks.ts)
 * @param forwarded the mail forwards another: what looks like history is its content, and stays
 */
export function cutReply(text: string, forwarded = false): CutText {
  const lines = text.split('\n');
  const historyAt = forwarded ? 'forwarded' : historyStart(lines);
  if (historyAt === 'forwarded') return whole(lines);
  const kept = withoutBlankEnd(lines.slice(0, endingStart(lines, historyAt)));
  if (kept.every(isBlank)) return whole(lines);
  const cutLines = withoutBlankEnd(lines).length - kept.length;
  return cutLines === 0 ? whole(lines) : { text: kept.map(unmarked).join('\n'), cutLines };
}

function whole(lines: readonly string[]): CutText {
  return { text: lines.map(unmarked).join('\n'), cutLines: 0 };
}
