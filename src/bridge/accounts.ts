/** Who is registered and who was told what can be set, in memory; written through. */
import { bareJid, formatBareJid, type Jid } from '../address.js';
import type { Departure } from '../edge.js';
import { Failure } from '../failure.js';
import type { Account, AccountStore, Forgotten } from '../store/accounts.js';

/** Registered at once; a row and a line in memory each. */
const MOST = 200_000;

export class Accounts {
  private readonly registered: Set<string>;
  private readonly greeted: Set<string>;

  /** @param register domains and bare JIDs beside the allowed ones whose users may register, and then write */
  constructor(
    rows: readonly Account[],
    private readonly store: AccountStore,
    private readonly register: readonly string[],
  ) {
    this.registered = new Set(rows.flatMap(({ user, registeredAt }) => (registeredAt === undefined ? [] : [user])));
    this.greeted = new Set(rows.flatMap(({ user, greetedAt }) => (greetedAt === undefined ? [] : [user])));
  }

  /** Do the rules of registration let this user of another server in? @param user full or bare JID */
  permits(user: Jid): boolean {
    return this.register.includes(user.domain) || this.register.includes(formatBareJid(user));
  }

  isRegistered(user: Jid): boolean {
    return this.registered.size > 0 && this.registered.has(formatBareJid(user));
  }

  /** Registered, and still permitted: the administrator may have changed his mind. */
  admits(user: Jid): boolean {
    return this.isRegistered(user) && this.permits(user);
  }

  /** Bare JIDs, in order. */
  all(): readonly string[] {
    return [...this.registered].sort();
  }

  /** Why there is no room for this user, if so. */
  refusal(user: Jid): Failure | undefined {
    const isFull = this.registered.size >= MOST && !this.isRegistered(user);
    return isFull ? Failure.temporary('overloaded', 'Too many users are registered here.') : undefined;
  }

  /** Rejects as the store does. @returns a temporary `overloaded` when there are too many */
  async add(user: Jid, now: number): Promise<void | Failure> {
    const name = formatBareJid(user);
    if (this.registered.has(name)) return undefined;
    const full = this.refusal(user);
    if (full !== undefined) return full;
    await this.store.register(bareJid(user), now);
    this.registered.add(name);
  }

  /** Is there anything to forget? Rejects as the store does. */
  isKept(user: Jid): Promise<boolean> {
    return this.store.isKept(bareJid(user));
  }

  /** Forgets all that the store keeps of a user. Rejects as the store does. */
  async remove(user: Jid, now: number): Promise<Forgotten> {
    const forgotten = await this.store.forgetUser(bareJid(user), now);
    this.registered.delete(formatBareJid(user));
    return forgotten;
  }

  /** As `AccountStore.leaving`. */
  leaving(): Promise<readonly Departure[]> {
    return this.store.leaving();
  }

  /** As `AccountStore.parted`. */
  parted(departure: Departure): Promise<void> {
    return this.store.parted(departure);
  }

  wasGreeted(user: Jid): boolean {
    return this.greeted.has(formatBareJid(user));
  }

  /** He is being told: whoever asks from now on hears that he was. */
  greeting(user: Jid): void {
    this.greeted.add(formatBareJid(user));
  }

  /** Rejects as the store does. */
  greet(user: Jid, now: number): Promise<void> {
    return this.store.greet(bareJid(user), now);
  }

  /** He could not be told, and is another time. */
  notGreeted(user: Jid): void {
    this.greeted.delete(formatBareJid(user));
  }
}
