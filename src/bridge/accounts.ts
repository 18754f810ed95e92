/** Who is registered and who was told what can be set, in memory; written through. */
import { bareJid, formatJid, type Jid } from '../address.js';
import { Failure } from '../failure.js';
import type { Account } from '../store/accounts.js';
import type { AccountStore } from '../store/store.js';

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
    return this.register.includes(user.domain) || this.register.includes(nameOf(user));
  }

  isRegistered(user: Jid): boolean {
    return this.registered.size > 0 && this.registered.has(nameOf(user));
  }

  /** Registered, and still permitted: the administrator may have changed his mind. */
  admits(user: Jid): boolean {
    return this.isRegistered(user) && this.permits(user);
  }

  /** Bare JIDs, in order. */
  all(): readonly string[] {
    return [...this.registered].sort();
  }

  /** Rejects as the store does. @returns a temporary `overloaded` when there are too many */
  async add(user: Jid, now: number): Promise<void | Failure> {
    const name = nameOf(user);
    if (this.registered.has(name)) return undefined;
    if (this.registered.size >= MOST) return Failure.temporary('overloaded', 'Too many users are registered here.');
    await this.store.register(bareJid(user), now);
    this.registered.add(name);
  }

  /** Forgets all that the store keeps of a user. Rejects as the store does. @returns those of ours that were in the user's roster */
  async remove(user: Jid): Promise<readonly Jid[]> {
    const contacts = await this.store.forgetUser(bareJid(user));
    this.registered.delete(nameOf(user));
    return contacts;
  }

  wasGreeted(user: Jid): boolean {
    return this.greeted.has(nameOf(user));
  }

  /** He is being told: whoever asks from now on hears that he was. */
  greeting(user: Jid): void {
    this.greeted.add(nameOf(user));
  }

  /** Rejects as the store does. */
  greet(user: Jid, now: number): Promise<void> {
    return this.store.greet(bareJid(user), now);
  }

  /** He could not be told, and is another time. */
  notGreeted(user: Jid): void {
    this.greeted.delete(nameOf(user));
  }
}

function nameOf(user: Jid): string {
  return formatJid(bareJid(user));
}
