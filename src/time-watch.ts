/** Watches for a machine whose clock is set: what waits in the store is moved along with it, then the gateway's clock follows. */
import type { SteadyClock } from './clock.js';
import type { Log } from './log.js';
import type { Store } from './store/store.js';

const EVERY_MS = 1_000;

export class TimeWatch {
  private timer: NodeJS.Timeout | undefined;
  private moving: Promise<void> | undefined;

  constructor(
    private readonly clock: Pick<SteadyClock, 'look' | 'follow'>,
    private readonly store: Pick<Store, 'shift'>,
    private readonly log: Log,
    private readonly every = EVERY_MS,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.look(), this.every);
  }

  /** Resolves when nothing is being moved. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.moving;
  }

  private look(): void {
    if (this.moving !== undefined) return;
    const step = this.clock.look();
    if (step !== 0) this.moving = this.move(step).finally(() => (this.moving = undefined));
  }

  /**
   * The clock follows as soon as the store has the call: what is stored after it carries the new time, and what before it is
   * moved. While the store takes no writes the clock goes on as before, and the next look tries again.
   */
  private async move(step: number): Promise<void> {
    const moving = this.store.shift(step);
    this.clock.follow(step);
    try {
      const moved = await moving;
      this.log.warn({ seconds: Math.round(step / 1_000), moved }, `the clock of the machine was set ${step > 0 ? 'forward' : 'back'}: what waits keeps the time it has left`);
    } catch (error) {
      this.clock.follow(-step);
      this.log.debug({ err: error }, 'the clock of the machine was set; what waits is not moved yet');
    }
  }
}
