/**
 * The contracts between the edges and the middle. An edge turns wire text into calls of `Intake` and `Failure`s into its
 * protocol's answers; it is an `Outlet` for the way out. What it asks besides (commands, registration, who is subscribed, what
 * is known of people) the middle answers. It decides nothing.
 */
import type { Address, Jid, MailAddress } from './address.js';
import type { Failure } from './failure.js';
import type { ContentId, Delivery, Message, MessageId, OutletName, Report, ReturnedTo } from './message.js';

/** Where a recipient is reached: an outlet, or, for the address that a DSN returns to, the message it speaks of. */
export type Route =
  | {
      readonly outlet: OutletName;
      readonly recipient: Address;
      /** By an address of the operators, which takes all mail. */
      readonly operators?: true;
      /** What goes there waits until the recipient has agreed to take it. */
      readonly hold?: 'consent';
      /** By this alias or telephone number of the recipient, or by his own address or his plain one where he has several. */
      readonly cameBy?: MailAddress;
      /** By `cameBy` the recipient is known: a mail to it is like any other, and he is not told of it. */
      readonly ordinary?: true;
    }
  | ({ readonly outlet: 'bounce' } & ReturnedTo);

/** What is answered at RCPT. */
export type MailAdmission = readonly Route[] | Failure;

/** What became of one recipient when a message was handed in. */
export interface Accepted {
  readonly recipient: Address;
  /** `stored`: committed with its delivery. `repeat`: the same message was accepted before (promise 4). */
  readonly result: 'stored' | 'repeat' | Failure;
}

/** The middle, as the edges see it. */
export interface Intake {
  /**
   * May this chat user write to this mail address? Pure policy, no I/O on the network.
   * @param from full or bare JID, vouched for by the XMPP server
   */
  admitChat(from: Jid, to: MailAddress): Route | Failure;

  /**
   * May this chat user write to all of these? Chat users of this gateway are named by their mail address here.
   * @returns where each is reached, but not the sender himself; a failure that names the first who may not be written to
   */
  admitPeople(from: Jid, to: readonly MailAddress[]): readonly Route[] | Failure;

  /**
   * May this envelope recipient be written to by mail? Asked at RCPT; at once where it can be, since clients pipeline.
   * @param recipient as parsed from RCPT TO; `postmaster` without a domain arrives with the gateway's domain
   */
  admitMail(recipient: MailAddress, arrival: Arrival): MailAdmission | Promise<MailAdmission>;

  /**
   * The writer of chat messages that may still wait for more of them is typing (they wait a while longer), has stopped (they
   * wait as before), or has left (they go).
   * @param from full or bare JID, vouched for by the XMPP server
   */
  typing(from: Jid, to: MailAddress, state: 'composing' | 'paused' | 'gone'): Promise<void>;

  /**
   * Stores the message with one delivery per route, and resolves after the commit (promise 1). A `Failure` for a recipient
   * means that nothing of it was stored: temporary `storage` or `overloaded`, permanent `loop` for a chat message, or `not-supported`
   * for one that takes back what was sent already.
   */
  accept(message: Message, routes: readonly Route[]): Promise<readonly Accepted[]>;

  /**
   * The home server keeps this message for a user of its own who is offline: it goes to the mailbox of one who has asked for that. Nobody
   * is told what becomes of it. Resolves when it is kept, or dropped; never rejects.
   */
  copied(from: Jid, to: MailAddress, message: Message): Promise<void>;

  /**
   * A later word on a message that was handed over: an error stanza after the pong, or a DSN that came back. At most
   * one failure per message and recipient reaches the sender, however often it is repeated.
   * @param recipient whom the report names; when undefined, the message's only recipient
   * @param tag whom the return address tells: it counts before what the report says
   */
  reported(id: MessageId, recipient: Address | undefined, state: Report['state'], failure?: Failure, tag?: string): Promise<void>;

  /**
   * A mail was accepted whose author is proven: what it tells of itself is kept for chat users to see. Resolves when it is kept,
   * or known already; never rejects.
   */
  met(author: MailAddress, person: Person): Promise<void>;

  /**
   * A recipient was refused in the middle of a mail whose one answer (RFC 5321) is that it was accepted: the sender gets a DSN, where one
   * may be sent. Rejects as the store does.
   */
  untold(message: Message, recipient: Address, failure: Failure): Promise<void>;

  /** Something was refused before it was stored; kept some days so that an administrator can look it up. */
  refused(from: string, to: string, failure: Failure): void;
}

/** How a mail comes in, as far as it is known at RCPT. */
export interface Arrival {
  /** The envelope sender; undefined for the null return path. */
  readonly from: MailAddress | undefined;
  /** IP address of the client; empty for a socket of this machine. */
  readonly peer: string;
  /** One of the administrator's own MTAs. */
  readonly trusted: boolean;
}

/** How much of a mail is shown to a chat user: its beginning, as the administrator says, or all of it. */
export type ShownText = 'short' | 'usual' | 'whole';

/** A field of a command's form. */
export interface Field {
  /** Lower-case letters. */
  readonly name: string;
  readonly label: string;
  readonly kind: 'text' | 'lines' | 'choice' | 'flag';
  /** For `choice`. */
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
  readonly required?: boolean;
}

/** What fields hold, by name: `lines` with LF between them, `flag` as `true` or `false`. Foreign text. */
export type Values = Readonly<Record<string, string>>;

export interface Form {
  readonly title: string;
  readonly instructions: string;
  /** FORM_TYPE (XEP-0068), where a standard gives the form one. */
  readonly formType?: string;
  readonly fields: readonly Field[];
  /** What they hold now. */
  readonly values: Values;
}

/** What chat users can ask of the gateway: each thing by a line of chat, and by a form. */
export interface Commands {
  /** Answers a line of chat written to the gateway itself. @param from full or bare JID, vouched for by the XMPP server. @returns empty where nothing is answered: a machine is not talked to for ever */
  say(from: Jid, line: string): Promise<string>;
  /** What this user may execute. */
  list(from: Jid): readonly { readonly node: string; readonly title: string }[];
  /** The form to fill in; undefined when the command needs none. Fails for what is not known, or not for this user. */
  form(from: Jid, node: string): Promise<Form | undefined | Failure>;
  /** Carries it out. @returns what the user is told; `bad-content` and `bad-address` are his to put right in the same form */
  run(from: Jid, node: string, values: Values): Promise<string | Failure>;
}

/** Registered users (XEP-0077). What each takes as `user` is a full or bare JID; the bare one counts. */
export interface Registration {
  mayRegister(user: Jid): boolean;
  isRegistered(user: Jid): boolean;
  /** What can be set, with what is set. A permanent `not-allowed` for who may not register. */
  form(user: Jid): Form | Failure;
  /** Registers, or changes what is set. Rejects as the store does. */
  register(user: Jid, values: Values): Promise<'new' | 'changed' | Failure>;
  /**
   * Forgets the user. Rejects as the store does.
   * @returns the bare JIDs of ours that were in the user's roster; a permanent `no-such-recipient` when he is not registered
   */
  remove(user: Jid): Promise<readonly Jid[] | Failure>;
  /** Who was forgotten, and whose contacts were not told of it: the process ended between, or the link was lost. Rejects as the store does. */
  leaving(): Promise<readonly Departure[]>;
  /** These contacts were told. Rejects as the store does. */
  parted(departure: Departure): Promise<void>;
}

/** A user who was forgotten, and those of ours that were in his roster; all bare JIDs. */
export interface Departure {
  readonly user: Jid;
  readonly contacts: readonly Jid[];
}

/** XEP-0377 §3: why somebody is blocked, as the user reports it. */
export interface SpamReport {
  readonly reason: 'spam' | 'abuse';
  /** One line; foreign text. */
  readonly text?: string;
}

/** Whom a chat user has blocked at the gateway. Users are bare JIDs; all reject as the store does. */
export interface BlockList {
  /** @param whom a contact of ours, or another chat user. @returns permanent `not-allowed`, `bad-address` or `too-many` */
  block(user: Jid, whom: Jid, report?: SpamReport): Promise<Failure | undefined>;
  /** Nothing happens to who is not blocked. */
  unblock(user: Jid, whom: Jid): Promise<Failure | undefined>;
  unblockAll(user: Jid): Promise<Failure | undefined>;
  /** As bare JIDs. */
  blocked(user: Jid): Promise<readonly string[] | Failure>;
}

/** A chat user who has a mail contact, or the gateway itself, in the roster. */
export interface Subscription {
  /** Bare JID. */
  readonly user: Jid;
  /** Bare JID at the gateway. */
  readonly contact: Jid;
}

export interface Picture {
  /** `image/png`, `image/jpeg` or `image/webp`. */
  readonly type: string;
  /** At most 64 KiB. */
  readonly bytes: Uint8Array;
}

/** What a mail's author has told of itself. */
export interface Person {
  /** One line, at most 100 UTF-16 units; never something that looks like an address. */
  readonly name?: string;
  readonly picture?: Picture;
}

/** Who the authors of mails are. */
export interface People {
  /** Undefined when nothing was learned of them. */
  person(address: MailAddress): Promise<Person | undefined>;
}

/** Who is subscribed to the presence of our contacts; outlives a restart. */
export interface Subscriptions {
  subscriptions(): AsyncIterable<Subscription>;
  /** The bare JIDs of those who are subscribed to one contact. */
  subscribersOf(contact: Jid): Promise<readonly Jid[]>;
  addSubscription(subscription: Subscription): Promise<void>;
  removeSubscription(subscription: Subscription): Promise<void>;
}

export interface WatchedUser {
  /** Bare JID. */
  readonly user: string;
  /** The bare JID of ours that has asked for the user's presence. */
  readonly by: string;
  /** What came of it. */
  readonly state: 'asked' | 'seen' | 'refused';
}

/** Chat users who were asked for their presence, one JID of ours for each; outlives a restart. */
export interface WatchedUsers {
  watchedUsers(): Promise<readonly WatchedUser[]>;
  watch(watched: WatchedUser): Promise<void>;
  /** Nothing happens when another JID of ours has taken its place. */
  unwatch(watched: WatchedUser): Promise<void>;
}

/** A contact that a chat user does not have, and that has written. */
export interface Introduction {
  /** Bare JID. */
  readonly user: Jid;
  readonly mail: MailAddress;
  /** What its author calls itself; foreign text. */
  readonly name?: string;
}

/** Bytes of an original mail, kept before the message that owns them is accepted; pruned when no message does. */
export interface ContentSink {
  /**
   * Writes the next piece, at most 256 KiB, in the order of `seq`; resolves after it is handed to the store
   * (back-pressure), not committed. The bytes are the store's from then on.
   */
  write(id: ContentId, seq: number, bytes: Uint8Array): Promise<void>;
  /** The pieces written so far, while no message owns them; any number of times. Rejects when they cannot be read. */
  written(id: ContentId): AsyncIterable<Uint8Array>;
  /** No more pieces come: what a message has not come to own may be forgotten at once. Never rejects. */
  discard(id: ContentId): Promise<void>;
}

export type Outcome =
  /** The next hop has taken responsibility. */
  | { readonly state: 'handed-over' }
  /** It is known to be with the recipient (LMTP to the mailbox). */
  | { readonly state: 'delivered' }
  /** Temporary: try again on the schedule. */
  | { readonly state: 'deferred'; readonly failure: Failure }
  /** Permanent: the sender is told. */
  | { readonly state: 'failed'; readonly failure: Failure }
  /** Not tried, or not known to have arrived, because our own link is down: no attempt is counted. */
  | { readonly state: 'released' };

/** The way out through one edge. */
export interface Outlet {
  readonly name: OutletName;
  /** True when deliveries written at once to the same recipient keep their order on the wire. */
  readonly keepsOrder: boolean;
  /** How many deliveries may be under way at once. */
  readonly concurrency: number;
  /** False while there is no point in trying, such as a lost link. */
  readonly ready: boolean;
  /** Called when `ready` turns true. */
  onReady(listener: () => void): void;
  /** Never rejects: every end is an `Outcome`. */
  deliver(delivery: Delivery): Promise<Outcome>;
  /**
   * Delivers what was gathered into one burst, in its order and as few messages as it makes. An outlet without this gets them
   * one by one.
   * @returns how each of them ended, in order; never rejects
   */
  deliverBurst?(burst: readonly Delivery[]): Promise<readonly Outcome[]>;
}
