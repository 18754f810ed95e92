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

/** Keys remembered, at least, and at most twice as many. Those not used for longest are forgotten first: they begin afresh with a full bucket. */
const MOST_KEYS = 20_000;

export class Buckets {
  /**
   * By key, when each rate's bucket is full; `older`: what was used before the last `mostKeys` keys. Nothing is deleted one by one: a
   * Map's first key is found ever more slowly behind what was deleted.
   */
  private newer = new Map<string, readonly number[]>();
  private older: ReadonlyMap<string, readonly number[]> = new Map();

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
    this.newer.set(key, this.after(key, count, now));
    if (this.newer.size < this.mostKeys) return;
    this.older = this.newer;
    this.newer = new Map();
  }

  private after(key: string, count: number, now: number): readonly number[] {
    const fullAt = this.newer.get(key) ?? this.older.get(key);
    return this.rates.map(({ most, per }, i) => Math.max(fullAt?.[i] ?? now, now) + (count * per) / most);
  }
}
