/** Lets so many through in a second, in the order they asked (a token bucket that holds a tenth of a second's share). */
import { setTimeout as sleep } from 'node:timers/promises';

export class Rate {
  /** When the next may go, by `performance.now()`. */
  private next = 0;

  /** @param perSecond at least 1 */
  constructor(private readonly perSecond: number) {}

  /** Resolves when they may go. */
  async take(count: number): Promise<void> {
    const now = performance.now();
    const at = Math.max(this.next, now - 100);
    this.next = at + (count * 1_000) / this.perSecond;
    if (at > now) await sleep(at - now, undefined, { ref: false });
  }
}
