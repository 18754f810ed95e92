/**
 * Work that waits for answers over the very link that it came by. Reading must not wait for it: what it waits for would never be read.
 * So it is bounded here and not by the throttle.
 */
export class Aside {
  private running = 0;
  private readonly waiting = new Set<() => Promise<void>>();
  private idleWaiters: (() => void)[] = [];

  /** @param most under way at once @param mostWaiting so many more wait for their turn */
  constructor(
    private readonly most: number,
    private readonly mostWaiting: number,
  ) {}

  /**
   * Does the work, now or when its turn comes.
   * @param work never rejects
   * @returns false when there is no room: nothing of it will be done
   */
  run(work: () => Promise<void>): boolean {
    if (this.running < this.most) this.start(work);
    else if (this.waiting.size < this.mostWaiting) this.waiting.add(() => work());
    else return false;
    return true;
  }

  private start(work: () => Promise<void>): void {
    this.running++;
    void work().finally(() => {
      this.running--;
      this.next();
    });
  }

  private next(): void {
    const [first] = this.waiting;
    if (first !== undefined) {
      this.waiting.delete(first);
      this.start(first);
    } else if (this.running === 0) for (const resolve of this.idleWaiters.splice(0)) resolve();
  }

  /** Resolves when nothing runs or waits. */
  idle(): Promise<void> {
    return this.running === 0 ? Promise.resolve() : new Promise((resolve) => this.idleWaiters.push(resolve));
  }
}
