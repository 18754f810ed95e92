/**
 * Takes what is due for one outlet, hands it over, and settles the result.
 *
 * Lanes run beside each other, a lane's deliveries in their order: all at once where the outlet keeps the order, one
 * after the other where it does not. A deferral holds its lane until the next try; what comes behind is not touched. The
 * queue sleeps until something is due or it is woken; nothing it has claimed is forgotten while the process lives, and
 * after a crash all of it is claimed again.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatAddress } from '../address.js';
import type { WayOf } from '../bridge/way.js';
import type { Clock } from '../clock.js';
import type { Outcome, Outlet } from '../edge.js';
import { Failure } from '../failure.js';
import { SparingLog, type Log } from '../log.js';
import type { Delivery, OutletName } from '../message.js';
import type { ClaimedLane, NewMessage, Overdue, Settlement, Store } from '../store/store.js';
import { DAMAGED, overdueSettlements, settlementOf, type ReportFor, type Tried } from './outcome.js';
import { DEFAULT_RETRY, retryDelay, storePause, type RetryPolicy } from './retry.js';
import { Slots } from './slots.js';
import { alongWays } from './way.js';

export interface QueuePolicy {
  readonly retry: RetryPolicy;
  /** How often late and expired deliveries are looked for, ms. */
  readonly overdueEvery: number;
}

export const DEFAULT_POLICY: QueuePolicy = { retry: DEFAULT_RETRY, overdueEvery: 60_000 };

export interface QueueParts {
  readonly store: Pick<Store, 'claim' | 'settle' | 'nextDue' | 'overdue'>;
  readonly outlet: Outlet;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: QueuePolicy;
  readonly reportFor: ReportFor;
  /** Asked before each try, for an outlet that keeps the order; absent: everything goes. Never rejects. */
  readonly wayOf?: WayOf;
  /** What goes to a user for whom something is held that will soon expire, beside the held deliveries. Rejects as the store does. */
  readonly warningFor?: (delivery: Delivery, expiresAt: number) => Promise<NewMessage | undefined>;
  /** A delivery is held, and that is committed. */
  readonly onHeld?: (delivery: Delivery) => void;
  /** Called after a commit that holds a delivery (a report) for this outlet; may be this queue's own. */
  readonly wake: (outlet: OutletName) => void;
}

/** Counters since the start, and what is claimed now. */
export interface QueueStats {
  handedOver: number;
  delivered: number;
  failed: number;
  deferred: number;
  released: number;
  held: number;
  forwarded: number;
  warned: number;
  expired: number;
  inHand: number;
}

/** Another process (`queue retry`) changes the store without waking us. */
const LONGEST_SLEEP = 5_000;
/** An outlet that releases while it says it is ready must not make us spin. */
const RELEASE_PAUSE = 200;
/** How many deliveries are claimed ahead of each that may be under way, and how many of a lane that goes one by one. */
const AHEAD = 4;
/** Room for this many at least: a claim and a settlement cost a commit each, whatever they hold. */
const LEAST_ROOM = 200;
/** Nothing more is claimed while this much text (UTF-16 units) is in hand: long messages would fill the memory. */
const MOST_TEXT = 16 << 20;
const OVERDUE_AT_ONCE = 100;
/** An outlet that fails to say how a delivery ended has a bug: it is tried again. */
const NO_OUTCOME: Outcome = { state: 'deferred', failure: Failure.temporary('remote-unreachable', 'The gateway failed to hand it over.') };

export class Queue {
  readonly stats: QueueStats = { handedOver: 0, delivered: 0, failed: 0, deferred: 0, released: 0, held: 0, forwarded: 0, warned: 0, expired: 0, inHand: 0 };
  private readonly slots: Slots;
  private readonly trouble: SparingLog;
  private readonly most: number;
  private readonly work = new Set<Promise<void>>();
  private readonly abandoned = new AbortController();
  private running = false;
  private looking = false;
  private woken = false;
  private storeFailures = 0;
  private textInHand = 0;
  /**
   * Room for what accepts are claiming just now. A claim under way is not counted, since it mostly finds nothing: for a moment
   * there may be twice as much in hand as there should.
   */
  private reserved = 0;
  private timer: NodeJS.Timeout | undefined;
  private overdueTimer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: QueueParts) {
    this.slots = new Slots(parts.outlet.concurrency);
    this.trouble = new SparingLog(parts.log);
    // Every settlement that waits for the store listens.
    setMaxListeners(0, this.abandoned.signal);
    this.most = Math.max(parts.outlet.concurrency * AHEAD, LEAST_ROOM);
  }

  start(): void {
    this.running = true;
    this.parts.outlet.onReady(() => this.wake());
    this.overdueTimer = setInterval(() => this.track(this.lookForOverdue()), this.parts.policy.overdueEvery);
    this.track(this.lookForOverdue());
    this.wake();
  }

  /** Something may be due: a new message was stored, or the outlet has become ready. Cheap. */
  wake(): void {
    this.woken = true;
    if (!this.looking && this.running) this.track(this.look());
  }

  /**
   * Room for deliveries that an accept may claim; `take` gives it back.
   * @returns how many, at most `count`; 0 while nothing could be tried
   */
  reserve(count: number): number {
    const room = this.mayClaim() ? Math.min(count, this.room) : 0;
    this.reserved += room;
    return room;
  }

  /**
   * Tries what an accept has claimed. What cannot be tried any more is released.
   * @param reserved what `reserve` returned for it
   */
  take(lanes: readonly ClaimedLane[], reserved: number): void {
    this.reserved -= reserved;
    for (const lane of lanes) this.track(this.run(lane));
    if (this.woken) this.wake();
  }

  /**
   * Claims nothing more, releases what was not begun, and waits for what was.
   * @param deadlineMs after this long it returns all the same; what is not settled then is tried again at the next start
   */
  async stop(deadlineMs: number): Promise<void> {
    this.running = false;
    clearTimeout(this.timer);
    clearInterval(this.overdueTimer);
    const late = new AbortController();
    await Promise.race([this.finished(), sleep(deadlineMs, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    this.abandoned.abort();
    if (this.work.size > 0) this.parts.log.warn({ outlet: this.name, lanes: this.work.size }, 'stopped before all was settled');
  }

  private get name(): OutletName {
    return this.parts.outlet.name;
  }

  private async finished(): Promise<void> {
    while (this.work.size > 0) await Promise.all(this.work);
  }

  /** Nothing of ours runs unwatched: `stop` waits for it, and a bug is logged. */
  private track(work: Promise<void>): void {
    const watched = work
      .catch((error: unknown) => this.parts.log.error({ outlet: this.name, err: error }, 'the queue failed'))
      .finally(() => this.work.delete(watched));
    this.work.add(watched);
  }

  /** Claims until nothing is due or our hands are full, then sleeps until the next is due. */
  private async look(): Promise<void> {
    this.looking = true;
    clearTimeout(this.timer);
    try {
      while (this.woken && this.mayClaim()) {
        this.woken = false;
        const pause = await this.claim();
        if (!this.woken && this.running) this.sleepFor(pause);
      }
      this.storeFailures = 0;
    } catch (error) {
      this.storeFailures++;
      this.trouble.error({ outlet: this.name, err: error }, 'the store could not be asked for work');
      this.sleepFor(storePause(this.storeFailures));
    } finally {
      this.looking = false;
    }
  }

  private mayClaim(): boolean {
    return this.running && this.parts.outlet.ready && this.room > 0 && this.textInHand < MOST_TEXT;
  }

  private get room(): number {
    return this.most - this.stats.inHand - this.reserved;
  }

  /** Returns how long there is nothing more to claim, ms. */
  private async claim(): Promise<number> {
    const { store, outlet, clock } = this.parts;
    const perLane = outlet.keepsOrder ? outlet.concurrency : AHEAD;
    const lanes = await store.claim(this.name, this.room, perLane, clock());
    for (const lane of lanes) this.track(this.run(lane));
    if (lanes.length > 0) {
      this.woken = true;
      return 0;
    }
    const due = await store.nextDue(this.name);
    return due === undefined ? LONGEST_SLEEP : due - clock();
  }

  private sleepFor(ms: number): void {
    clearTimeout(this.timer);
    if (this.running) this.timer = setTimeout(() => this.wake(), Math.min(Math.max(ms, 1), LONGEST_SLEEP));
  }

  private async run({ lane, deliveries }: ClaimedLane): Promise<void> {
    const text = deliveries.reduce((sum, { message }) => sum + message.text.length, 0);
    this.stats.inHand += deliveries.length;
    this.textInHand += text;
    const { outlet, clock, policy } = this.parts;
    const tried = await (outlet.keepsOrder ? this.tryTogether(deliveries) : this.tryInTurn(deliveries));
    const settlement = settlementOf(lane, tried, {
      now: clock(),
      reportFor: (facts) => this.reportFor(facts),
      retryDelay: (attempts) => retryDelay(policy.retry, attempts, Math.random()),
      releasePause: outlet.ready ? RELEASE_PAUSE : 0,
    });
    const waits = await this.settle(settlement);
    this.stats.inHand -= deliveries.length;
    this.textInHand -= text;
    if (waits !== undefined) for (const one of tried) this.note(one);
    const held = tried.find(({ outcome }) => outcome.state === 'held');
    if (waits === true && held !== undefined) this.parts.onHeld?.(held.delivery);
    if (waits !== false || this.woken) this.wake();
  }

  private async tryTogether(deliveries: readonly Delivery[]): Promise<Tried[]> {
    const { wayOf, log } = this.parts;
    const tries = wayOf === undefined ? burstsIn(deliveries).map((burst) => this.try(burst)) : await alongWays(deliveries, { wayOf, log, attempt: (one) => this.try([one]) });
    return (await Promise.all(tries)).flat();
  }

  /** Ends at the first that did not get through for now: what is behind it must not overtake. */
  private async tryInTurn(deliveries: readonly Delivery[]): Promise<Tried[]> {
    const tried: Tried[] = [];
    for (const burst of burstsIn(deliveries)) {
      const ended = await this.try(burst);
      tried.push(...ended);
      if (ended.some(({ outcome: { state } }) => state === 'deferred' || state === 'released')) break;
    }
    return tried;
  }

  /** What is damaged fails alone; the rest of its burst goes on. */
  private async try(burst: readonly Delivery[]): Promise<Tried[]> {
    const whole = burst.filter(({ damaged }) => damaged !== true);
    const outcomes = whole.length === 0 ? [] : [...(await this.deliver(whole))];
    return burst.map((delivery) => ({ delivery, outcome: delivery.damaged === true ? this.damaged(delivery) : (outcomes.shift() ?? NO_OUTCOME) }));
  }

  private async deliver(burst: readonly Delivery[]): Promise<readonly Outcome[]> {
    const { outlet, log } = this.parts;
    const turn = this.slots.take();
    if (turn !== undefined) await turn;
    try {
      if (!this.running || !outlet.ready) return burst.map(() => ({ state: 'released' }));
      const [only] = burst;
      if (outlet.deliverBurst === undefined || only?.burst === undefined) return await Promise.all(burst.map((delivery) => outlet.deliver(delivery)));
      return await outlet.deliverBurst(burst);
    } catch (error) {
      log.error({ message: burst[0]?.message.id, outlet: this.name, err: error }, 'a bug in the outlet');
      return burst.map(() => NO_OUTCOME);
    } finally {
      this.slots.give();
    }
  }

  /** Ends as failed. */
  private damaged({ seq, message, recipient }: Delivery): Outcome {
    const from = formatAddress(message.sender);
    this.parts.log.error({ seq, message: message.id, from, to: formatAddress(recipient) }, 'a message is damaged in the store and fails: check the disk and the memory of this machine');
    return { state: 'failed', failure: DAMAGED };
  }

  /** Tries until it is committed. @returns whether anything still waits in the lane; undefined when the queue was stopped before */
  private async settle(settlement: Settlement): Promise<boolean | undefined> {
    const { store, wake } = this.parts;
    for (let failures = 1; ; failures++) {
      try {
        const waits = await store.settle(settlement);
        for (const outlet of outletsOf(settlement)) wake(outlet);
        return waits;
      } catch (error) {
        this.trouble.error({ outlet: this.name, lane: settlement.lane, failures, err: error }, 'not settled yet');
        if (!(await this.pause(storePause(failures)))) return undefined;
      }
    }
  }

  /** @returns false when the queue was stopped meanwhile */
  private pause(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: this.abandoned.signal }).catch(() => false);
  }

  private async lookForOverdue(): Promise<void> {
    const { store, clock } = this.parts;
    try {
      for (let found = OVERDUE_AT_ONCE; found === OVERDUE_AT_ONCE && this.running; ) {
        const overdue = await store.overdue(clock(), OVERDUE_AT_ONCE, this.name);
        found = overdue.length;
        const warnings = await this.warningsFor(overdue);
        const settlements = overdueSettlements(overdue, clock(), (facts) => this.reportFor(facts), warnings);
        await Promise.all(settlements.map((settlement) => this.settle(settlement)));
        for (const { what } of overdue) this.stats[what === 'warn' ? 'warned' : 'expired']++;
        if (found > 0) this.wake();
      }
    } catch (error) {
      this.trouble.error({ outlet: this.name, err: error }, 'the store could not be asked for what is late');
    }
  }

  /** By `seq`. Without one, nobody is warned: the lanes are claimed, and must be settled. */
  private async warningsFor(overdue: readonly Overdue[]): Promise<ReadonlyMap<number, NewMessage>> {
    const warnings = new Map<number, NewMessage>();
    for (const { what, held, delivery, expiresAt } of overdue) {
      if (what !== 'warn' || held !== 'away') continue;
      try {
        const warning = await this.parts.warningFor?.(delivery, expiresAt);
        if (warning !== undefined) warnings.set(delivery.seq, warning);
      } catch (error) {
        this.trouble.error({ outlet: this.name, err: error }, 'a user is not warned of what will expire');
      }
    }
    return warnings;
  }

  private reportFor(facts: Parameters<ReportFor>[0]): ReturnType<ReportFor> {
    try {
      return this.parts.reportFor(facts);
    } catch (error) {
      this.parts.log.error({ message: facts.message.id, err: error }, 'a bug: no report could be made');
      return undefined;
    }
  }

  private note({ delivery, outcome }: Tried): void {
    const { state } = outcome;
    this.stats[state === 'handed-over' ? 'handedOver' : state]++;
    if (state === 'released') return;
    const failure = 'failure' in outcome ? outcome.failure.toRecord() : undefined;
    this.parts.log.info({ message: delivery.message.id, outlet: this.name, to: formatAddress(delivery.recipient), state, failure }, 'tried');
  }
}

/** Neighbours of the same burst together, everything else alone. */
function burstsIn(deliveries: readonly Delivery[]): Delivery[][] {
  const bursts: Delivery[][] = [];
  for (const delivery of deliveries) {
    const last = bursts.at(-1);
    if (delivery.burst !== undefined && last?.[0]?.burst === delivery.burst) last.push(delivery);
    else bursts.push([delivery]);
  }
  return bursts;
}

function outletsOf({ reports }: Settlement): Set<OutletName> {
  return new Set(reports.flatMap((report) => report.deliveries.map((delivery) => delivery.outlet)));
}
