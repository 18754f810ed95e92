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
  private newer = new Map<string, number[]>();
  private older: ReadonlyMap<string, readonly number[]> = new Map();

  constructor(
    private readonly rates: readonly Rate[],
    private readonly mostKeys = MOST_KEYS,
  ) {}

  /** Ms until so many would be let through; 0: now; Infinity: never, it is more than a bucket holds. */
  wait(key: string, count: number, now: number): number {
    return this.waitOf(this.newer.get(key) ?? this.older.get(key), count, now);
  }

  /** Takes so many tokens, whether they are there or not. */
  take(key: string, count: number, now: number): void {
    this.takeOf(this.newer.get(key) ?? this.enter(key, now), count, now);
  }

  /**
   * Takes so many tokens when there are at least `least` of them.
   * @returns as `wait` for `least`; 0: they are taken
   */
  takeIf(key: string, count: number, now: number, least = count): number {
    const fullAt = this.newer.get(key) ?? this.enter(key, now);
    const wait = this.waitOf(fullAt, least, now);
    if (wait === 0) this.takeOf(fullAt, count, now);
    return wait;
  }

  private waitOf(fullAt: readonly number[] | undefined, count: number, now: number): number {
    let longest = 0;
    for (const [i, rate] of this.rates.entries()) {
      if (count > rate.most) return Infinity;
      longest = Math.max(longest, Math.floor(after(fullAt?.[i] ?? now, rate, count, now) - now - rate.per));
    }
    return longest;
  }

  private takeOf(fullAt: number[], count: number, now: number): void {
    for (const [i, rate] of this.rates.entries()) fullAt[i] = after(fullAt[i] ?? now, rate, count, now);
  }

  /** Makes the key's own list, which is written over in place from then on. */
  private enter(key: string, now: number): number[] {
    const fullAt = [...(this.older.get(key) ?? this.rates.map(() => now))];
    this.newer.set(key, fullAt);
    if (this.newer.size >= this.mostKeys) {
      this.older = this.newer;
      this.newer = new Map();
    }
    return fullAt;
  }
}

function after(fullAt: number, { most, per }: Rate, count: number, now: number): number {
  return Math.max(fullAt, now) + (count * per) / most;
}
