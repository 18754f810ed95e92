/**
 * Takes what is due for one outlet, hands it over, and settles the result.
 *
 * Lanes run beside each other, a lane's deliveries in their order: all at once where the outlet keeps the order, one
 * after the other where it does not. A deferral holds its lane until the next try; what comes behind is not touched. The
 * queue sleeps until something is due or it is woken; nothing it has claimed is forgotten while the process lives, and
 * after a crash all of it is claimed again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatAddress } from '../address.js';
import type { WayOf } from '../bridge/way.js';
import type { Clock } from '../clock.js';
import type { Outlet } from '../edge.js';
import { SparingLog, type Log } from '../log.js';
import type { Delivery, OutletName } from '../message.js';
import type { ClaimedLane, Settlement } from '../store/lanes.js';
import type { NewMessage } from '../store/new-message.js';
import type { Store } from '../store/store.js';
import { settleLate } from './late.js';
import { settlementOf, type ReportFor, type Tried } from './outcome.js';
import { DEFAULT_RETRY, retryDelay, storePause, type RetryPolicy } from './retry.js';
import { Settler } from './settler.js';
import { Trying } from './trying.js';

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
  /** Has an administrator held all of it? Then nothing is given up either: the outlet is not ready. Absent: no. */
  readonly isHeld?: () => boolean;
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

export class Queue {
  readonly stats: QueueStats = { handedOver: 0, delivered: 0, failed: 0, deferred: 0, released: 0, held: 0, forwarded: 0, warned: 0, expired: 0, inHand: 0 };
  private readonly trying: Trying;
  private readonly settler: Settler;
  private readonly trouble: SparingLog;
  private readonly most: number;
  private readonly work = new Set<Promise<void>>();
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
    const { outlet, store, log, wake } = parts;
    this.trouble = new SparingLog(log);
    this.trying = new Trying({ ...parts, goesOn: () => this.running });
    this.settler = new Settler({ store, outlet: outlet.name, trouble: this.trouble, wake });
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
    this.settler.abandon();
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
    const tried = await this.trying.lane(deliveries);
    const settlement = settlementOf(lane, tried, {
      now: clock(),
      reportFor: (facts) => this.reportFor(facts),
      retryDelay: (attempts) => retryDelay(policy.retry, attempts, Math.random()),
      releasePause: outlet.ready ? RELEASE_PAUSE : 0,
    });
    const waits = await this.settler.settle(settlement);
    this.stats.inHand -= deliveries.length;
    this.textInHand -= text;
    if (waits !== undefined) for (const one of tried) this.note(one);
    const held = tried.find(({ outcome }) => outcome.state === 'held');
    if (waits === true && held !== undefined) this.parts.onHeld?.(held.delivery);
    if (waits !== false || this.woken) this.wake();
  }

  private async lookForOverdue(): Promise<void> {
    if (this.parts.isHeld?.() === true) return;
    const settle = async (settlement: Settlement): Promise<void> => {
      await this.settler.settle(settlement);
      this.wake();
    };
    const { warned, expired } = await settleLate({ ...this.parts, outlet: this.name, trouble: this.trouble, reportFor: (facts) => this.reportFor(facts), settle }, () => this.running);
    this.stats.warned += warned;
    this.stats.expired += expired;
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
