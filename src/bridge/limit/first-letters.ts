/**
 * To whom a chat user writes for the first time: to those with whom there is no conversation in the store. What a stolen account
 * does is exactly that, so these are counted apart (`limits.ts`). How many there were of late is kept in the store, and outlives a
 * restart.
 */
import { formatBareJid, type Jid, type MailAddress } from '../../address.js';
import { addressKey } from '../../addressees.js';
import { Bounded } from '../../bounded.js';
import type { FirstLetters as Kept } from '../../store/first-letters.js';

/** Pairs that are known to have met: of these the store is not asked. */
const MOST_KNOWN = 50_000;

export class FirstLetters {
  private readonly known = new Bounded<string, true>(MOST_KNOWN);
  /** Of each user whose messages wait for a look at the store, the last of them: those after it wait as well, so that order is kept. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(private readonly store: Pick<Kept, 'unmet'>) {}

  /**
   * Those of them whom the user has never written to, nor heard of.
   * @returns at once where no look at the store is needed, and else in the order of the calls; rejects as the store does
   */
  unmet(from: Jid, to: readonly MailAddress[]): readonly MailAddress[] | Promise<readonly MailAddress[]> {
    const user = formatBareJid(from);
    const unknown = to.filter((one) => !this.isKnown(user, one));
    const before = this.turns.get(user);
    if (before === undefined && unknown.length === 0) return [];
    return this.inTurn(user, before, from, unknown);
  }

  /** The user has written to them. */
  met(from: Jid, to: readonly MailAddress[]): void {
    const user = formatBareJid(from);
    for (const one of to) this.known.set(keyOf(user, one), true);
  }

  private async inTurn(user: string, before: Promise<unknown> | undefined, from: Jid, unknown: readonly MailAddress[]): Promise<readonly MailAddress[]> {
    const looking = unknown.length === 0 ? [] : this.store.unmet(from, unknown);
    const both = Promise.all([looking, before]);
    const turn = both.catch(() => undefined);
    this.turns.set(user, turn);
    try {
      const [unmet] = await both;
      const keys = new Set(unmet);
      this.met(from, unknown.filter((one) => !keys.has(addressKey(one))));
      // What was sent meanwhile has made them known.
      return unknown.filter((one) => keys.has(addressKey(one)) && !this.isKnown(user, one));
    } finally {
      if (this.turns.get(user) === turn) this.turns.delete(user);
    }
  }

  private isKnown(user: string, to: MailAddress): boolean {
    return this.known.get(keyOf(user, to)) === true;
  }
}

function keyOf(user: string, to: MailAddress): string {
  return `${user} ${addressKey(to)}`;
}
