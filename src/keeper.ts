/** The store's housekeeping while the gateway runs: forgets what is past its keeping time, and watches that it takes writes. */
import type { Clock } from './clock.js';
import type { Log } from './log.js';
import type { QueueCounts } from './store/queue-entries.js';
import type { Store } from './store/store.js';
import type { PartHealth } from './web/health.js';

/** What an administrator can do, by SQLite's code. */
const ADVICE: readonly (readonly [code: string, advice: string])[] = [
  ['SQLITE_FULL', 'its disk is full, make room'],
  ['SQLITE_READONLY', 'its file or its file system is read-only, make it writable'],
  ['SQLITE_IOERR', 'its disk fails or is read-only, look at the system log'],
  ['SQLITE_CANTOPEN', 'its files cannot be opened, look at the directory'],
  ['SQLITE_BUSY', 'another process holds it, end that one'],
];

function adviceOn(reason: string): string {
  if (/SQLITE_(CORRUPT|NOTADB)/.test(reason)) return 'it is damaged; stop the gateway and restore a backup';
  const [, advice = 'see the reason'] = ADVICE.find(([code]) => reason.includes(code)) ?? [];
  return `${advice}; until then mail and chats are answered "try again later", and no restart is needed`;
}

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
    /** The store's file, for the administrator. */
    private readonly where: string,
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
      if (this.failure !== undefined) this.log.info({ store: this.where }, 'the store takes writes again');
      this.failure = undefined;
    } catch (error) {
      this.fails(error instanceof Error ? error.message : String(error));
    } finally {
      this.asking = undefined;
    }
  }

  /** Each kind of trouble is told once, until all is well again. */
  private fails(reason: string): void {
    if (reason !== this.failure && !this.stopped) this.log.error({ store: this.where, reason }, `the store takes no writes: ${adviceOn(reason)}`);
    this.failure = reason;
  }
}
