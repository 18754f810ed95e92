/**
 * The neutral form of everything that passes through the gateway: an inlet hands in a `Message`, an outlet is handed
 * one inside a `Delivery`. Plain data only (it is stored as JSON), no protocol.
 */
import { randomBytes } from 'node:crypto';
import type { Address, Jid, MailAddress } from './address.js';
import type { FailureRecord } from './failure.js';

/** Names a message in the store, in logs and on both wires. 26 characters, sortable by time, 80 random bits. */
export type MessageId = string;

/** A message's own id in each world. A gateway message has both: the one it came with and the one we gave it. */
export interface WireIds {
  /** `id` attribute of the stanza. For a message that came by mail it is the `MessageId`. */
  readonly stanza?: string;
  /** XEP-0359 origin-id where it differs from `stanza`. */
  readonly origin?: string;
  /** Message-ID with its angle brackets. For a message that came by chat it is `<MessageId@gateway>`. */
  readonly mail?: string;
}

/** What a message says it answers; resolved to a `ReplyContext` by the store when it is delivered. */
export interface Answers {
  /** XEP-0461 `id`. */
  readonly stanza?: string;
  /** In-Reply-To, then References, newest first, each with its angle brackets. */
  readonly mail?: readonly string[];
}

/** How far a mail's author is who it says. Chat senders are vouched for by the XMPP server: `verified`. */
export type Authenticity = 'verified' | 'unverified';

/** RFC 3834 and RFC 2919: who wrote it, a person or a machine. Nothing is ever answered to any but `person`. */
export type Origin = 'person' | 'auto-generated' | 'auto-replied' | 'list' | 'bounce';

/** What the return address of a mail of ours speaks of. */
export interface ReturnedTo {
  readonly messageId: MessageId;
  /** Which of a message's several recipients, by `recipientTag`. */
  readonly tag?: string;
}

/** A file that rides with the message. Its bytes are never part of `Message`. */
export interface Attachment {
  /** Last path part only, without control or bidi characters; never used as a path. */
  readonly name: string;
  /** Media type, lower-case, without parameters. */
  readonly type: string;
  /** Decoded size in bytes; -1 when unknown. */
  readonly size: number;
  /**
   * Where the bytes are: the n-th attachment of the stored original mail (`inside`: the n-th file of the winmail.dat that
   * this is), or a link a chat user sent.
   */
  readonly where: { readonly part: number; readonly inside?: number } | { readonly url: string };
  /** What the sender says of the bytes behind its link: others are not that file. */
  readonly hash?: FileHash;
  /** What a calendar invitation or a contact card says, in words for a reader; LF line ends. */
  readonly summary?: string;
}

/** XEP-0300, with the algorithms of XEP-0414 that we check. */
export interface FileHash {
  readonly algorithm: 'sha-256' | 'sha-512' | 'sha3-256' | 'sha3-512';
  /** Base64. */
  readonly value: string;
}

/** Somebody a mail is addressed to, as its header names them. */
export interface Addressee {
  readonly address: MailAddress;
  /** Untrusted text, no control characters. */
  readonly name?: string;
}

/** Everybody a mail is addressed to, in the order of its fields, at most 100 in all; never who got it by Bcc. */
export interface Addressees {
  readonly to: readonly Addressee[];
  readonly cc: readonly Addressee[];
}

/** What a chat user does to a message written before. */
export interface Change {
  /** XEP-0308: the text of this message stands for the other's. XEP-0424: the other is taken back. */
  readonly kind: 'correction' | 'retraction';
  /** The stanza id of the message it is about. */
  readonly of: string;
}

/** Tells the sender of an earlier message what became of it (promise 2). Never answered itself. */
export interface Report {
  readonly state: 'failed' | 'delayed' | 'delivered';
  /** The message it is about, as its sender knows it. */
  readonly about: {
    readonly id: MessageId;
    readonly ids: WireIds;
    readonly subject?: string;
    /** When we accepted it, ms since the epoch. */
    readonly acceptedAt: number;
    /** The bare JID the chat user wrote to, as spelt; the error comes from there. */
    readonly addressedAs?: string;
    /** ENVID of the mail's envelope (RFC 3461 §4.4), decoded. */
    readonly envelopeId?: string;
    /** The alias or number that the sender wrote to, as written: he is told of no other address. */
    readonly cameBy?: string;
  };
  readonly recipient: Address;
  readonly failure?: FailureRecord;
  /** When we give up, for `delayed`; ms since the epoch. */
  readonly expiresAt?: number;
}

export interface Message {
  readonly id: MessageId;
  readonly source: 'xmpp' | 'mail' | 'gateway';
  /** The recipient has nothing from this author yet, and wants to be told. */
  readonly stranger?: true;
  /** A filter of the administrator's takes this mail for spam. */
  readonly spam?: true;
  /** The author: a bare JID, or the one address of the mail's From field. */
  readonly sender: Address;
  /** Display name as given by the author: untrusted text, no control characters. */
  readonly senderName?: string;
  /** Where reports go: the sender's full JID, or the envelope sender; absent for a null return path. */
  readonly returnTo?: Address;
  readonly origin: Origin;
  readonly authenticity: Authenticity;
  readonly ids: WireIds;
  readonly answers?: Answers;
  /** The chat client's own thread id (RFC 6121 §5.2.5). */
  readonly thread?: string;
  readonly subject?: string;
  /** What stands for a subject in mail when a chat message has none: the first words of its text. */
  readonly title?: string;
  /** What a reader sees, LF line ends, no forbidden XML characters; may be empty. Quotes and signature are cut. */
  readonly text: string;
  /** XEP-0393 §6: what looks like styling in the text of a chat message is none. */
  readonly unstyled?: boolean;
  /** Lines of quoted history and signature that were cut from `text`; the original has them. */
  readonly cutLines?: number;
  /** The text holds only the first paragraphs of a long mail; the original has the rest. */
  readonly shortened?: boolean;
  readonly attachments: readonly Attachment[];
  /** Present when somebody besides the author and the one recipient is addressed. Of a mail: without its author. */
  readonly addressees?: Addressees;
  /** The chat user wants the answers in this conversation to go to everybody addressed in it (`/all`), or no more (`/one`). */
  readonly toAll?: boolean;
  /** A chat message that changes an earlier one of its author. */
  readonly change?: Change;
  /**
   * Emoji by which the author reacts to the message that it answers; `text` is then a stand-in. From chat: all that are to stand
   * there, none when they were taken back (XEP-0444 §3); by mail: one or more that are added (RFC 9078).
   */
  readonly reactions?: readonly string[];
  /** What the source says it was written, ms since the epoch; never in the future. */
  readonly sentAt?: number;
  readonly acceptedAt: number;
  /** The sender asked to be told when it is delivered (XEP-0184, RFC 3461 NOTIFY=SUCCESS). */
  readonly wantsReceipt: boolean;
  /** The bare JID the chat user wrote to, as spelt. */
  readonly addressedAs?: string;
  /** ENVID of the mail's envelope, decoded. */
  readonly envelopeId?: string;
  /**
   * The alias or telephone number of its recipient by which a mail came, or the number by which a chat message did, or his own address or his plain
   * one where he has several: by it he answers.
   */
  readonly cameBy?: MailAddress;
  /** By `cameBy` the recipient is known, and he is not told of it. */
  readonly ordinary?: true;
  /** RFC 2919, lower-case, without brackets; of a mail that came by an alias. Anybody can write it. */
  readonly listId?: string;
  /** How many answers, each sooner than a person could type it, led up to this one (itself counted); absent for none. */
  readonly hops?: number;
  /** A chat message that its writer wants to go to the other chat user's mailbox (`/mail`). */
  readonly asMail?: true;
  /** A mail that a gateway of our kind has forwarded to where it came in: it is never forwarded again. */
  readonly forwarded?: true;
  /** The bare JID of the chat user who is away, and whose mailbox the recipient is. The sender hears of him, and not of his mailbox. */
  readonly forwardedFor?: Jid;
  /** The stored original mail. */
  readonly original?: ContentId;
  /** Present exactly when this message is a report; `text` is then its wording for a person. */
  readonly report?: Report;
}

/** Names bytes kept in the store beside the message (the original mail). */
export type ContentId = string;

/** What a delivery answers, found by the store among what the two have said before. */
export interface ReplyContext {
  /** The message answered, in both worlds. */
  readonly answered?: WireIds;
  /** The answered message's first words, at most 200 UTF-16 units, one line. */
  readonly answeredWords?: string;
  /** Message-IDs for References, oldest first, ending with the answered one; at most 20. */
  readonly references: readonly string[];
  /** The conversation's chat thread id. */
  readonly thread?: string;
  /** The conversation's subject, without `Re:`. */
  readonly subject?: string;
  /** The alias or number of the chat user by which the conversation runs, as `formatMailAddress` writes it. */
  readonly cameBy?: string;
  /** What the author of a reaction has reacted with to the answered message before; empty at first, absent for other messages. */
  readonly reactedBefore?: readonly string[];
  /** Whom an answer to all of the conversation so far would go to, where somebody besides the two is addressed in it. */
  readonly addressees?: Addressees;
}

export type OutletName = 'xmpp' | 'smtp';

/** One message on its way to one recipient. */
export interface Delivery {
  /** Position in the store; orders deliveries. */
  readonly seq: number;
  readonly message: Message;
  readonly recipient: Address;
  readonly outlet: OutletName;
  /** How often it was tried before this time. */
  readonly attempts: number;
  readonly context: ReplyContext;
  /** Deliveries of a lane with the same number were gathered into one burst: they are tried together, now and at every later try. */
  readonly burst?: number;
  /** It was held until its recipient came home. */
  readonly held?: true;
  /** The store found it damaged: `message` is what could be made out of it, and must not be handed to anybody. */
  readonly damaged?: true;
}

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

const RANDOM = 16;
/** Asking the system costs more than the bytes do. */
let pool = new Uint8Array();

function fewRandomBytes(): Uint8Array {
  if (pool.length < RANDOM) pool = randomBytes(256 * RANDOM);
  const few = pool.subarray(0, RANDOM);
  pool = pool.subarray(RANDOM);
  return few;
}

/** Makes a `MessageId`: 48 bits of time, 80 random bits, Crockford base 32 in lower case. */
export function newMessageId(now: number): MessageId {
  let time = '';
  for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = CROCKFORD.charAt(rest % 32) + time;
  let random = '';
  for (const byte of fewRandomBytes()) random += CROCKFORD.charAt(byte & 31);
  return time + random;
}
