/** Where the quoted history of an answer begins. */
import { HISTORY, markOf, SHOWN_QUOTE, SIGNATURE } from './line-marks.js';
import { ATTRIBUTION_TAILS, ATTRIBUTIONS, BLOCK_FIELD, FORWARD_WORDS, INLINE_WORDS, ORIGINAL_WORDS, type Attribution, type BlockField } from './mail-reply-words.js';
import { endsInColon, firstText, isBlank, isQuoted, isQuotedAnyhow, lastText, MARK_LIMIT, wordsOf } from './quotes-lines.js';
import { footerStart, isDeviceLine, signatureStart } from './quotes-signature.js';

/** An attribution runs over at most this many lines. */
const ATTRIBUTION_LINES = 4;
/** A header block is looked for in this many lines below its first. */
const BLOCK_LINES = 8;
/** History is looked for in this many lines: nobody writes more above it. */
const SCAN_LINES = 20_000;
/** The mark of a forwarded mail stands in the first lines of what is quoted. */
const FORWARD_LINES = 3;
/** Longer answers say by themselves what they say. */
const POINTING_TEXT = 400;

/**
 * Index of the first line of the history; the number of lines when there is none, or when it is answered inline or
 * spoken of; `forwarded` when the author hands on somebody's mail.
 */
export function historyStart(lines: readonly string[]): number | 'forwarded' {
  const unstyled = unstyledLines(lines);
  for (let at = 0; at < Math.min(lines.length, SCAN_LINES); at++) {
    if (isForwardMark(lines[at])) return 'forwarded';
    if (isOriginalMark(lines[at]) || isBlock(lines, at)) return unlessPointedAt(lines, separatorAbove(lines, at));
    const quoteAt = isQuoted(lines[at]) || isShownAttribution(lines[at]) ? at : lastQuoteAfter(lines, at, unstyled);
    if (quoteAt === undefined) continue;
    if (isForwarded(lines, quoteAt)) return 'forwarded';
    if (!onlyHistoryFrom(lines, quoteAt)) return lines.length;
    const start = separatorAbove(lines, quoteAt === at ? attributionAbove(lines, at) : at);
    return isMarkedAsQuoted(lines, quoteAt) ? start : unlessPointedAt(lines, start);
  }
  return lines.length;
}

/** Outlook's history is not marked line by line: answers in it cannot be seen, only that the text above speaks of it. */
function unlessPointedAt(lines: readonly string[], start: number): number {
  const above = lines.slice(0, start).join('\n');
  return above.length < POINTING_TEXT && INLINE_WORDS.test(above) ? lines.length : start;
}

function isMarkedAsQuoted(lines: readonly string[], from: number): boolean {
  return lines.slice(from).some((line) => wordsOf(line).startsWith('>'));
}

function isForwarded(lines: readonly string[], quoteAt: number): boolean {
  return lines.slice(quoteAt, quoteAt + FORWARD_LINES).some((line) => isForwardMark(wordsOf(line).replace(/^[>\s]+/, '')));
}

/** A quotation laid out by hand, or by Mail.ru, whose first line is an attribution. */
function isShownAttribution(line: string | undefined): boolean {
  if (line === undefined || markOf(line) !== SHOWN_QUOTE) return false;
  const words = wordsOf(line).replace(/^[>\s]+/, '');
  return endsAttribution(words) && isDated(words) && attributionsBegunBy(words).some(({ ends }) => ends.test(words));
}

/** Takes in a line above a quotation that a program wrote, in whatever language: it has a date or an address, and a colon at its end. */
function attributionAbove(lines: readonly string[], quoteAt: number): number {
  const above = lastText(lines, quoteAt);
  const words = wordsOf(lines[above]);
  return above > 0 && quoteAt - above <= 2 && words.length < MARK_LIMIT && endsInColon(words) && isDated(words) ? above : quoteAt;
}

/** `quoteAfter`, unless a clear attribution begins one line further down: then this is prose that begins alike. */
function lastQuoteAfter(lines: readonly string[], at: number, unstyled: Words): number | undefined {
  const found = quoteAfter(lines, at, unstyled);
  if (found === undefined) return undefined;
  const isAbove = ATTRIBUTIONS.some(({ begins }) => begins?.test(unstyled(at + 1))) && quoteAfter(lines, at + 1, unstyled) === found;
  return isAbove ? undefined : found;
}

/** The first line below an attribution that begins at `at`; undefined when none begins there. */
function quoteAfter(lines: readonly string[], at: number, unstyled: Words): number | undefined {
  for (let end = at; end < Math.min(at + ATTRIBUTION_LINES, lines.length); end++) {
    const line = unstyled(end);
    if (line === '') return undefined;
    if (!endsAttribution(line)) continue;
    const joined = Array.from({ length: end + 1 - at }, (_, i) => unstyled(at + i)).join(' ').replace(/< /g, '<');
    if (joined.length > MARK_LIMIT) return undefined;
    if (attributionsBegunBy(unstyled(at)).some(({ ends }) => ends.test(joined))) {
      const next = firstText(lines, end + 1);
      return isQuotedAnyhow(lines[next]) || isDated(joined) ? next : undefined;
    }
  }
  return undefined;
}

/** By the number of a line. */
type Words = (at: number) => string;

/** The words of lines without emphasis and the dashes that Yahoo puts before them: each is looked at several times. */
function unstyledLines(lines: readonly string[]): Words {
  const known: string[] = [];
  return (at) => (known[at] ??= wordsOf(lines[at]).replace(/[*_~]/g, '').replace(/^-{2,4} /, '').trim());
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

/** `13 Jan. 2026`, `Jan 13, 2026`. */
const WRITTEN_DATE = /\b\d{1,2}(?:\.? [\p{L}.]{3,12}|,)? (?:19|20)\d\d(?!\d)/u;

/** Names a moment or an address, as a program does and a person hardly: the quotation may then be unmarked. */
function isDated(line: string): boolean {
  return /\d{1,2}[:.h]\d\d/.test(line) || /[\w.+-]@[\w-]+\./.test(line) || /\d{4}[-/.年]\s?\d/.test(line) || WRITTEN_DATE.test(line);
}

/** From `at` to the end there are only quoted lines, or an unmarked quotation under a dated attribution. */
function onlyHistoryFrom(lines: readonly string[], at: number): boolean {
  if (at >= lines.length || !isQuotedAnyhow(lines[at])) return true;
  const end = footerStart(lines, signatureStart(lines, lines.length));
  const last = lastText(lines, end);
  return lines.slice(at, end).every((line, i) => isBlank(line) || isQuotedAnyhow(line) || markOf(line) === SIGNATURE || (at + i === last && isDeviceLine(line)));
}

function isForwardMark(given: string | undefined): boolean {
  const line = wordsOf(given);
  if (given === undefined || line.length > MARK_LIMIT || !(/^[-_*>\s]{2}/.test(line) || endsInColon(line))) return false;
  const lower = line.toLowerCase();
  return FORWARD_WORDS.some((words) => lower.includes(words));
}

const ORIGINAL = new Set(ORIGINAL_WORDS.map((words) => words.toLowerCase()));
const RULE_CHARACTERS = '-_=* ';

/** `-----Original Message-----`, in any language and with any rule. */
function isOriginalMark(given: string | undefined): boolean {
  const line = wordsOf(given);
  return line.length < MARK_LIMIT && /^[-_=*]{2}/.test(line) && ORIGINAL.has(withoutRules(line).toLowerCase());
}

function withoutRules(line: string): string {
  let start = 0;
  let end = line.length;
  while (start < end && RULE_CHARACTERS.includes(line.charAt(start))) start++;
  while (end > start && RULE_CHARACTERS.includes(line.charAt(end - 1))) end--;
  return line.slice(start, end);
}

/** An Outlook header block: the author first (or the date, then the author), one field to a line, with a subject or an address. */
function isBlock(lines: readonly string[], at: number): boolean {
  const first = blockField(lines[at]);
  if (first !== 'from' && !(first === 'sent' && blockField(lines[at + 1]) === 'from')) return false;
  const block = lines.slice(at, at + BLOCK_LINES);
  const fields = new Set(block.map(blockField));
  if (!fields.has('sent')) return false;
  return fields.has('subject') || (first === 'from' && fields.has('to') && block.some((line) => line.slice(0, MARK_LIMIT).includes('@')));
}

function blockField(line: string | undefined): BlockField | undefined {
  const start = wordsOf(line?.slice(0, 60)).slice(0, 50);
  if (!start.includes(':') && !start.includes('：')) return undefined;
  const label = /^[>*_\s]{0,8}([^\s:：*_][^:：*_]{0,20})[*_]?\s?[:：]/.exec(start)?.[1];
  return label === undefined ? undefined : BLOCK_FIELD.get(label.trim().toLowerCase());
}

/** Takes in a rule above the mark. */
function separatorAbove(lines: readonly string[], at: number): number {
  const above = lastText(lines, at);
  return above >= 0 && markOf(lines[above] ?? '') !== HISTORY && /^(?:[-_=*]{4,}|———)$/.test(wordsOf(lines[above])) ? above : at;
}
