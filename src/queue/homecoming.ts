/**
 * Delivers what was held for a user who is back. It goes in the order it was stored, over all senders, some at a time; a chunk ends
 * only when it is known to be taken: the XMPP server has confirmed it, and a client has answered what was sent behind it (a
 * receipt that comes meanwhile ends its delivery in the store). What is not proven stays held, and goes again, with the same stanza ids, when the user comes
 * the next time, or after a pause.
 *
 * Who has anything held is known in memory: the presence of others costs nothing. A bounded number of users are served at once, at a
 * bounded rate over all of them, so that everybody who comes back with the XMPP server starves nobody else.
 */
import { formatJid, parseJid, type Jid } from '../address.js';
import type { Seen } from '../bridge/offline.js';
import type { Clock } from '../clock.js';
import type { Outcome, Outlet } from '../edge.js';
import { isFailure } from '../failure.js';
import { SparingLog, type Log } from '../log.js';
import type { Delivery, OutletName } from '../message.js';
import type { ClaimedLane } from '../store/lanes.js';
import type { Store } from '../store/store.js';
import { DAMAGED, settlementOf, type ReportFor, type Tried } from './outcome.js';
import { Rate } from './rate.js';
import { retryDelay, type RetryPolicy } from './retry.js';
import { Settler } from './settler.js';

export interface HomecomingParts {
  readonly store: Pick<Store, 'settle' | 'holds'>;
  readonly outlet: Pick<Outlet, 'deliver' | 'ready'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly retry: RetryPolicy;
  /** Deliveries a second, over all users. */
  readonly rate: number;
  readonly reportFor: ReportFor;
  readonly wake: (outlet: OutletName) => void;
  /** The user is online, and may be written to. @param user bare JID */
  readonly isHome: (user: Jid) => boolean;
  /** A client of his has answered what was sent behind the messages. Bounded in time; never rejects. */
  readonly hasRead: (user: Jid) => Promise<boolean>;
  /** Looks whether what is held for a user who is not home may go another way by now. @param before what the last look saw */
  readonly look: (user: Jid, before: Seen | undefined) => Seen;
}

/** How much of one user's is under way at once. */
const CHUNK = 20;
const USERS_AT_ONCE = 200;
/** How often those who are home and still have something held are looked for: it was not proven, or their quiet hours are over. */
const PAUSE_MS = 30_000;
/** Of a client that does not read, the same messages are asked for ever more rarely. */
const MOST_PAUSES = 16;

/** Somebody for whom something is held. */
interface Waiting {
  /** Another number each time something more is. */
  changes: number;
  seen?: Seen;
  /** He did not read: not before, by `performance.now()`, unless he comes anew. */
  pause?: { readonly until: number; readonly pauses: number };
}

const RELEASED: Outcome = { state: 'released' };

export class Homecoming {
  /** By bare JID, everybody for whom something is held. */
  private readonly users = new Map<string, Waiting>();
  private readonly coming = new Set<string>();
  private readonly served = new Map<string, Promise<void>>();
  /** Ends the wait for the proof of one who is gone. */
  private readonly proofs = new Map<string, (proven: false) => void>();
  private readonly rate: Rate;
  private readonly trouble: SparingLog;
  private readonly settler: Settler;
  private timer: NodeJS.Timeout | undefined;
  private running = false;
  private changes = 0;
  readonly stats = { taken: 0, unproven: 0 };

  constructor(
    private readonly parts: HomecomingParts,
    private readonly pause = PAUSE_MS,
  ) {
    this.rate = new Rate(parts.rate);
    const { store, log, wake } = parts;
    this.trouble = new SparingLog(log);
    this.settler = new Settler({ store, outlet: 'xmpp', trouble: this.trouble, wake });
  }

  /** Before anything is handed in. Rejects as the store does. */
  async load(): Promise<void> {
    for (const { user } of await this.parts.store.holds.users()) this.users.set(user, { changes: ++this.changes });
  }

  start(): void {
    this.running = true;
    this.timer = setInterval(() => this.lookAround(), this.pause);
  }

  /** Resolves when what is under way has ended, or after `deadlineMs`; what is not settled then is still held at the next start. */
  async stop(deadlineMs: number): Promise<void> {
    this.running = false;
    clearInterval(this.timer);
    this.settler.abandon();
    this.coming.clear();
    const late = new Promise<void>((resolve) => setTimeout(resolve, deadlineMs).unref());
    await Promise.race([Promise.all(this.served.values()), late]);
  }

  /** @param user bare JID */
  has(user: string): boolean {
    return this.users.has(user);
  }

  /** Something was held for this user, and is committed: he may have come home meanwhile. @param user bare JID */
  held(user: string): void {
    const waiting = this.users.get(user);
    if (waiting === undefined) this.users.set(user, { changes: ++this.changes });
    else waiting.changes = ++this.changes;
    this.call(user);
  }

  /** The user is online who was not. Cheap for who has nothing held. @param user bare JID */
  comes(user: string): void {
    delete this.users.get(user)?.pause;
    this.call(user);
  }

  /** The user is offline: what was sent to him last is not proven any more. @param user bare JID */
  leaves(user: string): void {
    this.proofs.get(user)?.(false);
  }

  private call(user: string): void {
    const waiting = this.users.get(user);
    if (!this.running || waiting === undefined || !this.isHome(user)) return;
    if (waiting.pause !== undefined && waiting.pause.until > performance.now()) return;
    this.coming.add(user);
    this.serve();
  }

  /** Of all: who is home, and what may go another way. Also when more can go than before. */
  lookAround(): void {
    for (const [user, waiting] of this.users) {
      if (this.isHome(user)) this.call(user);
      else if (this.parts.outlet.ready) void this.lookAt(user, waiting).catch((err: unknown) => this.trouble.error({ err }, 'what is held could not be let go'));
      else delete waiting.seen;
    }
  }

  /** What may go another way is the queue's again. */
  private async lookAt(name: string, waiting: Waiting): Promise<void> {
    const user = parseJid(name);
    if (isFailure(user)) return;
    waiting.seen = this.parts.look(user, waiting.seen);
    if (waiting.seen.free && (await this.parts.store.holds.letGo(user))) this.parts.wake('xmpp');
    if (waiting.seen.free) await this.forget(name, user, waiting.changes);
  }

  private serve(): void {
    for (const user of this.coming) {
      if (this.served.size >= USERS_AT_ONCE) return;
      if (this.served.has(user)) continue;
      this.coming.delete(user);
      const work = this.bringHome(user)
        .catch((err: unknown) => this.trouble.error({ err }, 'what is held for a user could not be delivered yet'))
        .finally(() => {
          this.served.delete(user);
          if (this.running) this.serve();
        });
      this.served.set(user, work);
    }
  }

  private isHome(user: string): boolean {
    const jid = parseJid(user);
    return !isFailure(jid) && this.parts.outlet.ready && this.parts.isHome(jid);
  }

  /** Chunk after chunk, until nothing is left or the user is gone. */
  private async bringHome(name: string): Promise<void> {
    const user = parseJid(name);
    if (isFailure(user)) return;
    const { store, clock } = this.parts;
    while (this.running && this.isHome(name)) {
      const changes = this.users.get(name)?.changes;
      const lanes = await store.holds.claim(user, CHUNK, clock());
      if (lanes.length === 0) return this.forget(name, user, changes);
      if (!(await this.deliver(name, user, lanes))) return;
    }
  }

  /** Nothing is left, unless something came meanwhile, or waits for consent or for its next try. */
  private async forget(name: string, user: Jid, changes: number | undefined): Promise<void> {
    const left = await this.parts.store.holds.count(user);
    if (left === 0 && this.users.get(name)?.changes === changes) this.users.delete(name);
  }

  /** @returns whether it was taken, and there may be more */
  private async deliver(name: string, user: Jid, lanes: readonly ClaimedLane[]): Promise<boolean> {
    const deliveries = lanes.flatMap((lane) => lane.deliveries).sort((one, other) => one.seq - other.seq);
    await this.rate.take(deliveries.length);
    const home = this.isHome(name);
    const tried = await Promise.all(deliveries.map(async (delivery) => ({ delivery, outcome: home ? await this.try(delivery) : RELEASED })));
    const handedOver = tried.some(({ outcome }) => outcome.state === 'handed-over');
    const proven = !handedOver || (await this.proofOf(name, user));
    for (const { lane, deliveries: ofLane } of lanes) {
      await this.settle(lane, tried.filter(({ delivery }) => ofLane.includes(delivery)).map((one) => (proven ? one : unproven(one))));
    }
    if (handedOver) this.paceOf(name, proven);
    const moved = tried.some(({ outcome }) => outcome.state !== 'released');
    this.stats[proven ? 'taken' : 'unproven'] += tried.length;
    this.parts.log.info({ user: formatJid(user), deliveries: tried.length, proven }, 'held messages were delivered');
    return proven && moved;
  }

  private async proofOf(name: string, user: Jid): Promise<boolean> {
    const gone = new Promise<false>((resolve) => this.proofs.set(name, resolve));
    try {
      return await Promise.race([this.parts.hasRead(user), gone]);
    } finally {
      this.proofs.delete(name);
    }
  }

  private async try(delivery: Delivery): Promise<Outcome> {
    if (delivery.damaged === true) return { state: 'failed', failure: DAMAGED };
    try {
      return await this.parts.outlet.deliver(delivery);
    } catch (err) {
      this.parts.log.error({ message: delivery.message.id, err }, 'a bug in the outlet');
      return RELEASED;
    }
  }

  private paceOf(name: string, proven: boolean): void {
    const waiting = this.users.get(name);
    if (waiting === undefined) return;
    const pauses = Math.min(MOST_PAUSES, 2 * (waiting.pause?.pauses ?? 0.5));
    if (proven) delete waiting.pause;
    else waiting.pause = { until: performance.now() + pauses * this.pause, pauses };
  }

  /** A lane that stays claimed is lost to everybody. */
  private async settle(lane: string, tried: readonly Tried[]): Promise<void> {
    const { clock, retry, reportFor } = this.parts;
    const delay = (attempts: number): number => retryDelay(retry, attempts, Math.random());
    await this.settler.settle(settlementOf(lane, tried, { now: clock(), reportFor, retryDelay: delay, releasePause: 0 }));
  }
}

/** It may have been lost with the client, or may not: it goes again. */
function unproven({ delivery, outcome }: Tried): Tried {
  return { delivery, outcome: outcome.state === 'handed-over' ? RELEASED : outcome };
}
