/** A delivery of a chat message to a mail. Pure. */
import { bareJid, formatJid, mailOfUser, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { Failure, isFailure } from '../failure.js';
import type { Attachment, Delivery, Message } from '../message.js';
import { linkOf, withoutLinks, wordsOf } from './file-links.js';
import { compose, composeWithFiles, type ComposedMail, type Envelope, type Part } from './mail-compose.js';
import { isAscii } from './mail-fields.js';
import type { MailFile } from './mail-files.js';
import { isMessageId } from './mail-ids.js';
import type { MailPieces } from './mail-pieces.js';
import { subjectOf } from './mail-subject.js';
import { bodyText } from './mail-text.js';
import { newReactions, reactionPart } from './reaction-mail.js';
import { textParts } from './text-parts.js';

export interface ToMailOptions {
  readonly gateway: GatewayNames;
  /** The chat user's name, where it is known better than the message knows it; empty where none is to be told. */
  readonly senderName?: string;
  /** What stands below the text (RFC 3676 §4.3), LF line ends; not below a reaction. */
  readonly signature?: string;
  /** The address of the chat user's to write by; absent for the one of his JID. With it, his JID is not told. */
  readonly from?: MailAddress;
  /** ms since the epoch; no mail is dated later. */
  readonly now: number;
  /** What became of the files behind links, by link; of a link that is not there nothing is said. */
  readonly files?: ReadonlyMap<string, FileEnd>;
}

/** A file that rides with the mail, or why it does not: the words end "not attached: ...". */
export type FileEnd = MailFile | { readonly note: string };

const UNKNOWN_ANSWERED = 'The message that you reacted to is not known to the gateway, so the reaction could not be sent.';

/** RFC 5322 §3.6.4 sets no limit; this many keep the field short. */
const MOST_REFERENCES = 20;
/** A longer Jabber-ID cannot be folded into a line that all servers take: the field is left out. */
const JABBER_ID_LIMIT = 900;

/**
 * The mail from the sender's address at the gateway to the delivery's recipient; in pieces when files ride with it.
 *
 * Failures: permanent `bad-address` when the sender has no mail address here or the recipient is none; `not-supported` for a
 * reaction to a message that is not known. A reaction that `saysNothing` is not to be written.
 */
export function toMailWithFiles(delivery: Delivery, options: ToMailOptions): ComposedMail | ComposedMail<MailPieces> | Failure {
  const files = [...(options.files?.values() ?? [])].flatMap((end) => ('note' in end ? [] : [end]));
  return written(delivery, options, (envelope, body) => (files.length === 0 ? compose(envelope, body) : composeWithFiles(envelope, body, files, `=_mix-${delivery.message.id}`)));
}

/** As `toMailWithFiles`, with no file. */
export function toMail(delivery: Delivery, options: ToMailOptions): ComposedMail | Failure {
  return written(delivery, options, compose);
}

function written<T>(delivery: Delivery, options: ToMailOptions, write: (envelope: Envelope, body: Part) => T): T | Failure {
  const body = bodyPart(delivery, options);
  if (isFailure(body)) return body;
  const envelope = envelopeOf(delivery, options);
  return isFailure(envelope) ? envelope : write(envelope, body);
}

function bodyPart(delivery: Delivery, options: ToMailOptions): Part | Failure {
  const emoji = newReactions(delivery);
  if (emoji === undefined) return textBody(delivery.message, options);
  const known = delivery.context.answered !== undefined;
  return known ? reactionPart(delivery, emoji) : Failure.permanent('not-supported', UNKNOWN_ANSWERED);
}

function envelopeOf(delivery: Delivery, options: ToMailOptions): Envelope | Failure {
  const { message, recipient, context } = delivery;
  if (message.sender.kind !== 'jid' || recipient.kind !== 'mail') return Failure.permanent('bad-address', 'Only chat messages to mail addresses become mail.');
  const from = options.from ?? addressOf(message.sender, options.gateway);
  if (isFailure(from)) return from;
  const fromName = options.senderName ?? message.senderName;
  const inReplyTo = validIds(context.answered?.mail)[0];
  const jabberId = options.from === undefined ? jabberIdOf(message.sender) : undefined;
  return {
    from,
    ...(fromName === undefined || fromName === '' ? {} : { fromName }),
    to: recipient,
    ...(message.addressees === undefined ? {} : { addressees: message.addressees }),
    subject: subjectOf({ ...message, text: wordsOf(message.text, message.attachments) }, context),
    messageId: messageIdOf(message, options.gateway.domain),
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    references: context.references.filter(isMessageId).slice(-MOST_REFERENCES),
    date: Math.min(message.sentAt ?? message.acceptedAt, options.now),
    gatewayDomain: options.gateway.domain,
    ...(message.hops === undefined ? {} : { hops: message.hops }),
    ...(message.forwardedFor === undefined ? {} : { forwarded: true }),
    ...(jabberId === undefined ? {} : { jabberId }),
    ...(message.origin === 'person' ? {} : { autoSubmitted: message.origin === 'auto-replied' ? 'auto-replied' : 'auto-generated' }),
  };
}

/** The gateway itself writes as its postmaster: an answer reaches somebody (RFC 5321 §4.5.1). */
function addressOf(sender: Jid, gateway: GatewayNames): MailAddress | Failure {
  if (sender.local === '' && sender.domain === gateway.domain) return { kind: 'mail', local: 'postmaster', domain: gateway.domain };
  return mailOfUser(bareJid(sender), gateway);
}

function validIds(id: string | undefined): string[] {
  return id !== undefined && isMessageId(id) ? [id] : [];
}

/** The id it was given when it was accepted: a retry is the same mail. */
export function messageIdOf(message: Message, gatewayDomain: string): string {
  return validIds(message.ids.mail)[0] ?? `<${message.id}@${gatewayDomain}>`;
}

function textBody(message: Message, { files, signature = '' }: ToMailOptions): Part {
  const text = mailText(message, files);
  const signed = signature === '' ? text : `${text}\n\n-- \n${bodyText(signature)}`;
  return textParts(signed, { id: message.id, unstyled: message.unstyled });
}

/** The text without the links of files that ride along; below it the other files' links that are not in it, and why they are none. */
function mailText(message: Message, files: ReadonlyMap<string, FileEnd> = new Map()): string {
  const endOf = (file: Attachment): FileEnd | undefined => files.get('url' in file.where ? file.where.url : '');
  const attached = message.attachments.filter((file) => 'size' in (endOf(file) ?? {}));
  const text = attached.length === 0 ? bodyText(message.text) : withoutLinks(bodyText(message.text), attached);
  const others = message.attachments.filter((file) => !attached.includes(file));
  const missing = others.flatMap((file) => [linkOf(file)].flatMap((link) => (link === undefined || text.includes(link) ? [] : [bodyText(link)])));
  return [text, ...missing, notes(others, endOf)].filter((part) => part !== '').join('\n\n');
}

function notes(files: readonly Attachment[], endOf: (file: Attachment) => FileEnd | undefined): string {
  return files
    .flatMap((file) => {
      const end = endOf(file);
      return end !== undefined && 'note' in end ? [`[${bodyText(file.name)} is not attached: ${end.note}]`] : [];
    })
    .join('\n');
}

/** RFC 7259 §2: the bare JID as the path of an XMPP URI (RFC 5122), other characters percent-encoded. */
function jabberIdOf(sender: Jid): string | undefined {
  const { local, domain } = bareJid(sender);
  const encoded = isAscii(domain) ? domain : encodeURIComponent(domain);
  const id = local === '' ? encoded : `${encodeURIComponent(local)}@${encoded}`;
  return id.length <= JABBER_ID_LIMIT && formatJid(sender) !== '' ? id : undefined;
}

export type { ComposedMail, MailAddress };
