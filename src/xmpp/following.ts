/** Users whose coming and going must be known, because they publish it: the gateway itself asks for their presence, and looks again. */
import { bareJid, formatBareJid, type Jid } from '../address.js';
import type { Looks } from './looks.js';
import type { Watching } from './watching.js';

export interface FollowingPorts {
  readonly watching: Pick<Watching, 'ask' | 'watch' | 'seen'>;
  readonly looks: Looks;
  /** The gateway's own, which asks. */
  readonly domain: string;
  readonly connected: boolean;
  /** The gateway tells the user that it is there. @param user bare JID */
  here(user: Jid): void;
  /** Resolves when the way out has room. */
  room(): Promise<void>;
}

export class Following {
  /** By bare JID. */
  private readonly users = new Map<string, Jid>();
  private round = 0;

  constructor(private readonly ports: FollowingPorts) {}

  /** He was followed before the start: whatever he has answered then stands. @param user bare JID */
  add(user: Jid): void {
    this.users.set(formatBareJid(user), user);
    this.ports.looks.add(user);
  }

  /** He wants to be seen from now on: he is asked also where he has refused before. Never rejects. @param user bare JID */
  async follow(user: Jid): Promise<void> {
    this.add(user);
    await this.ports.watching.watch(user);
    this.came(user);
  }

  /**
   * A client of his is there, or he lets us see him: his server is told what the gateway wants to hear of how he looks (own-caps.ts). Prosody
   * keeps that; ejabberd does for each of his sessions, and sends events by any of them. @param user full or bare JID
   */
  came(user: Jid): void {
    if (this.has(user) && this.isSeen(user)) this.ports.here(bareJid(user));
  }

  /** @param user full or bare JID */
  has(user: Jid): boolean {
    return this.users.has(formatBareJid(user));
  }

  /** Does he let us see him? @param user full or bare JID */
  isSeen(user: Jid): boolean {
    return this.ports.watching.seen(user);
  }

  /** As `Looks.watch`. @param user bare JID */
  watch(user: Jid): void {
    this.ports.looks.watch(user);
  }

  /** He is not asked any more; that he let us see him stands in his roster. @param user bare JID */
  unfollow(user: Jid): void {
    this.users.delete(formatBareJid(user));
    this.ports.looks.remove(user);
  }

  /** The link is up, and who was asked before is asked again: now those whom nobody has. Never rejects. */
  async online(): Promise<void> {
    const { watching, looks, domain } = this.ports;
    const round = ++this.round;
    looks.start();
    for (const user of [...this.users.values()]) {
      await this.ports.room();
      if (!this.ports.connected || this.round !== round) return;
      await watching.ask(user, { kind: 'jid', local: '', domain, resource: '' });
    }
  }

  lost(): void {
    this.round++;
    this.ports.looks.stop();
  }
}
