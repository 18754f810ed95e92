/**
 * The store in one SQLite file, for one gateway. Calls are gathered and posted to a worker thread, which runs each batch
 * in one transaction; a call resolves after its commit has reached the disk.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Address, Jid, MailAddress } from '../address.js';
import type { Person, Subscription } from '../edge.js';
import { Failure } from '../failure.js';
import { SparingLog, type Log } from '../log.js';
import type { ContentId, Delivery, Message, MessageId, OutletName } from '../message.js';
import type { Engine, EngineOptions, Operation } from './engine.js';
import type { PackedLane } from './claim.js';
import type { Holds } from './holds.js';
import { Grouping, type GroupingStats } from './grouping.js';
import { Originals, originalsBeside } from './originals.js';
import { packMessages, packReports, unpackContent, type PackedDelivery } from './packed.js';
import { bareUser, laneKey } from './rows.js';
import type { Sealed } from './original-file.js';
import { Recent, sizeOf, type Content } from './recent.js';
import type { Talking } from './conversation.js';
import type { Incident } from './incidents.js';
import type { AcceptedAndClaimed, ClaimedLane, ClaimRoom, Overdue, Settlement } from './lanes.js';
import type { Kept, NewMessage } from './new-message.js';
import type { PreferenceRow } from './preference-rows.js';
import type { QueueFilter } from './queue-entries.js';
import { StoreError } from './store-error.js';
import type { Store } from './store.js';
import type { FromWorker, ToWorker, WorkerInput } from './worker.js';

export interface SqliteOptions extends Partial<EngineOptions> {
  /** False for a command that works beside a running gateway; default true: this process is the gateway. */
  readonly exclusive?: boolean;
}

const DAY = 86_400_000;
const READ_AGAIN_MS = 500;
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

/** What the store needs of its worker thread. */
export interface Thread {
  postMessage(message: ToWorker): void;
  on(event: 'message', listener: (message: FromWorker) => void): unknown;
  on(event: 'error' | 'exit', listener: (error: unknown) => void): unknown;
}

type Arguments<O extends Operation> = Parameters<Engine[O]>;
type Value<O extends Operation> = ReturnType<Engine[O]>;
type Remote<O extends Operation> = { readonly [K in O]: (...args: Arguments<K>) => Promise<Value<K>> };

export class SqliteStore implements Store {
  private readonly calls: Grouping;
  readonly accounts = this.remote('accounts', 'register', 'greet', 'isKept', 'forgetUser', 'leaving', 'parted');
  readonly greylist = this.remote('greyed');
  readonly firstLetters = this.remote('unmet', 'begun', 'begunSince');
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
    claim: async (user, most, now) => (await this.call('claimHeld', [bareUser(user), most, now])).map(unpackLane),
    claimConsent: async (sender, recipient, most, now) => {
      const lane = await this.call('claimConsent', [laneKey('xmpp', sender, recipient), most, now]);
      return lane === undefined || lane === 'busy' ? lane : unpackLane(lane);
    },
    claimAsked: async (user, most, now) => {
      const lane = await this.call('claimAsked', [bareUser(user), most, now]);
      return lane === undefined || lane === 'busy' ? lane : unpackLane(lane);
    },
    releaseConsent: (sender, recipient, now) => this.call('releaseConsent', [laneKey('xmpp', sender, recipient), now]),
    letGo: (user) => this.call('letGo', [bareUser(user)]),
  };
  private readonly trouble: SparingLog;
  private readonly recent = new Recent();
  private readonly exited: Promise<void>;
  private closing: Promise<void> | undefined;
  private tellLost: (failure: Failure) => void = () => undefined;
  /** Resolves if the thread ends by itself: every call fails from then on, and only a fresh process can help. */
  readonly broken = new Promise<Failure>((resolve) => (this.tellLost = resolve));

  constructor(
    private readonly thread: Thread,
    private readonly originals: Originals,
    log: Log,
  ) {
    this.trouble = new SparingLog(log);
    this.calls = new Grouping((calls) => this.post({ calls }));
    thread.on('message', (message: FromWorker) => {
      if (message !== 'open' && 'results' in message) this.calls.answered(message.results);
    });
    thread.on('error', (error) => this.lost(error));
    this.exited = new Promise((resolve) => {
      thread.on('exit', () => {
        this.lost(undefined);
        resolve();
      });
    });
  }

  /** Counters since the start; `batches` is the number of commits while nothing fails. */
  get stats(): Readonly<GroupingStats> {
    return this.calls.stats;
  }

  async accept(messages: readonly NewMessage[]): Promise<AcceptedAndClaimed['results']> {
    return (await this.acceptAndClaim(messages)).results;
  }

  async acceptAndClaim(messages: readonly NewMessage[], room?: ClaimRoom): Promise<AcceptedAndClaimed> {
    this.refuseWhenFull();
    const large = messages.flatMap(({ message }) => this.originalSealed(message.original) ?? []);
    if (large.length > 0) await Promise.all(large);
    const { seqs, claimed } = await this.call('accept', [packMessages(messages), room], sizeOfAll(messages));
    const claims = new Map(claimed.map((one) => [one.seq, one]));
    const lanes: ClaimedLane[] = [];
    messages.forEach(({ message, deliveries }, i) => {
      deliveries.forEach(({ outlet, recipient, hold }, j) => {
        const seq = seqs[i]?.[j] ?? 0;
        const claim = claims.get(seq);
        if (claim !== undefined) lanes.push({ lane: claim.lane, deliveries: [{ seq, outlet, message, recipient, attempts: 0, context: claim.context }] });
        else if (seq > 0 && hold === undefined) this.recent.add(seq, { message, recipient });
      });
    });
    return { results: seqs.map((ofMessage) => ofMessage.map(keptAs)), lanes };
  }

  async claim(outlet: OutletName, most: number, perLane: number, now: number): Promise<readonly ClaimedLane[]> {
    const lanes = await this.call('claim', [outlet, most, perLane, now, this.recent.from]);
    const contents = await this.contentsOf(lanes);
    return lanes.map(({ lane, deliveries }) => ({ lane, deliveries: deliveries.map((one) => unpack(one, outlet, contents)) }));
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
    return overdue.map(({ outlet: by, delivery, ...rest }) => ({ ...rest, delivery: unpack(delivery, by, new Map()) }));
  }

  message(id: MessageId): Promise<Value<'message'>> {
    return this.call('message', [id]);
  }

  amend(seq: number, state: Arguments<'amend'>[1], failure: Arguments<'amend'>[2], reports: readonly NewMessage[]): Promise<boolean> {
    return this.call('amend', [seq, state, failure, packMessages(reports)], sizeOfAll(reports));
  }

  async record(incident: Incident): Promise<void> {
    this.refuseWhenFull();
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

  /** A piece that is lost after this has resolved makes the `accept` of its message fail. */
  async write(id: ContentId, seq: number, bytes: Uint8Array): Promise<void> {
    if (this.originals.takes(id, seq, bytes.length)) return this.originals.write(id, bytes);
    while (this.calls.full) await this.calls.progress();
    // The caller may use its buffer again, and a view would drag the whole of its memory through the clone.
    this.call('write', [id, seq, new Uint8Array(bytes)], bytes.length).catch((error: unknown) => {
      this.trouble.error({ content: id, err: error }, 'piece of an original not stored');
    });
  }

  written(id: ContentId): AsyncIterable<Uint8Array> {
    return this.originals.written(id);
  }

  async discard(id: ContentId): Promise<void> {
    await this.originals.discard(id);
  }

  async *content(id: ContentId): AsyncIterable<Uint8Array> {
    const file = await this.call('file', [id]);
    if (file !== undefined) yield* this.originals.read(id, file);
    if (file !== undefined) return;
    for (let seq = 0; ; seq++) {
      const piece = await this.call('piece', [id, seq]);
      if (piece === undefined) return;
      yield piece;
    }
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

  /** Commits what was called before, then closes the file and lets another gateway have it. */
  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  /** Removes what interrupted mails left. */
  async sweep(): Promise<void> {
    await this.originals.sweep((ids) => this.call('files', [ids]));
  }

  /** The file is on the disk before its row, and the row is committed with or before the message. */
  private originalSealed(id: ContentId | undefined): Promise<void> | undefined {
    return id === undefined ? undefined : this.originals.sealed(id)?.then((sealed) => this.addFile(id, sealed), notStored);
  }

  /** A second message of the same mail finds the row there. */
  private addFile(id: ContentId, sealed: Sealed): void {
    if (!this.originals.kept(id)) return;
    this.call('addFile', [id, sealed]).catch((error: unknown) => this.trouble.error({ content: id, err: error }, 'original not stored'));
  }

  /** Of what came without it: from memory, else from the file. */
  private async contentsOf(lanes: readonly PackedLane[]): Promise<ReadonlyMap<number, Content>> {
    const contents = new Map<number, Content>();
    const missing: number[] = [];
    for (const { seq, content } of lanes.flatMap(({ deliveries }) => deliveries)) {
      const held = this.recent.take(seq);
      if (held !== undefined) contents.set(seq, held);
      else if (content === undefined) missing.push(seq);
    }
    const read = missing.length === 0 ? [] : await this.readUntilDone(missing);
    missing.forEach((seq, i) => {
      const packed = read[i];
      if (packed !== undefined) contents.set(seq, unpackContent(packed));
    });
    return contents;
  }

  /** Their lanes are claimed: nobody else would ever try them. */
  private async readUntilDone(seqs: readonly number[]): Promise<Value<'contents'>> {
    for (;;) {
      try {
        return await this.call('contents', [seqs]);
      } catch (error) {
        if (this.closing !== undefined || this.calls.over) throw error;
        this.trouble.error({ err: error }, 'what was claimed could not be read yet');
        await sleep(READ_AGAIN_MS, undefined, { ref: false });
      }
    }
  }

  private async shut(): Promise<void> {
    await this.originals.close();
    await this.calls.drained();
    this.calls.end(new StoreError('the store is closed'));
    this.post('close');
    await this.exited;
  }

  /** Operations of the engine under their own names, for a part of the store that has nothing to add to them. */
  private remote<O extends Operation>(...operations: readonly O[]): Remote<O> {
    const bound = operations.map((operation) => [operation, (...args: Arguments<O>) => this.call(operation, args)]);
    return Object.fromEntries(bound) as Remote<O>;
  }

  private call<O extends Operation>(operation: O, args: Arguments<O>, size = 0): Promise<Value<O>> {
    return this.calls.call({ operation, args }, size) as Promise<Value<O>>;
  }

  private post(message: ToWorker): void {
    this.thread.postMessage(message);
  }

  private refuseWhenFull(): void {
    if (this.calls.full) throw new StoreError('too many calls wait for their commit', 'overloaded');
  }

  /** The thread ended by itself: a bug, or no memory. What was not answered is not known to be kept. */
  private lost(error: unknown): void {
    if (this.closing !== undefined) return;
    const failure = Failure.permanent('storage', 'The thread of the store has ended.', { cause: error });
    this.calls.end(new StoreError(failure.text));
    this.tellLost(failure);
  }
}

function notStored(cause: unknown): never {
  throw new StoreError(`the original of the message was not stored: ${String(cause)}`);
}

/** What a `seq` of a `PackedAccept` says. */
function keptAs(seq: number): Kept {
  if (seq > 0) return 'stored';
  if (seq === 0) return 'repeat';
  return seq === -1 ? 'too-late' : 'full';
}

/** One that was claimed with its content, as what is held is. */
function unpackLane({ lane, deliveries }: PackedLane): ClaimedLane {
  return { lane, deliveries: deliveries.map((one) => ({ ...unpack(one, 'xmpp', new Map()), held: true })) };
}

function unpack({ seq, attempts, context, burst, content }: PackedDelivery, outlet: OutletName, contents: ReadonlyMap<number, Content>): Delivery {
  const found = contents.get(seq) ?? (content && unpackContent(content));
  if (found === undefined) throw new StoreError(`delivery ${seq} has no content`);
  return { seq, outlet, attempts, context, ...(burst !== undefined && { burst }), ...found };
}

function sizeOfAll(messages: readonly NewMessage[]): number {
  let size = 0;
  for (const { message } of messages) size += sizeOf(message);
  return size;
}
