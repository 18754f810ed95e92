/** Where the ending of an answer begins: its signature, and what a telephone, a list or a lawyer put below. */
import { markOf, SIGNATURE } from './line-marks.js';
import { DEVICE_LINES, DISCLAIMERS, LIST_FOOTER } from './mail-reply-words.js';
import { isBlank, lastText, MARK_LIMIT, wordsOf } from './quotes-lines.js';

/** What follows `--` without its space counts as a signature up to this many lines. */
const SIGNATURE_LINES = 10;
/** The footer of a list has at most this many lines below its rule. */
const FOOTER_LINES = 8;
/** A paragraph is looked for in this many lines. */
const PARAGRAPH_LINES = 40;
/** Shorter texts are a person's. */
const SHORTEST_DISCLAIMER = 80;

/** Index of the first line above `end` from which on there is nothing that the author wrote this time; `end` when all is. */
export function endingStart(lines: readonly string[], end: number): number {
  const signature = signatureStart(lines, end);
  const below = programsStart(lines, signature);
  // What a server put below a signature is not counted among its lines.
  return signature < end || below === end ? below : programsStart(lines, signatureStart(lines, lastText(lines, below) + 1));
}

/** Without what programs put below a text, as often as there is something of it. */
function programsStart(lines: readonly string[], end: number): number {
  let start = end;
  for (let before = start + 1; start < before; ) {
    before = start;
    start = disclaimerStart(lines, footerStart(lines, markedStart(lines, deviceLineStart(lines, start))));
  }
  return start;
}

/** Index of the signature line (RFC 3676 §4.3) above `end`; `end` when there is none. */
export function signatureStart(lines: readonly string[], end: number): number {
  for (let at = end - 1; at > 0; at--) {
    if (lines[at] === '-- ') return at;
    if ((lines[at] === '--' || lines[at] === '—') && end - at <= SIGNATURE_LINES + 1) return at;
  }
  return end;
}

/** Leaves out what the mail's program says is its signature. */
function markedStart(lines: readonly string[], end: number): number {
  let start = end;
  for (let at = lastText(lines, end); at > 0 && markOf(lines[at] ?? '') === SIGNATURE; at = lastText(lines, at)) start = at;
  return start;
}

/** Leaves out one line that a telephone added at the end. */
function deviceLineStart(lines: readonly string[], end: number): number {
  const at = lastText(lines, end);
  return at > 0 && isDeviceLine(lines[at]) ? at : end;
}

export function isDeviceLine(line: string | undefined): boolean {
  const words = wordsOf(line).replace(/^[*_]+|[*_]+$/g, '');
  return words.length < MARK_LIMIT && DEVICE_LINES.some((device) => device.test(words));
}

/** Leaves out what a mailing list puts below every mail: a rule, then its name and where to leave it. */
export function footerStart(lines: readonly string[], end: number): number {
  const last = lastText(lines, end);
  for (let at = last - 1; at > 0 && last - at <= FOOTER_LINES; at--) {
    if (!/^(?:_{2,}|-{5,}|={5,})$/.test(wordsOf(lines[at]))) continue;
    return lines.slice(at + 1, last + 1).some((line) => line.length < MARK_LIMIT && LIST_FOOTER.test(line)) ? at : end;
  }
  return end;
}

/** Leaves out a last paragraph by which lawyers speak. */
function disclaimerStart(lines: readonly string[], end: number): number {
  const last = lastText(lines, end);
  let at = last;
  while (at > 0 && !isBlank(lines[at - 1]) && last - at < PARAGRAPH_LINES) at--;
  const text = lines.slice(Math.max(at, 0), last + 1).map(wordsOf).join(' ').replace(/^[*_\s]+/, '');
  return at > 0 && text.length >= SHORTEST_DISCLAIMER && DISCLAIMERS.some((words) => words.test(text.slice(0, MARK_LIMIT))) ? at : end;
}
