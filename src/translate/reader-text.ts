/**
 * What a chat user reads of a mail: which of its bodies, without what was quoted, and of a long one its first
 * paragraphs.
 */
import type { Origin } from '../message.js';
import { htmlToMarked } from './html-text.js';
import { withoutMarks } from './line-marks.js';
import { FORWARD_SUBJECT, STUB_WORDS } from './mail-reply-words.js';
import type { MailBody, ParsedMail } from './mail-types.js';
import { cutReply, type CutText } from './quotes.js';
import { withoutCopy } from './quotes-copy.js';
import { shortened } from './shorten.js';
import { tidied } from './tidy-text.js';

export interface ReaderText extends CutText {
  readonly isShortened: boolean;
}

/** A person's letter may be this many times as long as a newsletter before it is shortened: it was written to be read whole. */
const LETTER_SHARE = 3;
/** A plain part with more letters than this says something. */
const STUB_LETTERS = 600;
/** HTML of this size may have much to say; below it the two are not compared. */
const RICH_HTML = 2_000;
/** How many times as much the HTML must say. */
const RICHER = 5;
const RICHER_THAN_STUB = 1.2;

const BY_MACHINE: ReadonlySet<Origin> = new Set(['auto-generated', 'auto-replied', 'bounce']);

/** What the notes of the parser say to the reader. */
const NOTES = {
  cut: '[This mail is longer than shown here.]',
  raw: '[This mail could not be taken apart; this is its raw text.]',
  damaged: '[Parts of this mail are damaged and could not be read.]',
} as const;

/**
 * @param most characters above which a text is shortened, three times as many for a person's own; 0: never
 */
export function readerText(mail: ParsedMail, origin: Origin, most: number): ReaderText {
  const read = mail.notes.includes('raw') ? { text: joined(textsOf(mail)), cutLines: 0 } : cutText(mail);
  const { text: kept, cutLines } = BY_MACHINE.has(origin) ? withoutCopy(read) : read;
  const text = tidied(kept);
  const limit = most * (origin === 'person' && !isBulk(mail) ? LETTER_SHARE : 1);
  const short = limit === 0 ? undefined : shortened(text, limit);
  const notes = mail.notes.filter((note) => (note === 'cut' ? short === undefined : note !== 'raw' || text !== '')).map((note) => NOTES[note]);
  return { text: [short ?? text, ...notes].filter((part) => part !== '').join('\n\n'), cutLines, isShortened: short !== undefined };
}

/** RFC 2369, 8058: what one can unsubscribe from was not written to one reader. */
function isBulk({ headers }: ParsedMail): boolean {
  return headers.first('list-unsubscribe') !== undefined || /^(?:bulk|list|junk)$/i.test(headers.first('precedence')?.trim() ?? '');
}

/**
 * Plain text is what its author's program made for readers like ours. Its HTML is read in its place where there is none, or
 * a stub; and where a mail answers another and only the HTML tells its history from its text.
 */
function cutText(mail: ParsedMail): CutText {
  const forwarded = FORWARD_SUBJECT.test(mail.subject ?? '');
  const bodies = mail.bodies.map((body) => new Body(body));
  const plain = cutReply(joined(bodies.map((body) => body.plainFirst())), forwarded);
  if (plain.cutLines > 0 || forwarded || !isAnswer(mail) || !mail.bodies.some(hasBoth)) return plain;
  const rich = cutReply(joined(bodies.map((body) => body.htmlFirst())));
  return rich.cutLines > 0 ? rich : plain;
}

function isAnswer({ inReplyTo, references }: ParsedMail): boolean {
  return inReplyTo.length + references.length > 0;
}

function hasBoth({ plain, html }: MailBody): boolean {
  return plain !== undefined && html !== undefined;
}

function joined(texts: readonly string[]): string {
  return texts.map(withoutOuterBlanks).filter((part) => part !== '').join('\n\n');
}

/** One body, both ways. Its HTML is laid out at most once: that is what takes time. */
class Body {
  readonly plain: string;
  private readonly html: string | undefined;
  private laidOut: string | undefined;

  constructor({ plain = '', html }: MailBody) {
    this.plain = withoutMarks(plain);
    this.html = html ?? (isSource(plain) && /<\/\w{1,20}>\s*$/.test(plain.slice(-200)) ? plain : undefined);
  }

  /** Marked (line-marks.ts). Plain text is preferred, unless it says little or nothing. */
  plainFirst(): string {
    const { html, plain } = this;
    return html !== undefined && (plain.trim() === '' || isPoor(plain, html.length, () => this.rich(html))) ? this.rich(html) : plain;
  }

  /** Marked. */
  htmlFirst(): string {
    return this.html === undefined ? this.plain : this.rich(this.html);
  }

  private rich(html: string): string {
    return (this.laidOut ??= htmlToMarked(html));
  }
}

/** Every text of the mail that a reader sees, nothing cut. */
export function textsOf({ bodies }: ParsedMail): string[] {
  return bodies.map((body) => withoutMarks(new Body(body).plainFirst()));
}

/** It is the source of the HTML, a pointer to it, or a fraction of it. `size`: UTF-16 units of the HTML. */
function isPoor(plain: string, size: number, rich: () => string): boolean {
  if (isSource(plain)) return true;
  const said = lettersIn(plain.slice(0, 4 * STUB_LETTERS));
  if (said > STUB_LETTERS) return false;
  const isStub = STUB_WORDS.test(plain);
  return (isStub || size > RICH_HTML) && lettersIn(rich()) > said * (isStub ? RICHER_THAN_STUB : RICHER);
}

/** It begins as HTML. */
function isSource(plain: string): boolean {
  return /^\s*<(?:!doctype|html|head|body|div|table|p|style)\b/i.test(plain);
}

/** Links do not count, nor the marks of lines. */
function lettersIn(text: string): number {
  return text.replace(/https?:\/\/\S+/g, '').replace(/[^\p{L}\p{N}]/gu, '').length;
}

function withoutOuterBlanks(text: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => line.trim() !== '');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return first === -1 ? '' : lines.slice(first, last + 1).join('\n');
}
