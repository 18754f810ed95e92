/** The store's housekeeping while the gateway runs: forgets what is past its keeping time, and watches that it answers. */
import type { Clock } from './clock.js';
import type { Log } from './log.js';
import type { QueueCounts, Store } from './store/store.js';
import type { PartHealth } from './web/health.js';

const PRUNE_EVERY_MS = 10 * 60_000;
const LOOK_EVERY_MS = 5_000;

export class Keeper {
  private timers: NodeJS.Timeout[] = [];
  private failure: unknown;
  private working: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  start(): void {
    this.timers = [
      setInterval(() => this.then(() => this.prune()), PRUNE_EVERY_MS),
      setInterval(() => this.then(() => this.look()), LOOK_EVERY_MS),
    ];
    this.then(() => this.prune());
  }

  /** Resolves when nothing of it is under way. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.working;
  }

  health(): PartHealth {
    return this.failure === undefined ? { ok: true, text: 'answers' } : { ok: false, text: String(this.failure) };
  }

  counts(): Promise<QueueCounts> {
    return this.store.counts(this.clock());
  }

  private then(task: () => Promise<void>): void {
    this.working = this.working.then(task).then(
      () => (this.failure = undefined),
      (error: unknown) => {
        this.failure = error;
        this.log.error({ err: error }, 'the store fails');
      },
    ).then(() => undefined);
  }

  private async prune(): Promise<void> {
    while (await this.store.prune(this.clock()));
  }

  private async look(): Promise<void> {
    await this.counts();
  }
}
