/**
 * The store in one SQLite file, for one gateway. Calls are gathered and posted to a worker thread, which runs each batch
 * in one transaction; a call resolves after its commit has reached the disk.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Address, Jid, MailAddress } from '../address.js';
import type { Person, Subscription } from '../edge.js';
import { Failure } from '../failure.js';
import { SparingLog, type Log } from '../log.js';
import type { ContentId, Message, MessageId, OutletName } from '../message.js';
import { ClaimedContents } from './claimed-contents.js';
import type { EngineOptions, Operation } from './engine.js';
import type { GroupingStats } from './grouping.js';
import type { Holds } from './holds.js';
import type { Incident } from './incidents.js';
import type { AcceptedAndClaimed, ClaimedLane, ClaimRoom, Overdue, Settlement } from './lanes.js';
import type { NewMessage } from './new-message.js';
import { OriginalMails } from './original-mails.js';
import { Originals, originalsBeside } from './originals.js';
import { keptAs, packMessages, packReports, unpackDelivery, unpackHeld } from './packed.js';
import type { PreferenceRow } from './preference-rows.js';
import type { QueueFilter } from './queue-entries.js';
import { sizeOfAll } from './recent.js';
import { bareUser, laneKey } from './rows.js';
import type { Store } from './store.js';
import type { Talking } from './conversation.js';
import { ThreadCalls, type Arguments, type Thread, type Value } from './thread.js';
import type { FromWorker, WorkerInput } from './worker.js';

export interface SqliteOptions extends Partial<EngineOptions> {
  /** False for a command that works beside a running gateway; default true: this process is the gateway. */
  readonly exclusive?: boolean;
}

const DAY = 86_400_000;
export const DEFAULTS: EngineOptions = { keepMessages: 7 * DAY, keepOriginals: 30 * DAY, repeatWindow: 7 * DAY };
/** Run from the sources (tests, demo), the thread needs the TypeScript loader. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './worker-from-source.mjs' : './worker.js', import.meta.url);

/**
 * Opens the store, and creates it if it does not exist.
 * @param path the database file; its directory must exist. `path.lock`, `path-wal`, `path-shm` and
 * the directory `path-originals` belong to it
 * @returns a permanent failure of reason `storage`, whose text tells an administrator what is wrong
 */
export async function openSqliteStore(path: string, options: SqliteOptions, log: Log): Promise<SqliteStore | Failure> {
  const { exclusive = true, ...engine } = options;
  const input: WorkerInput = { path, exclusive, engine: { ...DEFAULTS, ...engine } };
  const worker = new Worker(THREAD, { workerData: input, execArgv: [] });
  try {
    const [first] = (await once(worker, 'message')) as [FromWorker];
    if (first === 'open') {
      const store = new SqliteStore(worker, new Originals(originalsBeside(path)), log);
      if (exclusive) await store.sweep();
      return store;
    }
    const failure = 'failure' in first ? Failure.fromRecord(first.failure) : Failure.permanent('storage', 'The store gave no answer.');
    await worker.terminate();
    return failure;
  } catch (error) {
    return Failure.permanent('storage', `The thread of the store did not start: ${String(error)}`, { cause: error });
  }
}

type Remote<O extends Operation> = { readonly [K in O]: (...args: Arguments<K>) => Promise<Value<K>> };

export class SqliteStore implements Store {
  readonly accounts = this.remote('accounts', 'register', 'greet', 'isKept', 'forgetUser', 'leaving', 'parted');
  readonly greylist = this.remote('greyed');
  readonly firstLetters = this.remote('unmet', 'begun', 'begunSince');
  readonly codesSent = this.remote('codeSent', 'codesSentSince');
  readonly watched = this.remote('watchedUsers', 'watch', 'unwatch');
  readonly publications = this.remote('publications', 'putPublication');
  readonly presenceStates = this.remote('presenceStates', 'putPresenceStates');
  readonly apiKeys = this.remote('apiKeys', 'addApiKey', 'removeApiKey', 'apiKeysUsed');
  readonly introductions = this.remote('introduce', 'introduced', 'waitingIntroductions');
  readonly aliases = this.remote('allAliases', 'putAlias', 'removeAlias');
  readonly bindings = this.remote('askBinding', 'confirmBinding', 'chooseBinding', 'removeBinding', 'bindingsOf', 'verifiedMailbox', 'userOfMailbox', 'boundNumbers');
  readonly announcements = this.remote('addAnnouncement', 'currentAnnouncements', 'listAnnouncements', 'endAnnouncement', 'withdrawAnnouncement', 'usersToAnnounce', 'isWatched', 'announce');
  readonly users = this.remote('userFacts');
  readonly switches = this.remote('switchOf', 'setSwitch', 'switchesFrom', 'unsetSwitch', 'changesBeside');
  readonly correspondents = this.remote('standing', 'usersWith', 'correspondentsOf', 'asked', 'decide', 'undecide', 'ask');
  readonly holds: Holds = {
    users: () => this.call('heldUsers', []),
    senders: () => this.call('heldSenders', []),
    count: (user) => this.call('heldCount', [bareUser(user)]),
    claim: async (user, most, now) => (await this.call('claimHeld', [bareUser(user), most, now])).map(unpackHeld),
    claimConsent: async (sender, recipient, most, now) => {
      const lane = await this.call('claimConsent', [laneKey('xmpp', sender, recipient), most, now]);
      return lane === undefined || lane === 'busy' ? lane : unpackHeld(lane);
    },
    claimAsked: async (user, most, now) => {
      const lane = await this.call('claimAsked', [bareUser(user), most, now]);
      return lane === undefined || lane === 'busy' ? lane : unpackHeld(lane);
    },
    releaseConsent: (sender, recipient, now) => this.call('releaseConsent', [laneKey('xmpp', sender, recipient), now]),
    letGo: (user) => this.call('letGo', [bareUser(user)]),
  };
  private readonly thread: ThreadCalls;
  private readonly originals: OriginalMails;
  private readonly contents: ClaimedContents;
  /** Resolves if the thread ends by itself: every call fails from then on, and only a fresh process can help. */
  readonly broken: Promise<Failure>;
  private closing: Promise<void> | undefined;

  constructor(thread: Thread, originals: Originals, log: Log) {
    const trouble = new SparingLog(log);
    this.thread = new ThreadCalls(thread);
    this.broken = this.thread.broken;
    this.originals = new OriginalMails(this.thread, originals, trouble);
    this.contents = new ClaimedContents(this.thread, trouble);
  }

  /** Counters since the start; `batches` is the number of commits while nothing fails. */
  get stats(): Readonly<GroupingStats> {
    return this.thread.stats;
  }

  async accept(messages: readonly NewMessage[]): Promise<AcceptedAndClaimed['results']> {
    return (await this.acceptAndClaim(messages)).results;
  }

  async acceptAndClaim(messages: readonly NewMessage[], room?: ClaimRoom): Promise<AcceptedAndClaimed> {
    this.thread.refuseWhenFull();
    const large = messages.flatMap(({ message }) => this.originals.sealed(message.original) ?? []);
    if (large.length > 0) await Promise.all(large);
    const packed = await this.call('accept', [packMessages(messages), room], sizeOfAll(messages));
    return { results: packed.seqs.map((ofMessage) => ofMessage.map(keptAs)), lanes: this.contents.accepted(messages, packed) };
  }

  async claim(outlet: OutletName, most: number, perLane: number, now: number): Promise<readonly ClaimedLane[]> {
    return this.contents.unpack(await this.call('claim', [outlet, most, perLane, now, this.contents.from]), outlet);
  }

  hold(outlet: OutletName, sender: Address, recipient: Address, dueAt: number, now: number): Promise<boolean> {
    return this.call('hold', [laneKey(outlet, sender, recipient), dueAt, now]);
  }

  burstOf(seq: number): Promise<Value<'burstOf'>> {
    return this.call('burstOf', [seq]);
  }

  settle(settlement: Settlement): Promise<boolean> {
    const { reports } = settlement;
    return this.call('settle', [{ ...settlement, reports: packReports(reports) }], sizeOfAll(reports));
  }

  nextDue(outlet: OutletName): Promise<number | undefined> {
    return this.call('nextDue', [outlet]);
  }

  async overdue(now: number, most: number, outlet?: OutletName): Promise<readonly Overdue[]> {
    const overdue = await this.call('overdue', outlet === undefined ? [now, most] : [now, most, outlet]);
    return overdue.map(({ outlet: by, delivery, ...rest }) => ({ ...rest, delivery: unpackDelivery(delivery, by) }));
  }

  message(id: MessageId): Promise<Value<'message'>> {
    return this.call('message', [id]);
  }

  amend(seq: number, state: Arguments<'amend'>[1], failure: Arguments<'amend'>[2], reports: readonly NewMessage[]): Promise<boolean> {
    return this.call('amend', [seq, state, failure, packMessages(reports)], sizeOfAll(reports));
  }

  async record(incident: Incident): Promise<void> {
    this.thread.refuseWhenFull();
    return this.call('record', [incident]);
  }

  preferences(): Promise<Value<'preferences'>> {
    return this.call('preferences', []);
  }

  setPreferences(row: PreferenceRow): Promise<void> {
    return this.call('setPreferences', [row]);
  }

  secret(name: string): Promise<Uint8Array> {
    return this.call('secret', [name]);
  }

  incidents(filter: Arguments<'incidents'>[0]): Promise<Value<'incidents'>> {
    return this.call('incidents', [filter]);
  }

  list(filter: QueueFilter): Promise<Value<'list'>> {
    return this.call('list', [filter]);
  }

  counts(now: number): Promise<Value<'counts'>> {
    return this.call('counts', [now]);
  }

  statistics(since: number): Promise<Value<'statistics'>> {
    return this.call('statistics', [since]);
  }

  retry(seq: number, now: number): Promise<boolean> {
    return this.call('retry', [seq, now]);
  }

  drop(seq: number, failure: Arguments<'drop'>[1], reports: readonly NewMessage[], now = Date.now()): Promise<boolean> {
    return this.call('drop', [seq, failure, packMessages(reports), now]);
  }

  write(id: ContentId, seq: number, bytes: Uint8Array): Promise<void> {
    return this.originals.write(id, seq, bytes);
  }

  written(id: ContentId): AsyncIterable<Uint8Array> {
    return this.originals.written(id);
  }

  discard(id: ContentId): Promise<void> {
    return this.originals.discard(id);
  }

  content(id: ContentId): AsyncIterable<Uint8Array> {
    return this.originals.read(id);
  }

  async *subscriptions(): AsyncIterable<Subscription> {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: Value<'subscriptions'> = await this.call('subscriptions', [after]);
      yield* page.subscriptions;
      after = page.next;
    }
  }

  subscribersOf(contact: Jid): Promise<readonly Jid[]> {
    return this.call('subscribersOf', [contact]);
  }

  person(address: MailAddress): Promise<Person | undefined> {
    return this.call('person', [address]);
  }

  talking(message: Message, recipient: Address, toAll?: boolean): Promise<Talking | undefined> {
    return this.call('talking', [message, recipient, toAll]);
  }

  usersToAll(): Promise<readonly string[]> {
    return this.call('usersToAll', []);
  }

  learn(address: MailAddress, person: Person, at: number): Promise<boolean> {
    return this.call('learn', [address, person, at], person.picture?.bytes.length);
  }

  addSubscription(subscription: Subscription): Promise<void> {
    return this.call('addSubscription', [subscription]);
  }

  removeSubscription(subscription: Subscription): Promise<void> {
    return this.call('removeSubscription', [subscription]);
  }

  shift(by: number): Promise<number> {
    return this.call('shift', [by]);
  }

  prune(now: number): Promise<boolean> {
    return this.call('prune', [now]);
  }

  check(): Promise<void> {
    return this.call('check', []);
  }

  /** Removes what interrupted mails left. */
  sweep(): Promise<void> {
    return this.originals.sweep();
  }

  /** Commits what was called before, then closes the file and lets another gateway have it. */
  close(): Promise<void> {
    this.closing ??= this.thread.close(this.originals.close());
    return this.closing;
  }

  /** Operations of the engine under their own names, for a part of the store that has nothing to add to them. */
  private remote<O extends Operation>(...operations: readonly O[]): Remote<O> {
    const bound = operations.map((operation) => [operation, (...args: Arguments<O>) => this.call(operation, args)]);
    return Object.fromEntries(bound) as Remote<O>;
  }

  private call<O extends Operation>(operation: O, args: Arguments<O>, size?: number): Promise<Value<O>> {
    return this.thread.call(operation, args, size);
  }
}
