/** A parsed mail to a `Message`. Pure: what is known about the mail from elsewhere comes in as facts. */
import type { MailAddress } from '../address.js';
import type { Answers, Authenticity, ContentId, Message, MessageId } from '../message.js';
import { htmlToPlain } from './html-text.js';
import { FORWARD_SUBJECT } from './mail-reply-words.js';
import { hopsOf } from './mail-loop.js';
import { originOf, suppressesReports } from './mail-origin.js';
import { displayText } from './mail-text.js';
import type { MailBody, ParsedMail } from './mail-types.js';
import { cutReply } from './quotes.js';

export interface MailFacts {
  readonly id: MessageId;
  /** ms since the epoch. */
  readonly now: number;
  /** The one judged address of the From field. */
  readonly from: MailAddress;
  readonly senderName?: string;
  /** Absent for a null return path. */
  readonly envelopeFrom?: MailAddress;
  /** ENVID, decoded. */
  readonly envelopeId?: string;
  readonly wantsReceipt: boolean;
  readonly authenticity: Authenticity;
  readonly original?: ContentId;
}

const SUBJECT_LIMIT = 1000;
const NAME_LIMIT = 200;
/** At most this many earlier messages are named. */
const MOST_ANSWERS = 20;

/** What the notes of the parser say to the reader. */
const NOTES = {
  cut: '[This mail is longer than shown here.]',
  raw: '[This mail could not be taken apart; this is its raw text.]',
} as const;

/** Never fails: every mail that could be read is a message, if an empty one. */
export function fromMail(mail: ParsedMail, facts: MailFacts): Message {
  const origin = originOf(mail.headers, mail.type, facts.envelopeFrom === undefined);
  const answerable = origin === 'person' && !suppressesReports(mail.headers);
  const { text, cutLines } = readerText(mail);
  return {
    id: facts.id,
    source: 'mail',
    sender: facts.from,
    origin,
    authenticity: facts.authenticity,
    ids: { stanza: facts.id, ...optional('mail', mail.messageId) },
    text,
    attachments: mail.attachments,
    acceptedAt: facts.now,
    wantsReceipt: facts.wantsReceipt,
    ...optional('senderName', nonEmpty(displayText(facts.senderName ?? '', NAME_LIMIT))),
    ...optional('returnTo', answerable ? facts.envelopeFrom : undefined),
    ...optional('answers', answersOf(mail)),
    ...optional('subject', nonEmpty(displayText(mail.subject ?? '', SUBJECT_LIMIT))),
    ...optional('cutLines', cutLines === 0 ? undefined : cutLines),
    ...optional('sentAt', sentAt(mail.date, facts.now)),
    ...optional('envelopeId', facts.envelopeId),
    ...optional('hops', hopsOf(mail) || undefined),
    ...optional('original', facts.original),
  };
}

/** A property, or none at all when the value is undefined (exactOptionalPropertyTypes). */
function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

function nonEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/** A date in the future, or before there was mail, says nothing. */
function sentAt(date: number | undefined, now: number): number | undefined {
  return date !== undefined && date > 0 && date <= now ? date : undefined;
}

/** In-Reply-To, then References newest first, each once. */
function answersOf(mail: ParsedMail): Answers | undefined {
  const ids = [...new Set([...mail.inReplyTo, ...mail.references.toReversed()])].slice(0, MOST_ANSWERS);
  return ids.length === 0 ? undefined : { mail: ids };
}

function readerText(mail: ParsedMail): { text: string; cutLines: number } {
  const full = mail.bodies.map(bodyAsText).filter((text) => text.trim() !== '').join('\n\n');
  const forwarded = FORWARD_SUBJECT.test(mail.subject ?? '');
  const { text, cutLines } = mail.notes.includes('raw') ? { text: full, cutLines: 0 } : cutReply(withoutOuterBlanks(full), forwarded);
  return { text: [text, ...mail.notes.map((note) => NOTES[note])].filter((part) => part !== '').join('\n\n'), cutLines };
}

/** Plain text is preferred, unless there is none in it. */
function bodyAsText({ plain, html }: MailBody): string {
  if (plain !== undefined && plain.trim() !== '') return withoutOuterBlanks(plain);
  return html === undefined ? '' : htmlToPlain(html);
}

function withoutOuterBlanks(text: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => line.trim() !== '');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return first === -1 ? '' : lines.slice(first, last + 1).join('\n');
}
