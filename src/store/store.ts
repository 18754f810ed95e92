/**
 * What the gateway keeps: one interface, a whole implementation per engine (SQLite now, PostgreSQL for several nodes),
 * one contract suite that every engine passes (test/store/contract.ts).
 *
 * Every method that writes resolves after its commit. Calls made at about the same time share a commit. A failing
 * engine (disk full, locked, corrupt) rejects with `StoreError`; nothing of that call was kept.
 *
 * Order (promise 5) is kept by **lanes**. A lane is one outlet, one sender, one recipient; its deliveries are claimed
 * in the order they were stored, and a lane that waits (retry, hold) waits as a whole. The schedule is kept per lane, so
 * claiming costs the same whatever waits.
 */
import type { Address, Jid, MailAddress } from '../address.js';
import type { FailureRecord } from '../failure.js';
import type { ContentSink, Departure, People, Person, Subscription, Subscriptions, WatchedUsers } from '../edge.js';
import type { Account, Forgotten } from './accounts.js';
import type { Alias } from './aliases.js';
import type { AskedBinding, Bindable, Binding, BoundNumber, Confirmed } from './bindings.js';
import type { AskLimits, AskResult, Asked, AskedAbout, Correspondent, CorrespondentState, Decided, Standing, StandingQuery } from './correspondents.js';
import type { Away, HeldFor } from './held.js';
import type { Holds } from './holds.js';
import type { IntroductionLimits, NewContact } from './introductions.js';
import type { FirstLetters } from './first-letters.js';
import type { ApiKeyStore } from './api-keys.js';
import type { PresenceStates } from './presence-states.js';
import type { PublicationStore } from './publications.js';
import type { Statistics } from './statistics.js';
import type { Announced, Announcement, UserCursor, UserPage } from './announcements.js';
import type { Addressees, ContentId, Delivery, Message, MessageId, OutletName, WireIds } from '../message.js';
import type { UserFacts } from './user-facts.js';

/** The engine could not do what was asked; the text is for the log. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    text: string,
    /** `overloaded`: too many calls are waiting for their commit; nothing is wrong with the engine. */
    readonly reason: 'storage' | 'overloaded' = 'storage',
  ) {
    super(text);
  }
}

/** One delivery to be stored with its message. */
export interface NewDelivery {
  readonly outlet: OutletName;
  readonly recipient: Address;
  /**
   * What the source calls this message, for this recipient: a repeat within the window is the same (promise 4). Never
   * the same for two recipients; short (a hash of what may be long). What failed may be sent again under the same name.
   */
  readonly sourceKey?: string;
  /** Not before; ms since the epoch. For what gathers, when it was accepted. */
  readonly dueAt: number;
  /** It waits for more lines of its lane, to be tried together with them. Not with several of one message in a lane. */
  readonly gather?: Gather;
  /**
   * It takes back a message: it is stored only while that one, by its stanza id or origin-id, still gathers in the lane;
   * `too-late` otherwise.
   */
  readonly recalls?: string;
  /** Holds the lane, and what else waits in it. `consent` stands until it is released. */
  readonly hold?: HeldFor;
  /** It is not stored when so many are held for its recipient already; `full`. */
  readonly quota?: number;
  /** When the sender is told that it is delayed; absent: never. */
  readonly warnAt?: number;
  /** When it fails; ms since the epoch. */
  readonly expiresAt: number;
}

/** How long a line waits for the next one, and which lines it goes together with. */
export interface Gather {
  /** ms after the last line. */
  readonly quiet: number;
  /** ms after the first line, at most. */
  readonly longest: number;
  /** Lines go together when `same` is the same, and the later one has no `own`, or that of the first. */
  readonly topic: { readonly same: string; readonly own: string };
  /** The stanza id of the line that this one corrects or takes back: where that gathers, this joins it. */
  readonly changes?: string;
}

/** What became of a delivery that was to be stored. */
export type Kept = 'stored' | 'repeat' | 'too-late' | 'full';

/** A message with its deliveries, kept together or not at all. */
export interface NewMessage {
  readonly message: Message;
  readonly deliveries: readonly NewDelivery[];
}

/** What a sender is told by a settlement. */
export interface SettlementReport extends NewMessage {
  /**
   * The delivery it speaks of. A late word (`amend`) may have ended that first, and its sender been told: then this report
   * is not kept.
   */
  readonly seq?: number;
}

/** How the tries of one claimed lane ended. Committed together with the reports it gives rise to. */
export interface Settlement {
  readonly lane: LaneId;
  readonly ended: readonly {
    readonly seq: number;
    readonly state: 'handed-over' | 'delivered' | 'failed';
    readonly failure?: FailureRecord;
  }[];
  /** Tries that failed for now: the attempt is counted and the failure kept for `queue show`. */
  readonly deferred: readonly { readonly seq: number; readonly failure: FailureRecord }[];
  /** Deliveries whose sender has now been told that they are late; not told again. */
  readonly warned?: readonly number[];
  /** The recipient is away: what is left of the lane is held. */
  readonly held?: Away;
  /** When the lane may be claimed again; absent: this settles a part, and the lane stays claimed. */
  readonly dueAt?: number;
  /** When it ended, ms since the epoch; the keeping time counts from here. */
  readonly at: number;
  /** And what goes in place of a delivery that ended. */
  readonly reports: readonly SettlementReport[];
  /** What an administrator may look up later. */
  readonly incidents?: readonly Incident[];
}

export type LaneId = string;

/** The claimed head of a lane, in order. */
export interface ClaimedLane {
  readonly lane: LaneId;
  readonly deliveries: readonly Delivery[];
}

/** The conversation that a chat message goes on with. */
export interface Talking {
  /** What it answers. */
  readonly answered: WireIds;
  /** As in `ReplyContext`. */
  readonly addressees?: Addressees;
  /** Answers go to all of them. */
  readonly toAll: boolean;
}

/** What an accept may claim at once. */
export interface ClaimRoom {
  /** Ms since the epoch: what is not due then is not claimed. */
  readonly now: number;
  /** How many deliveries of each outlet, at most. */
  readonly most: Readonly<Record<OutletName, number>>;
}

/** What became of an accept: per message and delivery, in order, whether it was kept, and what was claimed. */
export interface AcceptedAndClaimed {
  readonly results: readonly (readonly Kept[])[];
  readonly lanes: readonly ClaimedLane[];
}

/** A delivery that waits past a moment at which its sender must hear of it. */
export interface Overdue {
  readonly lane: LaneId;
  readonly delivery: Delivery;
  readonly what: 'warn' | 'expire';
  /** When its lane was due: the settlement gives it back. */
  readonly dueAt: number;
  readonly expiresAt: number;
  readonly lastFailure?: FailureRecord;
  /** Its lane is held, and goes on being so. */
  readonly held?: HeldFor;
}

/** A delivery as an administrator sees it. */
export interface QueueEntry {
  readonly seq: number;
  readonly message: MessageId;
  readonly outlet: OutletName;
  readonly sender: string;
  readonly recipient: string;
  readonly state: 'waiting' | 'handed-over' | 'delivered' | 'failed';
  readonly acceptedAt: number;
  readonly attempts: number;
  readonly dueAt?: number;
  readonly expiresAt: number;
  readonly lastFailure?: FailureRecord;
  /** It waits for more lines of its burst. */
  readonly gathers?: true;
  /** It is held, and due at no time. @see HeldFor */
  readonly held?: { readonly why: HeldFor; readonly user: string };
}

/** A line of a burst that was tried. */
export interface BurstLine {
  readonly message: Message;
  readonly entry: QueueEntry;
}

/** What a chat user has set. */
export interface PreferenceRow {
  /** Bare JID. */
  readonly user: string;
  readonly set: Readonly<Record<string, unknown>>;
}

/** Something that was refused, deferred or bounced; kept some days, found by either address. */
export interface Incident {
  readonly at: number;
  /** `reported`: by the recipient, as spam or abuse. */
  readonly what: 'refused' | 'deferred' | 'bounced' | 'expired' | 'dropped' | 'reported';
  readonly from: string;
  readonly to: string;
  readonly message?: MessageId;
  readonly failure: FailureRecord;
}

export interface QueueFilter {
  /** Sender or recipient, as `formatAddress` writes it, or a message id. */
  readonly match?: string;
  readonly state?: QueueEntry['state'];
  /** This one delivery. */
  readonly seq?: number;
  /** Up to 1,000. */
  readonly limit: number;
}

export interface QueueCounts {
  readonly waiting: Record<OutletName, number>;
  /** Age of the oldest waiting delivery in ms; 0 when none waits. */
  readonly oldest: Record<OutletName, number>;
}

/** Who is registered, and who was told what can be set. */
export interface AccountStore {
  accounts(): Promise<readonly Account[]>;
  /** @param user bare JID, as everywhere here. @param at ms since the epoch */
  register(user: Jid, at: number): Promise<void>;
  /** He was told, and is never told again. */
  greet(user: Jid, at: number): Promise<void>;
  /** Is there anything that `forgetUser` would forget? */
  isKept(user: Jid): Promise<boolean>;
  /**
   * All that is kept of a user goes, but for the mark that he was told, and his conversations, which end by their age. What was held for
   * him, for whichever reason, is due. He is `leaving` until his contacts are told. @param at ms since the epoch
   */
  forgetUser(user: Jid, at: number): Promise<Forgotten>;
  /** Who was forgotten and has not registered again, while his contacts are yet to be told. */
  leaving(): Promise<readonly Departure[]>;
  /** These contacts of his were told. */
  parted(departure: Departure): Promise<void>;
}

/** Further addresses of chat users. */
export interface AliasStore {
  allAliases(): Promise<readonly Alias[]>;
  /** Adds or replaces the one of this local part. */
  putAlias(alias: Alias): Promise<void>;
  removeAlias(local: string): Promise<void>;
}

/** Mailboxes and telephone numbers of chat users; every user a bare JID. Addresses that differ in case only are the same. */
export interface BindingStore {
  /** A new code voids the one before. What is verified already stays so. */
  askBinding(asked: AskedBinding): Promise<void>;
  /** One try, counted for everything whose code is awaited. @param most tries that each code is good for */
  confirmBinding(user: Jid, codeHash: Uint8Array, most: number, now: number): Promise<Confirmed>;
  /** Makes something verified the first choice of its kind; false when it is none of the user's. */
  chooseBinding(user: Jid, address: Bindable, now: number): Promise<boolean>;
  removeBinding(user: Jid, address: Bindable): Promise<boolean>;
  bindingsOf(user: Jid, kind: Bindable['kind']): Promise<readonly Binding[]>;
  /** The verified mailbox of the first choice, as `formatMailAddress` wrote it. */
  verifiedMailbox(user: Jid): Promise<string | undefined>;
  /** The bare JID whose verified mailbox it is. */
  userOfMailbox(address: MailAddress): Promise<string | undefined>;
  boundNumbers(): Promise<readonly BoundNumber[]>;
}

/** Who may write to whom, as chat users have decided. */
export interface CorrespondentRows {
  standing(query: StandingQuery): Promise<Standing>;
  /** Bare JIDs of the chat users who have an entry of this state. */
  usersWith(state: CorrespondentState): Promise<readonly string[]>;
  /** All entries of one user, by address. @param user bare JID */
  correspondentsOf(user: string): Promise<readonly Correspondent[]>;
  /** Who is asked about whom. */
  asked(): Promise<readonly AskedAbout[]>;
  /**
   * Keeps a decision in place of an earlier one; whoever waited for it is no longer asked about.
   * @param most entries of this state that the user may have
   */
  decide(entry: Correspondent, most: number): Promise<Decided>;
  /** @returns what stood there */
  undecide(user: string, mail: string): Promise<CorrespondentState | 'none'>;
  /** Counts a mail of somebody whom the user is, or is to be, asked about; nothing is counted when there is too much. */
  ask(asked: Asked, limits: AskLimits): Promise<AskResult>;
}

/** Contacts that appear by themselves; users and contacts by bare JID. */
export interface Introductions {
  /**
   * Notes that a contact is to be put before a user who neither has it, nor was told of it, nor took it out.
   * @param parts the same two, as addresses. @param at ms since the epoch
   * @returns `new`: it is to be done, now or when the user comes. `limited`: the user was told of too many; nothing is kept
   */
  introduce(contact: NewContact, parts: Subscription, limits: IntroductionLimits, at: number): Promise<'new' | 'known' | 'limited'>;
  introduced(user: string, contact: string): Promise<void>;
  /** The oldest that were not made yet, 50 at most. */
  waitingIntroductions(user: string): Promise<readonly NewContact[]>;
}

/** Announcements with a lifetime, and who has had each; outlives a restart. */
export interface AnnouncementStore {
  addAnnouncement(announcement: Announcement): Promise<void>;
  /** Whose lifetime has not ended, oldest first. */
  currentAnnouncements(now: number): Promise<readonly Announcement[]>;
  /** The same, counted. */
  listAnnouncements(now: number): Promise<readonly Announced[]>;
  /** @returns false when there is none of this id */
  endAnnouncement(id: string, now: number): Promise<boolean>;
  /** Ends deliveries of it that wait, a bounded number per call. @returns whether there may be more */
  withdrawAnnouncement(id: string, failure: FailureRecord, now: number): Promise<boolean>;
  /** The next known users who have not had it. @param most how many are looked at */
  usersToAnnounce(id: string, cursor: UserCursor, most: number): Promise<UserPage>;
  /** Is the user's presence seen? @param user bare JID */
  isWatched(user: string): Promise<boolean>;
  /**
   * Stores, in one commit with the note that they had it, the deliveries of those who have not, while its lifetime lasts.
   * @param one its recipients are bare JIDs
   * @returns how many that were
   */
  announce(id: string, one: NewMessage, now: number): Promise<number>;
}

/** What an administrator has switched, by name; plain JSON. Outlives a restart. */
export interface SwitchStore {
  /** Undefined when it was never set. */
  switchOf(name: string): Promise<unknown>;
  setSwitch(name: string, value: unknown): Promise<void>;
  /** Another number than the last time when another process has changed the store since. */
  changesBeside(): Promise<number>;
  /** Names and values of those whose name begins so, in order, 1,000 at most. */
  switchesFrom(prefix: string): Promise<readonly (readonly [string, unknown])[]>;
  unsetSwitch(name: string): Promise<void>;
}

/** What is kept of one chat user, counted. */
export interface UserFactsStore {
  /** @param user bare JID */
  userFacts(user: Jid, now: number): Promise<UserFacts>;
}

export interface Store extends ContentSink, Subscriptions, People {
  /** Commits the messages. Per message and delivery, in order: whether it was new or a repeat. */
  accept(messages: readonly NewMessage[]): Promise<AcceptedAndClaimed['results']>;

  /**
   * The same, and claims in that very commit what would be claimed next anyhow: of each lane in which nothing waited, the
   * first new delivery, as far as there is room. What it claims is settled as if `claim` had returned it.
   */
  acceptAndClaim(messages: readonly NewMessage[], room: ClaimRoom): Promise<AcceptedAndClaimed>;

  /**
   * Claims lanes whose time has come, oldest first.
   * @param most how many deliveries in all, at most
   * @param perLane how many of one lane, at most
   */
  claim(outlet: OutletName, most: number, perLane: number, now: number): Promise<readonly ClaimedLane[]>;

  /**
   * What gathers from a sender to a recipient becomes due at another time, as far as it may wait.
   * @param dueAt ms since the epoch
   * @returns false when nothing gathers there, or it is due already
   */
  hold(outlet: OutletName, sender: Address, recipient: Address, dueAt: number, now: number): Promise<boolean>;

  /** All lines of the burst that a delivery was tried in, in order; the delivery alone when it was none. Damaged ones are left out. */
  burstOf(seq: number): Promise<readonly BurstLine[]>;

  /** @returns whether anything still waits in the lane: it may be claimed, now or later */
  settle(settlement: Settlement): Promise<boolean>;

  /** When the next unclaimed lane of the outlet is due; undefined when none waits. */
  nextDue(outlet: OutletName): Promise<number | undefined>;

  /**
   * Deliveries of unclaimed lanes whose `warnAt` or `expiresAt` has passed, and claims their lanes: the settlement that
   * tells the sender (`warned`, or `ended` as failed) releases them. So each is told once, also across a crash.
   * @param outlet of this outlet only
   */
  overdue(now: number, most: number, outlet?: OutletName): Promise<readonly Overdue[]>;

  /** A message that is still kept (`keepMessages` of the engine's options), and not damaged, for a late report. */
  message(id: MessageId): Promise<{ message: Message; deliveries: readonly QueueEntry[] } | undefined>;

  /**
   * A late word on a delivery that was handed over, be that settled or not yet. Changes its state and commits the reports,
   * unless it already was in that state or failed: then nothing is kept and false is returned.
   */
  amend(seq: number, state: 'delivered' | 'failed', failure: FailureRecord | undefined, reports: readonly NewMessage[]): Promise<boolean>;

  /** The bytes of an original mail, in pieces; empty when it is no longer kept. */
  content(id: ContentId): AsyncIterable<Uint8Array>;

  /**
   * The conversation that a chat message to this recipient would go on with; undefined when it would begin one.
   * @param toAll whether answers in it go to all from now on; as it was when absent
   */
  talking(message: Message, recipient: Address, toAll?: boolean): Promise<Talking | undefined>;

  /** Bare JIDs of the chat users who have a conversation whose answers go to all. */
  usersToAll(): Promise<readonly string[]>;
  /** Of all users who have set something. */
  preferences(): Promise<readonly PreferenceRow[]>;
  /** Replaces all that the user has set. */
  setPreferences(row: PreferenceRow): Promise<void>;

  /** 32 random bytes of this name: made when first asked for, the same ever after. */
  secret(name: string): Promise<Uint8Array>;

  readonly accounts: AccountStore;
  readonly watched: WatchedUsers;
  readonly publications: PublicationStore;
  readonly presenceStates: PresenceStates;
  readonly apiKeys: ApiKeyStore;
  readonly introductions: Introductions;
  readonly announcements: AnnouncementStore;
  readonly switches: SwitchStore;
  readonly users: UserFactsStore;
  readonly bindings: BindingStore;
  readonly aliases: AliasStore;
  readonly correspondents: CorrespondentRows;
  readonly holds: Holds;
  readonly firstLetters: FirstLetters;

  record(incident: Incident): Promise<void>;
  incidents(filter: { readonly match?: string; readonly limit: number }): Promise<readonly Incident[]>;

  list(filter: QueueFilter): Promise<readonly QueueEntry[]>;
  counts(now: number): Promise<QueueCounts>;
  /** @param since ms since the epoch */
  statistics(since: number): Promise<Statistics>;
  /** Makes the lane of a waiting delivery due now, also a held one. False: no such waiting delivery, or it waits for consent. */
  retry(seq: number, now: number): Promise<boolean>;
  /**
   * Ends a waiting delivery as failed, with the reports that tell its sender, and records the incident. False: no such
   * waiting delivery, or it is being tried just now.
   * @param now ms since the epoch; the time of day when absent
   */
  drop(seq: number, failure: FailureRecord, reports: readonly NewMessage[], now?: number): Promise<boolean>;

  /**
   * Keeps what a mail told of its author; what it says nothing of stays.
   * @param at ms since the epoch. @returns whether the author looks different now
   */
  learn(address: MailAddress, person: Person, at: number): Promise<boolean>;

  /** The clock was set by so many ms: all that waits has the time left that it had. Resolves with how many deliveries that were. */
  shift(by: number): Promise<number>;

  /** Forgets what is past its keeping time, a bounded amount per call; returns whether there is more. */
  prune(now: number): Promise<boolean>;

  /** Resolves after a small write was committed: the engine works. */
  check(): Promise<void>;

  close(): Promise<void>;
}
