/**
 * Cuts what a mail program added to an answer: quoted history, the signature, a telephone's advertising.
 *
 * Conservative: where something that looks like an answer stands below a quotation, the whole text is kept, and a
 * text is never cut to nothing. The words are data, in mail-reply-words.ts.
 */
import { ATTRIBUTION_TAILS, ATTRIBUTIONS, BLOCK_FIELD, DEVICE_LINES, FORWARD_WORDS, ORIGINAL_WORDS, type Attribution, type BlockField } from './mail-reply-words.js';

export interface CutText {
  readonly text: string;
  /** Lines taken away, blank ones between included. */
  readonly cutLines: number;
}

/** Longer lines are prose: no mark of a mail program is that long. */
const MARK_LIMIT = 400;
/** An attribution runs over at most this many lines. */
const ATTRIBUTION_LINES = 4;
/** A header block is looked for in this many lines below its first. */
const BLOCK_LINES = 8;
/** History is looked for in this many lines: nobody writes more above it. */
const SCAN_LINES = 20_000;
/** What follows `--` without its space counts as a signature up to this many lines. */
const SIGNATURE_LINES = 10;

/**
 * @param text LF line ends
 * @param forwarded the mail forwards another: what looks like history is its content, and stays
 */
export function cutReply(text: string, forwarded = false): CutText {
  const lines = text.split('\n');
  const historyAt = forwarded ? lines.length : historyStart(lines);
  const bodyEnd = signatureStart(lines, historyAt);
  const kept = withoutBlankEnd(lines.slice(0, deviceLineStart(lines, bodyEnd)));
  if (kept.every(isBlank)) return whole(lines);
  const cutLines = withoutBlankEnd(lines).length - kept.length;
  return cutLines === 0 ? whole(lines) : { text: kept.join('\n'), cutLines };
}

function whole(lines: readonly string[]): CutText {
  return { text: lines.join('\n'), cutLines: 0 };
}

/** Index of the first line of the history; the number of lines when there is none, or when it is answered inline. */
function historyStart(lines: readonly string[]): number {
  for (let at = 0; at < Math.min(lines.length, SCAN_LINES); at++) {
    if (isForwardMark(lines, at)) return lines.length;
    if (isOriginalMark(lines, at)) return separatorAbove(lines, at);
    if (isBlock(lines, at)) return separatorAbove(lines, at);
    const quoteAt = isQuoted(lines[at]) ? at : lastQuoteAfter(lines, at);
    if (quoteAt !== undefined) return onlyHistoryFrom(lines, quoteAt) ? at : lines.length;
  }
  return lines.length;
}

/** `quoteAfter`, unless a clear attribution begins one line further down: then this is prose that begins alike. */
function lastQuoteAfter(lines: readonly string[], at: number): number | undefined {
  const found = quoteAfter(lines, at);
  const next = lines[at + 1]?.trim() ?? '';
  const isAbove = found !== undefined && ATTRIBUTIONS.some(({ begins }) => begins?.test(next)) && quoteAfter(lines, at + 1) === found;
  return isAbove ? undefined : found;
}

/** The first line below an attribution that begins at `at`; undefined when none begins there. */
function quoteAfter(lines: readonly string[], at: number): number | undefined {
  for (let end = at; end < Math.min(at + ATTRIBUTION_LINES, lines.length); end++) {
    const line = lines[end]?.trim() ?? '';
    if (line === '') return undefined;
    if (!endsAttribution(line)) continue;
    const joined = lines.slice(at, end + 1).map((part) => part.trim()).join(' ');
    if (joined.length > MARK_LIMIT) return undefined;
    if (attributionsBegunBy(lines[at]?.trim() ?? '').some(({ ends }) => ends.test(joined))) {
      const next = firstText(lines, end + 1);
      return isQuoted(lines[next]) || isDated(joined) ? next : undefined;
    }
  }
  return undefined;
}

function endsAttribution(line: string): boolean {
  return ATTRIBUTION_TAILS.some((tail) => line.endsWith(tail));
}

/** Without a word to begin with, a date or an address must stand in the first line. */
function attributionsBegunBy(first: string): readonly Attribution[] {
  if (first === '' || first.length > MARK_LIMIT) return [];
  const line = first.replace(/^[*_"'\u200e\u200f\u202a-\u202e]+/, '');
  const dated = isDated(line);
  return ATTRIBUTIONS.filter(({ begins }) => (begins ? begins.test(line) : dated));
}

/** Names a moment or an address, as a program does and a person hardly: the quotation may then be unmarked. */
function isDated(line: string): boolean {
  return /\d{1,2}[:.h]\d\d/.test(line) || /[\w.+-]@[\w-]+\./.test(line) || /\d{4}[-/.年]\s?\d/.test(line);
}

/** From `at` to the end there are only quoted lines, or an unmarked quotation under a dated attribution. */
function onlyHistoryFrom(lines: readonly string[], at: number): boolean {
  if (at >= lines.length || !isQuoted(lines[at])) return true;
  const end = signatureStart(lines, lines.length);
  return lines.slice(at, end).every((line) => isBlank(line) || isQuoted(line));
}

function endsInColon(line: string): boolean {
  return line.endsWith(':') || line.endsWith('：');
}

function isQuoted(line: string | undefined): boolean {
  return line !== undefined && /^\s{0,3}>/.test(line);
}

function isBlank(line: string | undefined): boolean {
  return line === undefined || line.trim() === '';
}

function firstText(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && isBlank(lines[at])) at++;
  return at;
}

function isForwardMark(lines: readonly string[], at: number): boolean {
  const line = lines[at]?.trim() ?? '';
  if (line.length > MARK_LIMIT || !(/^[-_*>\s]{2}/.test(line) || endsInColon(line))) return false;
  const lower = line.toLowerCase();
  return FORWARD_WORDS.some((words) => lower.includes(words));
}

const ORIGINAL = new Set(ORIGINAL_WORDS.map((words) => words.toLowerCase()));
const RULE_CHARACTERS = '-_=* ';

/** `-----Original Message-----`, in any language and with any rule. */
function isOriginalMark(lines: readonly string[], at: number): boolean {
  const line = lines[at]?.trim() ?? '';
  return line.length < MARK_LIMIT && /^[-_=*]{2}/.test(line) && ORIGINAL.has(withoutRules(line).toLowerCase());
}

function withoutRules(line: string): string {
  let start = 0;
  let end = line.length;
  while (start < end && RULE_CHARACTERS.includes(line.charAt(start))) start++;
  while (end > start && RULE_CHARACTERS.includes(line.charAt(end - 1))) end--;
  return line.slice(start, end);
}

/** An Outlook header block: From first, then a date and one of To and Subject, one to a line. */
function isBlock(lines: readonly string[], at: number): boolean {
  if (blockField(lines[at]) !== 'from') return false;
  const fields = new Set(lines.slice(at, at + BLOCK_LINES).map(blockField));
  return fields.has('sent') && (fields.has('to') || fields.has('subject'));
}

function blockField(line: string | undefined): BlockField | undefined {
  const start = (line ?? '').slice(0, 50);
  if (!start.includes(':') && !start.includes('：')) return undefined;
  const label = /^[>*\s]{0,8}([^\s:：*][^:：*]{0,20})\*?\s?[:：]/.exec(start)?.[1];
  return label === undefined ? undefined : BLOCK_FIELD.get(label.trim().toLowerCase());
}

/** Takes in a line of underscores or dashes above the mark. */
function separatorAbove(lines: readonly string[], at: number): number {
  let above = at - 1;
  while (above >= 0 && isBlank(lines[above])) above--;
  return above >= 0 && /^[-_=*]{5,}$/.test(lines[above]?.trim() ?? '') ? above : at;
}

/** Index of the signature line (RFC 3676 §4.3) above `end`; `end` when there is none. */
function signatureStart(lines: readonly string[], end: number): number {
  for (let at = end - 1; at > 0; at--) {
    if (lines[at] === '-- ') return at;
    if (lines[at] === '--' && end - at <= SIGNATURE_LINES + 1) return at;
  }
  return end;
}

/** Leaves out one line that a telephone added at the end. */
function deviceLineStart(lines: readonly string[], end: number): number {
  let at = end - 1;
  while (at > 0 && isBlank(lines[at])) at--;
  const line = lines[at]?.trim() ?? '';
  return at > 0 && line.length < MARK_LIMIT && DEVICE_LINES.some((device) => device.test(line)) ? at : end;
}

function withoutBlankEnd(lines: readonly string[]): string[] {
  let end = lines.length;
  while (end > 0 && isBlank(lines[end - 1])) end--;
  return lines.slice(0, end);
}
