/**
 * Reading must never run ahead of storing: counts what was read and is not done yet, and stops the reading above a bound.
 */
export interface Reader {
  pause(): void;
  resume(): void;
}

/**
 * ms that reading waits for the way out at a time. A server may not read before it is read (ejabberd's component process
 * stands still while it writes): if we waited for ever, so would it.
 */
const PATIENCE = 1_000;

export class Throttle {
  private running = 0;
  private patience: NodeJS.Timeout | undefined;
  private impatient = false;
  private idleWaiters: (() => void)[] = [];

  /**
   * @param most how many may run before reading stops; it goes on at half of that
   * @param blocked true while the way out is full: reading stands still for it, but not for long
   */
  constructor(
    private readonly most: number,
    private readonly reader: Reader,
    private readonly blocked: () => boolean,
  ) {}

  /** Counts a piece of work until it ends; its rejection is the caller's to handle. */
  run(work: Promise<void>): Promise<void> {
    this.running++;
    this.check();
    return work.finally(() => {
      this.running--;
      if (this.running === 0) this.release();
      this.check();
    });
  }

  /** Stops or continues the reading, as things are now. */
  check(): void {
    if (this.running >= this.most || this.waitsForRoom()) this.reader.pause();
    else if (this.running <= this.most / 2) this.reader.resume();
  }

  /** True from when the way out is full until it has room, or patience ends. */
  private waitsForRoom(): boolean {
    if (!this.blocked()) {
      clearTimeout(this.patience);
      this.patience = undefined;
      this.impatient = false;
      return false;
    }
    this.patience ??= setTimeout(() => {
      this.impatient = true;
      this.check();
    }, PATIENCE).unref();
    return !this.impatient;
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return this.running === 0 ? Promise.resolve() : new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  private release(): void {
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }
}
