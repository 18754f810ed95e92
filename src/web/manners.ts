/** How often an address may be wrong: whoever guesses links is told to come back later. Memory stays bounded. */
import type { Clock } from '../clock.js';

/** Wrong links of one address (IPv6: one /64) within a minute; a person who mistypes stays below. */
const MOST_WRONG = 30;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;

export class Manners {
  private readonly wrong = new Map<string, { readonly since: number; count: number }>();

  constructor(private readonly clock: Clock) {}

  /** One more wrong link. @returns whether that is too many */
  isTooMany(address: string): boolean {
    const now = this.clock();
    const known = this.wrong.get(address);
    if (known !== undefined && now - known.since < WINDOW_MS) return ++known.count > MOST_WRONG;
    this.wrong.delete(address);
    this.wrong.set(address, { since: now, count: 1 });
    const [oldest] = this.wrong.keys();
    if (this.wrong.size > MOST_ADDRESSES && oldest !== undefined) this.wrong.delete(oldest);
    return false;
  }
}
