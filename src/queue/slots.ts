/** A number of things that may be under way at once; who waits is served in order. */
export class Slots {
  private waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** Returns nothing when there is room now: who asks in order then starts in order. */
  take(): Promise<void> | undefined {
    if (this.free > 0) {
      this.free--;
      return undefined;
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  give(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free++;
    else next();
  }
}
