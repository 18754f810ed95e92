/** The text by which a chat user reads a mail: the mail's own text, and in lines of their own what must be told of it. */
import { formatAddress } from '../address.js';
import type { Attachment, Message, ReplyContext } from '../message.js';
import { topicOf } from '../subject.js';
import { oneLine } from './mail-text.js';
import { cleanText } from './xml-text.js';

export interface BodyOptions {
  /** The files that are told in the text; all, when absent. */
  readonly listed?: readonly Attachment[];
  /** A link to the whole original, or words that say how to get it; asked only when something was cut. */
  readonly originalHint?: (message: Message) => string | undefined;
}

/** The subject when it is not the conversation's own: one line, as written. */
export function newSubject(message: Message, context: ReplyContext): string | undefined {
  const subject = oneLine(cleanText(message.subject ?? ''));
  if (subject === '') return undefined;
  return context.subject !== undefined && (subject === context.subject || topicOf(subject) === topicOf(context.subject)) ? undefined : subject;
}

/**
 * Exactly the message's text when nothing is to be told: no spam, a verified sender, nobody new, no new subject, no file, nothing cut. Empty
 * only for a mail that is nothing but files, none of them listed.
 * @param people lines that say who else it is for
 */
export function bodyOf(message: Message, context: ReplyContext, options: BodyOptions, people: readonly string[] = []): string {
  const head = [...spamLines(message), ...authenticityLines(message), ...strangerLines(message), ...aliasLines(message), ...people, ...subjectLines(newSubject(message, context))];
  const tail = [...(options.listed ?? message.attachments).map(fileLine), ...cutLines(message, options)];
  const text = message.text.trim() === '' ? placeholder(message) : message.text;
  const summaries = message.attachments.flatMap(({ summary }) => summary ?? []);
  return cleanText([head.join('\n'), text, ...summaries, tail.join('\n')].filter((part) => part !== '').join('\n\n'));
}

function spamLines({ spam }: Message): string[] {
  return spam === true ? ['[marked as spam]'] : [];
}

/** A mail that failed or lacks verification never stands there like one of the contact's own (docs/design.md). */
function authenticityLines(message: Message): string[] {
  if (message.authenticity === 'verified') return [];
  return [`[not verified: someone else may have written this in the name of ${formatAddress(message.sender)}]`];
}

function strangerLines({ stranger, sender }: Message): string[] {
  return stranger === true ? [`[the first mail from ${formatAddress(sender)}; write /block here to refuse more]`] : [];
}

/** Whom he gave that address to is what its reader wants to know. */
function aliasLines({ source, cameBy, ordinary }: Message): string[] {
  return cameBy === undefined || source === 'xmpp' || ordinary === true ? [] : [`[to ${formatAddress(cameBy)}]`];
}

function subjectLines(subject: string | undefined): string[] {
  return subject === undefined ? [] : [`Subject: ${subject}`];
}

function placeholder(message: Message): string {
  if (message.attachments.length > 0) return '';
  return message.cutLines === undefined || message.cutLines === 0 ? '(empty message)' : '(nothing but quoted text)';
}

function fileLine({ name, size }: Attachment): string {
  return size < 0 ? `[file: ${name}]` : `[file: ${name}, ${readableSize(size)}]`;
}

/** One quiet line below nearly every answer. Where the text goes on, everything that was cut is found too. */
function cutLines(message: Message, options: BodyOptions): string[] {
  const count = message.cutLines ?? 0;
  const what = message.shortened === true ? '… goes on' : count > 0 ? `… ${count} ${count === 1 ? 'line' : 'lines'}` : undefined;
  return what === undefined ? [] : [leftOut(what, options.originalHint?.(message))];
}

/** A link ends the line: clients that make it clickable would take a bracket for a part of it. */
function leftOut(what: string, hint: string | undefined): string {
  if (hint === undefined) return `[${what}]`;
  return /^https?:/.test(hint) ? `[${what}] ${hint}` : `[${what}; ${hint}]`;
}

const UNITS = ['bytes', 'KB', 'MB', 'GB'];

/** Powers of 1,000, one digit behind the point below ten: `2.5 MB`, `340 KB`, `12 bytes`. */
export function readableSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  for (; size >= 999.5 && unit < UNITS.length - 1; unit++) size /= 1000;
  const digits = unit > 0 && size < 9.95 ? size.toFixed(1) : Math.round(size).toString();
  return `${digits} ${UNITS[unit] ?? ''}`;
}
