/**
 * What the gateway keeps: one interface, a whole implementation per engine (SQLite now, PostgreSQL for several nodes),
 * one contract suite that every engine passes (test/store/contract.ts). What its parts keep is in a file of each.
 *
 * Every method that writes resolves after its commit. Calls made at about the same time share a commit. A failing
 * engine (disk full, locked, corrupt) rejects with `StoreError`; nothing of that call was kept.
 */
import type { Address, MailAddress } from '../address.js';
import type { ContentSink, People, Person, Subscriptions, WatchedUsers } from '../edge.js';
import type { FailureRecord } from '../failure.js';
import type { ContentId, Message, MessageId, OutletName } from '../message.js';
import type { AccountStore } from './accounts.js';
import type { AliasStore } from './aliases.js';
import type { AnnouncementStore } from './announcements.js';
import type { ApiKeyStore } from './api-keys.js';
import type { BindingStore } from './bindings.js';
import type { CodesSent } from './codes-sent.js';
import type { Talking } from './conversation.js';
import type { CorrespondentRows } from './correspondents.js';
import type { FirstLetters } from './first-letters.js';
import type { Holds } from './holds.js';
import type { Incident } from './incidents.js';
import type { Introductions } from './introductions.js';
import type { AcceptedAndClaimed, ClaimedLane, ClaimRoom, Overdue, Settlement } from './lanes.js';
import type { NewMessage } from './new-message.js';
import type { PreferenceRow } from './preference-rows.js';
import type { PresenceStates } from './presence-states.js';
import type { PublicationStore } from './publications.js';
import type { BurstLine, QueueCounts, QueueEntry, QueueFilter } from './queue-entries.js';
import type { Statistics } from './statistics.js';
import type { SwitchStore } from './switches.js';
import type { UserFactsStore } from './user-facts.js';

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
  readonly codesSent: CodesSent;
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
