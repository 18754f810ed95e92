/**
 * What a message stanza means (RFC 6121 §5). Pure: the edge that received it acts on the answer, and decides nothing.
 * The server has vouched for `from`.
 */
import type { Element } from '@xmpp/xml';
import { addresseeOf, bareJid, formatJid, parseJid, sameDomain, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { Failure, isFailure } from '../failure.js';
import type { Attachment, Message, MessageId, WireIds } from '../message.js';
import { wordsOf } from './file-links.js';
import { cutText, displayText } from './mail-text.js';
import { encryptionOf } from './stanza-encryption.js';
import { failureOfError } from './stanza-error.js';
import { offlineCopy } from './stanza-copy.js';
import { withoutFallback } from './stanza-fallback.js';
import { filesOf } from './stanza-files.js';
import { messageIdOf } from './stanza-ids.js';
import { attribute, NS, ownText } from './stanza-names.js';
import { mailMarkIn, markIn } from './stanza-mark.js';
import { multicastIn } from './stanza-multicast.js';
import { reactionsIn } from './stanza-reaction.js';
import { silentKind } from './stanza-silent.js';
import { bodyIn, chatStateIn, correctedIn, retractedIn, type ChatState } from './stanza-text.js';
import { delayOf } from './stanza-time.js';
import { withSubjectLine } from './subject-line.js';
import { titleOf } from './title.js';
import { cleanText } from './xml-text.js';

export type StanzaMeaning =
  /** To be admitted and stored; chat users of this gateway are named by their mail address here. */
  | { readonly kind: 'message'; readonly from: Jid; readonly recipient: MailAddress; readonly message: Message }
  /** One message to each of several people; chat users of this gateway are named by their mail address here. */
  | { readonly kind: 'people'; readonly from: Jid; readonly recipients: readonly MailAddress[]; readonly message: Message }
  /** The home server keeps this for a user of its own who is offline, and hands over a copy. Nobody is told what becomes of that. */
  | { readonly kind: 'copy'; readonly from: Jid; readonly recipient: MailAddress; readonly message: Message }
  /** Written to the gateway itself. */
  | { readonly kind: 'command'; readonly from: Jid; readonly text: string }
  /** The writer of what may still wait is typing, or not any more (XEP-0085). */
  | { readonly kind: 'typing'; readonly from: Jid; readonly recipient: MailAddress; readonly state: ChatState }
  /** Nothing is to be done; the reason is for the debug log. */
  | { readonly kind: 'ignore'; readonly reason: string }
  /** The sender is to be told at once, by an error stanza. */
  | { readonly kind: 'refuse'; readonly failure: Failure }
  /** An error that came back for a message of ours; `from` is the full JID that could not be reached. */
  | { readonly kind: 'bounce'; readonly id: MessageId; readonly from: Jid; readonly failure: Failure }
  /** XEP-0184: a client of the user has the message. */
  | { readonly kind: 'receipt'; readonly id: MessageId; readonly from: Jid };

export interface StanzaFacts {
  /** The id that the message gets, if it is one. */
  readonly id: MessageId;
  /** ms since the epoch. */
  readonly now: number;
  readonly gateway: GatewayNames;
}

/** Longest subject and display name we take over, UTF-16 units; a longer one is cut. */
const LONGEST_SUBJECT = 900;
const LONGEST_NAME = 100;
/** Longer thread ids are no thread ids; UTF-16 units. */
const LONGEST_THREAD = 1_000;

const ENCRYPTED = 'This message is encrypted for chat and cannot become a mail. Turn off encryption for this contact and send it again.';
const GROUPCHAT = 'A mail address cannot be written to as a chat room.';
const RETRACTS_NOTHING = 'This does not say which message is to be taken back.';
const RETRACTS_FROM_SEVERAL = 'A message to several people cannot be taken back.';
const RETRACTS_FROM_USER = 'A message to this contact cannot be taken back.';
const NOTHING_TO_MAIL = 'Write what is to be mailed behind /mail.';
const NO_EMOJI = 'Only emoji can be sent as a reaction to a mail.';
const NO_PERSON = 'Only people can write mails here, not servers.';

/** Never `refuse` for a stanza of type `error`: an error is not answered (RFC 6120 §8.3.1). */
export function fromStanza(stanza: Element, facts: StanzaFacts): StanzaMeaning {
  const from = parseJid(stanza.attrs.from ?? '');
  if (isFailure(from)) return { kind: 'ignore', reason: 'no valid sender' };
  if (stanza.attrs.type === 'error') return bounce(stanza, from);
  const to = parseJid(stanza.attrs.to ?? '');
  if (isFailure(to)) return { kind: 'refuse', failure: to };
  const copied = offlineCopy(stanza, from, to, facts.gateway);
  if (copied !== undefined) return asCopy(copied, facts);
  return receipt(stanza, from) ?? reaction(stanza, from, to, facts) ?? retraction(stanza, from, to, facts) ?? unwritten(stanza) ?? typing(stanza, from, to, facts) ?? written(stanza, from, to, facts);
}

/** What it says as if it had been written to the user's contact, without what would answer its author. */
function asCopy(stanza: Element, facts: StanzaFacts): StanzaMeaning {
  const meaning = fromStanza(stanza, facts);
  if (meaning.kind !== 'message' || meaning.message.reactions !== undefined || meaning.message.change !== undefined) return { kind: 'ignore', reason: 'a copy of nothing to be mailed' };
  const { returnTo: _, asMail: __, ...message } = meaning.message;
  return { ...meaning, kind: 'copy', message: { ...message, wantsReceipt: false } };
}

function bounce(stanza: Element, from: Jid): StanzaMeaning {
  const id = messageIdOf(stanza.attrs.id);
  if (id === undefined) return { kind: 'ignore', reason: 'an error about nothing of ours' };
  if (stanza.getChild('error')?.attrs.type === 'continue') return { kind: 'ignore', reason: 'only a warning' };
  return { kind: 'bounce', id, from, failure: failureOfError(stanza) };
}

function receipt(stanza: Element, from: Jid): StanzaMeaning | undefined {
  const received = stanza.getChild('received', NS.receipts);
  if (received === undefined || ownText(stanza, 'body') !== undefined) return undefined;
  const id = messageIdOf(received.attrs.id);
  return id === undefined ? { kind: 'ignore', reason: 'a receipt for nothing of ours' } : { kind: 'receipt', id, from };
}

/** XEP-0444. The set that is to stand from now on; an empty one takes back what stood there. */
function reaction(stanza: Element, from: Jid, to: Jid, facts: StanzaFacts): StanzaMeaning | undefined {
  const reactions = reactionsIn(stanza);
  if (reactions === undefined || stanza.attrs.type === 'groupchat') return undefined;
  if (to.local === '' || from.local === '') return { kind: 'ignore', reason: 'a reaction' };
  if (reactions.unknown) return { kind: 'refuse', failure: Failure.permanent('not-supported', NO_EMOJI) };
  const recipient = addresseeOf(to, facts.gateway);
  if (isFailure(recipient)) return { kind: 'refuse', failure: recipient };
  const { about, emoji } = reactions;
  const message = common(stanza, from, to, facts);
  const answers = { stanza: messageIdOf(about) ?? about };
  return { kind: 'message', from, recipient, message: { ...message, wantsReceipt: false, answers, text: emoji.join(' '), reactions: emoji, attachments: [] } };
}

/** Stanzas in which nobody wrote anything for a reader, and those that nobody but a chat client can read. */
function unwritten(stanza: Element): StanzaMeaning | undefined {
  const body = bodyIn(stanza);
  const encryption = encryptionOf(stanza, body);
  if (encryption === 'keys') return { kind: 'ignore', reason: 'encryption keys' };
  if (encryption === 'message') return { kind: 'refuse', failure: Failure.permanent('encrypted', ENCRYPTED) };
  const silent = silentKind(stanza, body);
  return silent === undefined || chatStateIn(stanza) !== undefined ? undefined : { kind: 'ignore', reason: silent };
}

/** XEP-0424. Whether what it takes back can be taken back is known where that waits. */
function retraction(stanza: Element, from: Jid, to: Jid, facts: StanzaFacts): StanzaMeaning | undefined {
  const of = retractedIn(stanza);
  if (of === undefined || stanza.attrs.type === 'groupchat' || from.local === '') return undefined;
  if (to.local === '' && multicastIn(stanza, facts.gateway) !== undefined) return { kind: 'refuse', failure: Failure.permanent('not-supported', RETRACTS_FROM_SEVERAL) };
  if (to.local === '') return { kind: 'ignore', reason: 'a retraction' };
  if (of === '') return { kind: 'refuse', failure: Failure.permanent('bad-content', RETRACTS_NOTHING) };
  const recipient = addresseeOf(to, facts.gateway);
  if (isFailure(recipient)) return { kind: 'refuse', failure: recipient };
  if (isUser(recipient, facts)) return { kind: 'refuse', failure: Failure.permanent('not-supported', RETRACTS_FROM_USER) };
  const message = { ...common(stanza, from, to, facts), wantsReceipt: false, change: { kind: 'retraction', of }, text: '', attachments: [] } as const;
  return { kind: 'message', from, recipient, message };
}

/** A chat state in a stanza where nobody wrote anything. */
function typing(stanza: Element, from: Jid, to: Jid, facts: StanzaFacts): StanzaMeaning | undefined {
  const reason = silentKind(stanza, bodyIn(stanza));
  const state = chatStateIn(stanza);
  if (reason === undefined || state === undefined) return undefined;
  const recipient = addresseeOf(to, facts.gateway);
  return to.local === '' || from.local === '' || isFailure(recipient) || isUser(recipient, facts) ? { kind: 'ignore', reason } : { kind: 'typing', from, recipient, state };
}

function written(stanza: Element, from: Jid, to: Jid, facts: StanzaFacts): StanzaMeaning {
  if (stanza.attrs.type === 'groupchat') return { kind: 'refuse', failure: Failure.permanent('not-supported', GROUPCHAT) };
  const files = filesOf(stanza);
  const text = textOf(stanza, files);
  if (to.local === '' && sameDomain(to.domain, facts.gateway.domain)) return toGateway(stanza, from, to, facts) ?? spoken(stanza, from, text);
  if (from.local === '') return { kind: 'refuse', failure: Failure.permanent('not-allowed', NO_PERSON) };
  const recipient = addresseeOf(to, facts.gateway);
  if (isFailure(recipient)) return { kind: 'refuse', failure: recipient };
  const { text: unmarked, ...marks } = isUser(recipient, facts) ? mailMarkIn(text) : markIn(text);
  if ('asMail' in marks && unmarked === '') return { kind: 'refuse', failure: Failure.permanent('bad-content', NOTHING_TO_MAIL) };
  const message = messageOf(stanza, common(stanza, from, to, facts), unmarked, files);
  return { kind: 'message', from, recipient, message: { ...message, ...marks } };
}

/** A first line `Subject: …` is the subject, unless the stanza has one. */
function messageOf(stanza: Element, message: ReturnType<typeof common>, written: string, files: readonly Attachment[]): Message {
  const line = message.subject === undefined ? withSubjectLine(written) : { text: written };
  const subject = message.subject ?? shortLine(line.subject, LONGEST_SUBJECT);
  const text = subject === undefined ? written : line.text;
  const title = subject === undefined ? titleOf(wordsOf(text, files)) : '';
  const of = correctedIn(stanza);
  const change = of === undefined ? undefined : ({ kind: 'correction', of } as const);
  return { text, attachments: files, ...message, ...optional('subject', subject), ...optional('title', title || undefined), ...optional('change', change) };
}

/** To the gateway, which passes it on to several; undefined when it names nobody. */
function toGateway(stanza: Element, from: Jid, to: Jid, facts: StanzaFacts): StanzaMeaning | undefined {
  const people = from.local === '' ? undefined : multicastIn(stanza, facts.gateway);
  if (people === undefined) return undefined;
  if (isFailure(people)) return { kind: 'refuse', failure: people };
  const files = filesOf(stanza);
  const message = messageOf(stanza, common(stanza, from, to, facts), textOf(stanza, files), files);
  return { kind: 'people', from, recipients: people.recipients, message: { ...message, addressees: people.addressees } };
}

/** To the gateway itself. What is answered here must not answer back: another gateway, or a client's own news. */
function spoken(stanza: Element, from: Jid, text: string): StanzaMeaning {
  if (from.local === '') return { kind: 'ignore', reason: 'a server speaks' };
  return stanza.attrs.type === 'headline' ? { kind: 'ignore', reason: 'a headline' } : { kind: 'command', from, text };
}

function common(stanza: Element, from: Jid, to: Jid, { id, now, gateway }: StanzaFacts): Omit<Message, 'text' | 'attachments'> {
  const answered = attribute(stanza.getChild('reply', NS.reply), 'id') ?? correctedIn(stanza);
  const stanzaId = attribute(stanza, 'id');
  return {
    id,
    source: 'xmpp',
    sender: bareJid(from),
    returnTo: from,
    origin: 'person',
    authenticity: 'verified',
    ids: idsOf(stanza, stanzaId, `<${id}@${gateway.domain}>`),
    acceptedAt: now,
    wantsReceipt: stanzaId !== undefined && stanza.getChild('request', NS.receipts) !== undefined,
    addressedAs: formatJid({ ...bareJid(to), domain: gateway.domain }),
    ...(answered !== undefined && { answers: { stanza: messageIdOf(answered) ?? answered } }),
    ...optional('senderName', shortLine(stanza.getChildText('nick', NS.nick), LONGEST_NAME)),
    ...optional('thread', threadOf(stanza)),
    ...optional('subject', shortLine(ownText(stanza, 'subject'), LONGEST_SUBJECT)),
    ...optional('unstyled', stanza.getChild('unstyled', NS.styling) === undefined ? undefined : true),
    ...optional('sentAt', delayOf(stanza, now)),
  };
}

/** A chat user of this gateway. */
function isUser({ domain }: MailAddress, { gateway }: StanzaFacts): boolean {
  return sameDomain(domain, gateway.domain);
}

function idsOf(stanza: Element, id: string | undefined, mail: string): WireIds {
  const origin = attribute(stanza.getChild('origin-id', NS.ids), 'id');
  return { mail, ...optional('stanza', id), ...optional('origin', origin === id ? undefined : origin) };
}

/** Without the quotation that a reply carries for older clients; the links alone when there is no body. */
function textOf(stanza: Element, files: readonly Attachment[]): string {
  const body = withoutFallback(bodyIn(stanza), stanza, NS.reply);
  if (body !== '') return cleanText(body);
  return files.flatMap(({ where }) => ('url' in where ? [where.url] : [])).join('\n');
}

function threadOf(stanza: Element): string | undefined {
  const thread = cleanText(ownText(stanza, 'thread') ?? '').trim();
  return thread === '' || thread.length > LONGEST_THREAD ? undefined : thread;
}

function shortLine(text: string | null | undefined, most: number): string | undefined {
  const line = displayText(cleanText(text ?? ''), Number.MAX_SAFE_INTEGER);
  if (line === '') return undefined;
  return line.length > most ? `${cutText(line, most - 1)}…` : line;
}

/** An object with the one key, or with none. */
function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
