/**
 * How much of something may come how fast: for each key a bucket per rate, which holds `most` tokens and is full again after
 * `per`. So up to `most` may come at once, and in the long run no more than `most` in each `per`.
 *
 * A bucket is kept as the one moment at which it will be full (the "generic cell rate algorithm"). Time is handed in, ms of any
 * clock that goes on evenly; the time of day would lock everybody out when it is set back.
 */

export interface Rate {
  readonly most: number;
  /** ms. */
  readonly per: number;
}

/** Keys remembered. The one not used for longest is forgotten first: it begins afresh with a full bucket. */
const MOST_KEYS = 20_000;

export class Buckets {
  /** By key, when each rate's bucket is full. */
  private readonly fullAt = new Map<string, readonly number[]>();

  constructor(
    private readonly rates: readonly Rate[],
    private readonly mostKeys = MOST_KEYS,
  ) {}

  /** Ms until so many would be let through; 0: now; Infinity: never, it is more than a bucket holds. */
  wait(key: string, count: number, now: number): number {
    const waits = this.after(key, count, now).map((fullAt, i) => {
      const { most, per } = this.rates[i] ?? { most: 0, per: 0 };
      return count > most ? Infinity : Math.max(0, Math.floor(fullAt - now - per));
    });
    return Math.max(0, ...waits);
  }

  /** Takes so many tokens, whether they are there or not. */
  take(key: string, count: number, now: number): void {
    const after = this.after(key, count, now);
    this.fullAt.delete(key);
    this.fullAt.set(key, after);
    const [oldest] = this.fullAt.keys();
    if (this.fullAt.size > this.mostKeys && oldest !== undefined) this.fullAt.delete(oldest);
  }

  private after(key: string, count: number, now: number): readonly number[] {
    const fullAt = this.fullAt.get(key);
    return this.rates.map(({ most, per }, i) => Math.max(fullAt?.[i] ?? now, now) + (count * per) / most);
  }
}
