/** A delivery as message stanzas for a chat user (RFC 6121 §5). Pure, and the same stanza ids at every try. */
import xml, { type Element } from '@xmpp/xml';
import { contactOf, contactOfUser, formatBareJid, formatJid, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { Failure, isFailure } from '../failure.js';
import type { Attachment, Delivery, Message, ReplyContext } from '../message.js';
import { withoutLinks } from './file-links.js';
import { displayName } from './display-name.js';
import { addressesElement, peopleLines } from './stanza-addresses.js';
import { bodyOf, newSubject, type BodyOptions } from './stanza-body.js';
import { quotation, quotationMark } from './stanza-answer.js';
import { reactionStanza } from './stanza-reaction.js';
import { partId } from './stanza-ids.js';
import { NS } from './stanza-names.js';
import { inParts } from './stanza-parts.js';
import { reportStanzas } from './stanza-report.js';
import { linkedFiles, sharedFile, type PlacedFile } from './stanza-shared.js';
import { delayElement } from './stanza-time.js';
import { cleanText } from './xml-text.js';

export interface ToStanzaOptions extends Omit<BodyOptions, 'listed'> {
  readonly gateway: GatewayNames;
  /** Largest serialised stanza; at least 8,192. */
  readonly maxBytes: number;
  /** By number of the attachment: each is a message of its own behind the text. The others are lines of the text. */
  readonly placed?: ReadonlyMap<number, PlacedFile>;
  /** The telephone number's address here by which this chat user is seen, in a conversation that runs by it; undefined: by the contact of his name. */
  readonly seenBy?: (user: Jid, cameBy: string | undefined) => MailAddress | undefined;
  /** ms since the epoch: what was held for a while carries a delay stamp. */
  readonly now: number;
}

/** ms after which a reader should see when it was written. */
const NOTICEABLE = 60_000;

/**
 * The stanzas of one delivery, in order; none for a report that no client could make use of.
 * @returns a permanent failure: `bad-address` (not for a chat user, or from someone who cannot be a contact), `too-large`
 */
export function toStanzas(delivery: Delivery, options: ToStanzaOptions): Element[] | Failure {
  const { message, recipient } = delivery;
  if (recipient.kind !== 'jid') return Failure.permanent('bad-address', 'This is not the address of a chat user.');
  if (message.report !== undefined) return reportStanzas({ report: message.report, message, to: recipient, gateway: options.gateway });
  const from = authorOf(delivery, options);
  return isFailure(from) ? from : chatStanzas(delivery, from, recipient, options);
}

/** A component speaks for its own domain only: another chat user by the contact that stands for him, or the gateway itself where there is none. What the gateway says may come from a contact. */
function authorOf({ message: { sender }, context }: Delivery, { gateway, seenBy }: ToStanzaOptions): Jid | Failure {
  if (sender.kind === 'jid' && sender.domain === gateway.domain) return sender;
  if (sender.kind === 'mail') return contactOf(sender, gateway);
  const number = seenBy?.(sender, context.cameBy);
  if (number !== undefined) return { kind: 'jid', local: number.local, domain: gateway.domain, resource: '' };
  const contact = contactOfUser(sender, gateway);
  return isFailure(contact) ? { kind: 'jid', local: '', domain: gateway.domain, resource: '' } : contact;
}

function chatStanzas(delivery: Delivery, from: Jid, to: Jid, options: ToStanzaOptions): Element[] | Failure {
  const { message, context } = delivery;
  const addresses = { from: formatJid(from), to: formatBareJid(to) };
  const reaction = reactionStanza(delivery, addresses);
  if (reaction !== undefined) return [reaction];
  // Taken back from a message that is not known.
  if (message.reactions?.length === 0) return [];
  const quoted = message.change === undefined ? quotation(context) : '';
  const { listed, shown } = filesOf(message, options.placed ?? linkedFiles(message));
  const stanza = (body: string, index: number, payload: readonly Element[], isLast: boolean): Element => {
    const id = partId(message.id, index);
    const first = index === 0 ? once(delivery, from, to, options) : [];
    // Asked for the last one: who has it has them all (XEP-0184).
    const request = isLast ? xml('request', { xmlns: NS.receipts }) : undefined;
    return xml('message', { type: 'chat', id, ...addresses }, xml('body', {}, body), ...first, ...payload, ...common(delivery, options, id), request);
  };
  const chat = (text: string, index: number, count: number): Element =>
    stanza(text, index, index === 0 ? quotationMark(quoted, text, count) : [], index === count - 1 && shown.length === 0);
  const people = peopleLines({ delivery, from, to, gateway: options.gateway });
  const words = message.source === 'xmpp' ? { ...message, text: withoutLinks(message.text, shown.map(({ file }) => file)) } : message;
  const body = bodyOf(words, context, { listed, ...options }, people);
  const texts = body === '' && shown.length > 0 ? [] : inParts(quoted + body, options.maxBytes, chat);
  if (isFailure(texts)) return texts;
  const files = shown.map(({ file, place }, at) => stanza(place.url, texts.length + at, sharedFile(file, place), at === shown.length - 1));
  return [...texts, ...files];
}

/** The files that are messages of their own, and those that are lines of the text. */
function filesOf({ attachments }: Message, placed: ReadonlyMap<number, PlacedFile> = new Map()): { listed: Attachment[]; shown: { file: Attachment; place: PlacedFile }[] } {
  const shown = attachments.flatMap((file, at) => {
    const place = placed.get(at);
    return place === undefined ? [] : [{ file, place }];
  });
  return { listed: attachments.filter((_, at) => !placed.has(at)), shown };
}

/** On every part. */
function common(delivery: Delivery, options: ToStanzaOptions, id: string): Element[] {
  const { thread } = delivery.context;
  return [
    ...(thread === undefined ? [] : [xml('thread', {}, cleanText(thread))]),
    ...delay(delivery, options),
    xml('origin-id', { xmlns: NS.ids, id }),
    xml('store', { xmlns: NS.hints }),
  ];
}

/** On the first part only. */
function once(delivery: Delivery, from: Jid, to: Jid, { gateway, maxBytes }: ToStanzaOptions): Element[] {
  const { message, context } = delivery;
  const subject = newSubject(message, context);
  const name = message.authenticity === 'verified' && message.sender.kind === 'mail' ? displayName(message.senderName) : undefined;
  return [
    ...(subject === undefined ? [] : [xml('subject', {}, subject)]),
    ...(name === undefined ? [] : [xml('nick', { xmlns: NS.nick }, name)]),
    ...addressesElement({ delivery, from, to, gateway }, maxBytes),
    ...(message.change?.kind === 'correction' ? replaced(context) : reply(context, from, to, gateway)),
  ];
}

/** XEP-0308, of another chat user's message; of one that is not known it is a message of its own. */
function replaced({ answered }: ReplyContext): Element[] {
  const id = answered?.origin ?? answered?.stanza;
  return id === undefined ? [] : [xml('replace', { xmlns: NS.correct, id })];
}

/** XEP-0461 §3.1: between two, the origin-id of the message answered, else its id; and its author. */
function reply({ answered }: ReplyContext, from: Jid, to: Jid, gateway: GatewayNames): Element[] {
  const id = answered?.origin ?? answered?.stanza;
  if (id === undefined) return [];
  const byUser = answered?.mail !== undefined && answered.mail.endsWith(`@${gateway.domain}>`) && answered.mail !== `<${id}@${gateway.domain}>`;
  return [xml('reply', { xmlns: NS.reply, id: cleanText(id), to: formatBareJid(byUser ? to : from) })];
}

/** XEP-0203: the mail's own date when it travelled long, else when it came here, if it waited here. */
function delay({ message, held }: Delivery, { gateway, now }: ToStanzaOptions): Element[] {
  const { acceptedAt, sentAt = acceptedAt } = message;
  const time = acceptedAt - sentAt > NOTICEABLE ? sentAt : acceptedAt;
  return held === true || now - time > NOTICEABLE ? [delayElement(time, gateway.domain)] : [];
}
