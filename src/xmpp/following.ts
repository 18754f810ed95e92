/**
 * Users whose coming and going must be known: they publish it. Where nothing else tells of one, the gateway itself asks for his presence.
 * What is told by managed presence without a question (XEP-0356 §7) is told at once on Prosody, of each client that is there; ejabberd
 * tells of no client that was there before. So whoever is not told of for a while is not known to be there, and is asked.
 */
import { bareJid, formatBareJid, type Jid } from '../address.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import type { Watching } from './watching.js';

export interface FollowingPorts {
  readonly whereabouts: Whereabouts;
  readonly watching: Pick<Watching, 'ask' | 'watch' | 'seen'>;
  /** The gateway's own, which asks. */
  readonly domain: string;
  /** Are we told of him without a question? */
  readonly isTold: (user: Jid) => boolean;
  readonly connected: boolean;
  /** Resolves when the way out has room. */
  room(): Promise<void>;
  /** Resolves when the server has answered for all that was sent before, or the link is lost. */
  pong(): Promise<unknown>;
}

/** ms after the server's answer in which it tells of those who are there. */
const GRACE = 3_000;

export class Following {
  /** By bare JID. */
  private readonly users = new Map<string, Jid>();
  private round = 0;

  constructor(private readonly ports: FollowingPorts) {}

  /** He was known to be followed when the gateway ended: he is not asked twice. @param user bare JID */
  add(user: Jid): void {
    this.users.set(formatBareJid(user), user);
  }

  /** He wants to be seen from now on: he is asked also where he has refused before. Never rejects. @param user bare JID */
  async follow(user: Jid): Promise<void> {
    this.add(user);
    const { isTold, whereabouts, watching } = this.ports;
    if (isTold(user) && whereabouts.standing(user) !== 'unknown') return;
    await watching.watch(user);
  }

  /** @param user bare JID */
  unfollow(user: Jid): void {
    this.users.delete(formatBareJid(user));
  }

  /** The link is up, and all who were asked before are asked again. Never rejects. */
  async online(): Promise<void> {
    const round = ++this.round;
    await this.ports.pong();
    setTimeout(() => void this.check(round), GRACE).unref();
  }

  lost(): void {
    this.round++;
  }

  private async check(round: number): Promise<void> {
    const { watching, whereabouts, isTold, domain } = this.ports;
    for (const user of [...this.users.values()]) {
      await this.ports.room();
      if (!this.ports.connected || this.round !== round) return;
      if (watching.seen(user) || (isTold(user) && whereabouts.standing(user) !== 'unknown')) continue;
      if (isTold(user)) whereabouts.forget(bareJid(user));
      await watching.ask(user, { kind: 'jid', local: '', domain, resource: '' });
    }
  }
}
