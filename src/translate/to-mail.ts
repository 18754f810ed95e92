/** A delivery of a chat message to a mail. Pure. */
import { bareJid, formatJid, mailOfUser, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { Failure, isFailure } from '../failure.js';
import type { Delivery, Message } from '../message.js';
import { compose, textPart, type ComposedMail, type Envelope } from './mail-compose.js';
import { isAscii } from './mail-fields.js';
import { isMessageId } from './mail-ids.js';
import { subjectOf } from './mail-subject.js';
import { bodyText } from './mail-text.js';

export interface ToMailOptions {
  readonly gateway: GatewayNames;
  /** The chat user's name, where it is known better than the message knows it. */
  readonly senderName?: string;
  /** ms since the epoch; no mail is dated later. */
  readonly now: number;
}

/** RFC 5322 §3.6.4 sets no limit; this many keep the field short. */
const MOST_REFERENCES = 20;
/** A longer Jabber-ID cannot be folded into a line that all servers take: the field is left out. */
const JABBER_ID_LIMIT = 900;

/**
 * The mail from the sender's address at the gateway to the delivery's recipient.
 *
 * Failures: permanent `bad-address` when the sender has no mail address here or the recipient is none.
 */
export function toMail(delivery: Delivery, options: ToMailOptions): ComposedMail | Failure {
  const { message, recipient, context } = delivery;
  if (message.sender.kind !== 'jid' || recipient.kind !== 'mail') return Failure.permanent('bad-address', 'Only chat messages to mail addresses become mail.');
  const from = mailOfUser(bareJid(message.sender), options.gateway);
  if (isFailure(from)) return from;
  const fromName = options.senderName ?? message.senderName;
  const inReplyTo = validIds(context.answered?.mail)[0];
  const jabberId = jabberIdOf(message.sender);
  const envelope: Envelope = {
    from,
    ...(fromName === undefined ? {} : { fromName }),
    to: recipient,
    subject: subjectOf(message, context),
    messageId: messageIdOf(message, options.gateway.domain),
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    references: context.references.filter(isMessageId).slice(-MOST_REFERENCES),
    date: Math.min(message.sentAt ?? message.acceptedAt, options.now),
    gatewayDomain: options.gateway.domain,
    ...(message.hops === undefined ? {} : { hops: message.hops }),
    ...(jabberId === undefined ? {} : { jabberId }),
    ...(message.origin === 'person' ? {} : { autoSubmitted: message.origin === 'auto-replied' ? 'auto-replied' : 'auto-generated' }),
  };
  return compose(envelope, textPart(mailText(message)));
}

function validIds(id: string | undefined): string[] {
  return id !== undefined && isMessageId(id) ? [id] : [];
}

/** The id it was given when it was accepted: a retry is the same mail. */
export function messageIdOf(message: Message, gatewayDomain: string): string {
  return validIds(message.ids.mail)[0] ?? `<${message.id}@${gatewayDomain}>`;
}

/** The text, and below it the links of the chat user's files that are not in it already. */
function mailText(message: Message): string {
  const text = bodyText(message.text);
  const links = message.attachments.flatMap(({ where }) => ('url' in where ? [bodyText(where.url).replace(/\n/g, '')] : []));
  const missing = links.filter((link) => !text.includes(link));
  return missing.length === 0 ? text : [text, ...missing].filter((part) => part !== '').join('\n\n');
}

/** RFC 7259 §2: the bare JID as the path of an XMPP URI (RFC 5122), other characters percent-encoded. */
function jabberIdOf(sender: Jid): string | undefined {
  const { local, domain } = bareJid(sender);
  const encoded = isAscii(domain) ? domain : encodeURIComponent(domain);
  const id = local === '' ? encoded : `${encodeURIComponent(local)}@${encoded}`;
  return id.length <= JABBER_ID_LIMIT && formatJid(sender) !== '' ? id : undefined;
}

export type { ComposedMail, MailAddress };
