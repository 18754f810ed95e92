/**
 * What may be published of a user is what his server shows to a contact of his, and no more. Measured (Prosody 0.12, ejabberd 23.01):
 *
 * | | Prosody | ejabberd |
 * |---|---|---|
 * | managed presence (XEP-0356 §7) of who blocks the gateway, or is invisible | told all the same | told all the same |
 * | the user blocks the gateway (XEP-0191) | `unavailable` at once | nothing, not even when he logs off |
 * | a probe by a full JID of ours | each client's presence, to that full JID; `unavailable` for who is away | each client's presence, to that full JID; nothing for who is away |
 * | a probe while he blocks the gateway, or is invisible (XEP-0126) | nothing | nothing |
 *
 * So managed presence is no more than a hint to probe, by a JID that only the answer comes to; and who was seen is probed from time to time,
 * more often while somebody follows him live.
 */
import { formatBareJid, parseJid, type Jid } from '../address.js';
import { isFailure, type Failure } from '../failure.js';
import type { Client, Whereabouts } from '../presence/whereabouts.js';
import type { Watching } from './watching.js';
import { el, type Element } from './xml.js';

export interface LooksPorts {
  readonly whereabouts: Whereabouts;
  readonly watching: Pick<Watching, 'subscriber' | 'sees'>;
  /** Is his presence told to the gateway's domain whatever he lets it see? */
  readonly isManaged: (user: Jid) => boolean;
  /** ms between probes of one user that nothing gave occasion for. */
  readonly every: number;
  send(stanza: Element): Failure | undefined;
  /** Resolves when the server has answered for all that was sent before, or the link is lost. */
  pong(): Promise<unknown>;
}

/** Resource of the JID of ours that looks. */
const LOOK = 'look';
const TICK = 250;
/** Probes of a tick: of those that there is a hint for, of those who are followed live, and of others, who also have what the first leave. */
const MOST_HINTED = 100;
const MOST_WATCHED = 50;
const MOST_AGAIN = 50;
/** ms between two probes of one user, however often it is said that he is followed live. */
const WATCHED_EVERY = 5_000;
/** ms that an answer may come later than the server's answer for all that was sent. */
const GRACE = 3_000;
/** Probes in a row that a client is not shown for: he is on a server far away, perhaps. */
const MOST_MISSED = 2;

interface Look {
  readonly user: Jid;
  /** Those that were seen before it. */
  readonly clients: readonly Client[];
}

export class Looks {
  /** By bare JID; when each was looked for last, the longest ago first. */
  private readonly users = new Map<string, { readonly user: Jid; readonly at: number }>();
  private readonly hinted = new Set<string>();
  private readonly watched = new Set<string>();
  private readonly missed = new WeakMap<Client, number>();
  private timer: NodeJS.Timeout | undefined;
  private round = 0;

  constructor(private readonly ports: LooksPorts) {}

  /** @param user bare JID */
  add(user: Jid): void {
    const name = formatBareJid(user);
    this.users.delete(name);
    this.users.set(name, { user, at: this.ports.whereabouts.now });
  }

  /** @param user bare JID */
  remove(user: Jid): void {
    this.users.delete(formatBareJid(user));
    this.hinted.delete(formatBareJid(user));
    this.watched.delete(formatBareJid(user));
  }

  /** Somebody sees at this moment that he is online: when that has ended is to be found out soon. @param user bare JID */
  watch(user: Jid): void {
    const name = formatBareJid(user);
    const known = this.users.get(name);
    if (known !== undefined && this.isOver(known.at, WATCHED_EVERY)) this.watched.add(name);
  }

  /** The link is up. */
  start(): void {
    this.stop();
    this.timer = setInterval(() => void this.tick(), TICK).unref();
  }

  /** The link is lost. */
  stop(): void {
    this.round++;
    clearInterval(this.timer);
    this.hinted.clear();
    this.watched.clear();
  }

  /**
   * Does presence that came to this JID of ours show what a contact of the user's sees? What does not is a hint that there is something new.
   * @param user full or bare JID
   */
  shows(ours: Jid, user: Jid): boolean {
    // An answer too may come after he has taken back his leave, and then nobody would tell that he goes.
    if (this.isAnswer(ours) || ours.local !== '' || !this.ports.isManaged(user)) return this.ports.watching.sees(ours, user);
    const name = formatBareJid(user);
    if (this.users.has(name)) this.hinted.add(name);
    return false;
  }

  /** Is it that what a client has said before is told again? */
  isAnswer(ours: Jid): boolean {
    return ours.resource === LOOK;
  }

  private async tick(): Promise<void> {
    const { round } = this;
    const looks = [...this.due()].flatMap((user) => this.look(user));
    if (looks.length === 0) return;
    await this.ports.pong();
    setTimeout(() => this.check(looks, round), GRACE).unref();
  }

  private *due(): Iterable<Jid> {
    const { whereabouts, every } = this.ports;
    const watched = firstOf(this.watched, MOST_WATCHED);
    const names = [...firstOf(this.hinted, MOST_HINTED), ...watched];
    const most = watched.length + MOST_HINTED + MOST_AGAIN;
    for (const [name, { user, at }] of this.users) {
      if (!this.isOver(at, every) || names.length >= most) break;
      // Of who is not there at all, his coming is told.
      if (whereabouts.clients(user).length > 0) names.push(name);
      else this.add(user);
    }
    for (const name of new Set(names)) {
      const known = this.users.get(name);
      if (known !== undefined) yield known.user;
    }
  }

  /** The machine's clock may have been set back. */
  private isOver(at: number, time: number): boolean {
    const { now } = this.ports.whereabouts;
    return at <= now - time || at > now;
  }

  private look(user: Jid): Look[] {
    const { watching, whereabouts } = this.ports;
    this.add(user);
    const by = watching.subscriber(user);
    if (by === undefined || isFailure(parseJid(by))) return [];
    const failure = this.ports.send(el('presence', { type: 'probe', from: `${by}/${LOOK}`, to: formatBareJid(user) }));
    return failure === undefined ? [{ user, clients: whereabouts.clients(user).filter(({ seen }) => seen === true) }] : [];
  }

  /** What was answered for has another record since. */
  private check(looks: readonly Look[], round: number): void {
    const { whereabouts } = this.ports;
    if (this.round !== round) return;
    for (const { user, clients } of looks) {
      const now = whereabouts.clients(user);
      for (const client of clients) {
        if (!now.includes(client)) continue;
        const missed = (this.missed.get(client) ?? 0) + 1;
        this.missed.set(client, missed);
        if (missed >= MOST_MISSED) whereabouts.hidden({ ...user, resource: client.resource });
        else if (this.users.has(formatBareJid(user))) this.hinted.add(formatBareJid(user));
      }
    }
  }
}

/** Takes them out. */
function firstOf(names: Set<string>, most: number): readonly string[] {
  const first = [...names].slice(0, most);
  for (const name of first) names.delete(name);
  return first;
}
