/**
 * Reading must never run ahead of storing: counts what was read and is not done yet, and stops the reading above a bound.
 */
export interface Reader {
  pause(): void;
  resume(): void;
}

export class Throttle {
  private running = 0;
  private idleWaiters: (() => void)[] = [];

  /**
   * @param most how many may run before reading stops; it goes on at half of that
   * @param blocked true while reading must stand still for another reason
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
    if (this.running >= this.most || this.blocked()) this.reader.pause();
    else if (this.running <= this.most / 2) this.reader.resume();
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return this.running === 0 ? Promise.resolve() : new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  private release(): void {
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }
}
