/** The store's housekeeping while the gateway runs: forgets what is past its keeping time, and watches that it takes writes. */
import type { Clock } from './clock.js';
import type { Log } from './log.js';
import type { QueueCounts, Store } from './store/store.js';
import type { PartHealth } from './web/health.js';

/** Both in ms. */
const INTERVALS = { pruneEvery: 10 * 60_000, lookEvery: 5_000 };
/** A disk may be slow for a moment. */
const LONGEST_SILENCE_MS = 20_000;

export class Keeper {
  private timers: NodeJS.Timeout[] = [];
  private failure: string | undefined;
  /** When the look began that has no answer yet. */
  private asking: number | undefined;
  private stopped = false;
  private pruning: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly intervals = INTERVALS,
  ) {}

  start(): void {
    const { pruneEvery, lookEvery } = this.intervals;
    const prune = (): void => void (this.pruning = this.pruning.then(() => this.prune()));
    this.timers = [setInterval(prune, pruneEvery), setInterval(() => void this.look(), lookEvery)];
    prune();
  }

  /** Resolves when it forgets nothing more. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    await this.pruning;
  }

  health(): PartHealth {
    const silence = this.asking === undefined ? 0 : this.clock() - this.asking;
    if (silence > LONGEST_SILENCE_MS) return { ok: false, text: `no answer for ${Math.round(silence / 1_000)} s` };
    return this.failure === undefined ? { ok: true, text: 'takes writes' } : { ok: false, text: this.failure };
  }

  counts(): Promise<QueueCounts> {
    return this.store.counts(this.clock());
  }

  private async prune(): Promise<void> {
    try {
      while (!this.stopped && (await this.store.prune(this.clock())));
    } catch (error) {
      this.log.error({ err: error }, 'the store could not forget what is past its keeping time');
    }
  }

  private async look(): Promise<void> {
    if (this.asking !== undefined) return;
    this.asking = this.clock();
    try {
      await this.store.check();
      if (this.failure !== undefined) this.log.info('the store takes writes again');
      this.failure = undefined;
    } catch (error) {
      this.failure = String(error);
      if (!this.stopped) this.log.error({ err: error }, 'the store fails');
    } finally {
      this.asking = undefined;
    }
  }
}
