/** A parsed mail to a `Message`. Pure: what is known about the mail from elsewhere comes in as facts. */
import type { MailAddress } from '../address.js';
import type { Answers, Authenticity, ContentId, Message, MessageId } from '../message.js';
import { addresseesOf } from './mail-addressees.js';
import { withoutDecoration } from './decoration.js';
import { hopsOf, wasForwarded } from './mail-loop.js';
import { listIdOf, originOf, suppressesReports } from './mail-origin.js';
import { displayText } from './mail-text.js';
import type { ParsedMail } from './mail-types.js';
import { readerText } from './reader-text.js';

export interface MailFacts {
  readonly id: MessageId;
  /** ms since the epoch. */
  readonly now: number;
  /** The one judged address of the From field. */
  readonly from: MailAddress;
  /** The envelope's recipient, when it has one only. */
  readonly recipient?: MailAddress;
  /** Both as in `Message`. */
  readonly cameBy?: MailAddress;
  readonly ordinary?: true;
  readonly senderName?: string;
  /** Absent for a null return path. */
  readonly envelopeFrom?: MailAddress;
  /** ENVID, decoded. */
  readonly envelopeId?: string;
  readonly wantsReceipt: boolean;
  readonly authenticity: Authenticity;
  /** As `Message.spam`. */
  readonly spam?: true;
  readonly original?: ContentId;
  /** Characters above which a text is shortened to its first paragraphs, where its original is kept; 0 or absent: never. */
  readonly longText?: number;
}

const SUBJECT_LIMIT = 1000;
const NAME_LIMIT = 200;
/** At most this many earlier messages are named: a conversation of so many mails, or what a program has made of it. */
const MOST_ANSWERS = 100;

/** Never fails: every mail that could be read is a message, if an empty one. */
export function fromMail(mail: ParsedMail, facts: MailFacts): Message {
  const origin = originOf(mail.headers, mail.type, facts.envelopeFrom === undefined);
  const answerable = origin === 'person' && !suppressesReports(mail.headers);
  const { text: read, cutLines, isShortened } = readerText(mail, origin, facts.original === undefined ? 0 : (facts.longText ?? 0));
  // Without In-Reply-To it reacts to nothing (RFC 9078 §4), and to that mail only, not to the chain above it.
  const reactions = mail.inReplyTo.length === 0 ? undefined : mail.reactions;
  const text = read === '' ? (mail.reactions ?? []).join(' ') : read;
  return {
    id: facts.id,
    source: 'mail',
    sender: facts.from,
    origin,
    authenticity: facts.authenticity,
    ids: { stanza: facts.id, ...optional('mail', mail.messageId) },
    text,
    attachments: withoutDecoration(mail, text),
    acceptedAt: facts.now,
    wantsReceipt: facts.wantsReceipt,
    ...optional('senderName', nonEmpty(displayText(facts.senderName ?? '', NAME_LIMIT))),
    ...optional('returnTo', answerable ? facts.envelopeFrom : undefined),
    ...optional('answers', reactions === undefined ? answersOf(mail) : { mail: mail.inReplyTo }),
    ...optional('reactions', reactions),
    ...optional('addressees', addresseesOf(mail, facts.from, facts.recipient)),
    ...optional('subject', nonEmpty(displayText(mail.subject ?? '', SUBJECT_LIMIT))),
    ...optional('cutLines', cutLines === 0 ? undefined : cutLines),
    ...optional('shortened', isShortened || undefined),
    ...optional('sentAt', sentAt(mail.date, facts.now)),
    ...optional('envelopeId', facts.envelopeId),
    ...optional('cameBy', facts.cameBy),
    ...optional('ordinary', facts.ordinary),
    ...optional('listId', facts.cameBy && listIdOf(mail.headers)),
    ...optional('hops', hopsOf(mail) || undefined),
    ...optional('forwarded', wasForwarded(mail) || undefined),
    ...optional('original', facts.original),
    ...optional('spam', facts.spam),
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
