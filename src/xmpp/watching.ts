/**
 * Subscriptions the other way: who has one of our JIDs as a contact is asked once for his presence (XEP-0100 §4), by that JID. Kept,
 * so that the state is known again after each loss of the link.
 *
 * What servers do (Prosody 0.12, ejabberd 23.01): `subscribe` of one who is subscribed is answered by the server itself with `subscribed`,
 * and one that is pending reaches no client twice. So it is sent again at each link-up, and the answer says that the user's coming and going
 * will be told: a roster that lost it would make him look offline for ever. A probe is answered with the presence of each client; for a
 * user who is away Prosody answers `unavailable`, ejabberd nothing.
 */
import { bareJid, formatBareJid, parseJid, type GatewayNames, type Jid } from '../address.js';
import type { WatchedUser, WatchedUsers } from '../edge.js';
import { isFailure, type Failure } from '../failure.js';
import type { Log } from '../log.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import type { Aside } from './aside.js';
import { el, type Element } from './xml.js';

export interface WatchingPorts {
  readonly watched: WatchedUsers;
  readonly whereabouts: Whereabouts;
  readonly gateway: GatewayNames;
  readonly log: Log;
  readonly connected: boolean;
  /** Does the user's server let us write into his roster? */
  canShare(user: Jid): boolean;
  /** Lets `ours` see the user without a question; resolves with whether it was done. */
  share(user: Jid, ours: Jid): Promise<boolean>;
  /** For that: it waits for answers. */
  readonly shares: Aside;
  /** Nobody of ours is subscribed to the user any more. */
  unseen(user: Jid): void;
  /** His server says that one of ours may see him; his clients are told next. */
  confirmed(user: Jid): void;
  send(stanza: Element): Failure | undefined;
  /** Resolves when the way out has room. */
  room(): Promise<void>;
  /** Resolves when the server has answered for all that was sent before, or the link is lost. */
  pong(): Promise<unknown>;
}

interface Entry extends WatchedUser {
  /** The user's server has confirmed it over this link. */
  confirmed: boolean;
  /** How often his coming or going was told to the JID that asked. */
  heard: number;
  /** His roster is being written: he need not be asked. */
  sharing?: boolean;
  /** He has refused a moment ago: the first half of removing the contact looks the same. */
  justRefused?: boolean;
}

const MOST = 1_000_000;
/** Requests on their way to the server at once, after a link-up. */
const STEP = 100;
/** ms that the clients' presence may come later than the word that we are subscribed to it. */
const GRACE = 3_000;

export class Watching {
  private readonly entries = new Map<string, Entry>();
  private loaded: Promise<void> | undefined;
  private round = 0;

  constructor(private readonly ports: WatchingPorts) {}

  /** Is the user's coming and going told to this JID of ours? @param ours, user full or bare JIDs */
  sees(ours: Jid, user: Jid): boolean {
    const entry = this.entries.get(formatBareJid(user));
    return entry?.confirmed === true && entry.by === formatBareJid(ours);
  }

  /** Is it told to any of ours? */
  seen(user: Jid): boolean {
    return this.entries.get(formatBareJid(user))?.confirmed === true;
  }

  /** Which of our JIDs is it told to? @param user full or bare JID */
  subscriber(user: Jid): string | undefined {
    const entry = this.entries.get(formatBareJid(user));
    return entry?.confirmed === true ? entry.by : undefined;
  }

  /** The link is up: asks the servers of all who were seen before, at the rate at which ours answers. */
  async online(): Promise<void> {
    const round = ++this.round;
    if (!(await this.load())) return;
    let sent = 0;
    for (const entry of [...this.entries.values()]) {
      if (entry.state === 'refused' || !this.holds(entry)) continue;
      await (++sent % STEP === 0 ? this.ports.pong() : this.ports.room());
      if (!this.ports.connected || this.round !== round) return;
      // Meanwhile he may have refused, or have gone; or somebody has asked him already.
      if (this.holds(entry) && entry.sharing !== true) this.tell(entry, 'subscribe');
    }
  }

  lost(): void {
    this.round++;
    for (const entry of this.entries.values()) entry.confirmed = false;
  }

  /**
   * Asks for the user's presence, unless that was done before, whatever the answer was. Where the roster can be written for it, that is
   * not waited for; where too many wait for that, nothing is done, and the user's next presence asks again. Never rejects. @param user bare JID
   */
  async ask(user: Jid, ours: Jid): Promise<void> {
    const name = formatBareJid(user);
    if (!(await this.load()) || this.entries.has(name) || this.entries.size >= MOST) return;
    const asked = { user: name, by: formatBareJid(ours), state: 'asked' } as const;
    if (!this.ports.canShare(user)) return this.request(asked);
    const entry = this.enter(asked, { sharing: true });
    if (!this.ports.shares.run(() => this.share(entry, user, ours))) this.entries.delete(name);
  }

  private async share(entry: Entry, user: Jid, ours: Jid): Promise<void> {
    const isDone = await this.ports.share(user, ours);
    if (!this.holds(entry)) return;
    if (isDone) await this.wrote(user, ours);
    else if (this.ports.connected) await this.request(entry);
    else this.entries.delete(entry.user);
  }

  private async request({ user, by }: WatchedUser): Promise<void> {
    const asked = { user, by, state: 'asked' } as const;
    if (await this.keep(asked)) this.tell(asked, 'subscribe');
  }

  /** The gateway itself asks, also one who has refused: he has registered (XEP-0100 §4.1). Never rejects. @param user bare JID */
  async watch(user: Jid): Promise<void> {
    const { domain } = this.ports.gateway;
    const known = (await this.load()) ? this.entries.get(formatBareJid(user)) : undefined;
    if (known?.state === 'seen') this.tell({ user: known.user, by: domain }, 'subscribe');
    else await this.request({ user: formatBareJid(user), by: domain, state: 'asked' });
  }

  /** May nobody see him? Then he is not asked, and no roster is written for it. Never rejects. @param user full or bare JID */
  async refuses(user: Jid): Promise<boolean> {
    return !(await this.load()) || this.entries.get(formatBareJid(user))?.state === 'refused';
  }

  /** The roster entry that makes it so was written by ourselves. Never rejects. @param user bare JID */
  async wrote(user: Jid, ours: Jid): Promise<void> {
    const state = (await this.load()) ? this.entries.get(formatBareJid(user))?.state : 'refused';
    if (state === 'seen' || state === 'refused') return;
    await this.keep({ user: formatBareJid(user), by: formatBareJid(ours), state: 'seen' });
    this.confirm(user);
  }

  /** The user, or his server, says that `ours` may see him. Never rejects. */
  async subscribed(user: Jid, ours: Jid): Promise<void> {
    const name = formatBareJid(user);
    const by = formatBareJid(ours);
    if (!(await this.load())) return;
    const entry = this.entries.get(name);
    if (entry === undefined || (entry.by !== by && by !== this.ports.gateway.domain)) return;
    if (entry.state !== 'seen' || entry.by !== by) await this.keep({ user: name, by, state: 'seen' });
    this.confirm(user);
  }

  /** `ours` may not see him: what was asked is refused, what was granted has ended, and none of ours asks again by itself. Never rejects. */
  async unsubscribed(user: Jid, ours: Jid): Promise<void> {
    const entry = (await this.load()) ? this.entries.get(formatBareJid(user)) : undefined;
    if (entry?.by !== formatBareJid(ours) || entry.state === 'refused') return;
    if (entry.confirmed) this.ports.unseen(bareJid(user));
    const refused = this.enter({ user: entry.user, by: entry.by, state: 'refused' }, { justRefused: true });
    setTimeout(() => (refused.justRefused = false), GRACE).unref();
    await this.stored(this.ports.watched.watch(refused));
  }

  /** `ours` is no contact of his any more; the next one may ask, unless he had refused before. Never rejects. */
  async forget(user: Jid, ours: Jid): Promise<void> {
    const name = formatBareJid(user);
    const entry = (await this.load()) ? this.entries.get(name) : undefined;
    if (entry?.by !== formatBareJid(ours) || (entry.state === 'refused' && entry.justRefused !== true)) return;
    this.entries.delete(name);
    this.ports.unseen(bareJid(user));
    await this.stored(this.ports.watched.unwatch(entry));
  }

  /** The store has forgotten the user. Never rejects. @param user full or bare JID */
  async left(user: Jid): Promise<void> {
    if (!(await this.load())) return;
    this.entries.delete(formatBareJid(user));
    this.ports.unseen(bareJid(user));
  }

  /** His coming or going was told to `ours`. @param user full or bare JID */
  heard(user: Jid, ours: Jid): void {
    const entry = this.entries.get(formatBareJid(user));
    if (entry?.by === formatBareJid(ours)) entry.heard++;
  }

  /**
   * A client of his is there, as its probe of one of ours shows; if we are not told so ourselves, the subscription is lost. One that is gone
   * again by then was told of when it went.
   */
  client(from: Jid): void {
    const entry = this.entries.get(formatBareJid(from));
    if (from.resource === '' || entry?.confirmed !== true) return;
    const { round } = this;
    const { heard } = entry;
    setTimeout(() => {
      const { whereabouts } = this.ports;
      if (this.round !== round || entry.heard !== heard || !entry.confirmed || !this.holds(entry) || whereabouts.clients(from).length > 0) return;
      entry.confirmed = false;
      this.ports.unseen(bareJid(from));
      this.tell(entry, 'subscribe');
    }, GRACE).unref();
  }

  private confirm(user: Jid): void {
    const entry = this.entries.get(formatBareJid(user));
    if (entry === undefined || entry.confirmed) return;
    entry.confirmed = true;
    this.tell(entry, 'probe');
    this.ports.confirmed(user);
    const { round } = this;
    setTimeout(() => {
      if (this.round === round && entry.confirmed && this.holds(entry) && this.ports.whereabouts.standing(user) === 'unknown') this.ports.whereabouts.unavailable(bareJid(user));
    }, GRACE).unref();
  }

  /** In memory first: two contacts of one user must not ask both. */
  private async keep(watched: WatchedUser): Promise<boolean> {
    this.enter(watched);
    return this.stored(this.ports.watched.watch(watched));
  }

  private enter({ user, by, state }: WatchedUser, more: Pick<Entry, 'sharing' | 'justRefused'> = {}): Entry {
    const entry = { user, by, state, confirmed: false, heard: 0, ...more };
    this.entries.set(user, entry);
    return entry;
  }

  /** Is it as it was? Each change makes a new one. */
  private holds(entry: Entry): boolean {
    return this.entries.get(entry.user) === entry;
  }

  private async stored(work: Promise<void>): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (err) {
      this.ports.log.error({ err }, 'whose presence is seen could not be stored');
      return false;
    }
  }

  /** Once; false while it cannot be read. */
  private async load(): Promise<boolean> {
    this.loaded ??= this.ports.watched.watchedUsers().then((rows) => {
      for (const row of rows) this.entries.set(row.user, { ...row, confirmed: false, heard: 0 });
    });
    try {
      await this.loaded;
      return true;
    } catch (err) {
      this.loaded = undefined;
      this.ports.log.error({ err }, 'whose presence is seen could not be read');
      return false;
    }
  }

  private tell({ user, by }: Pick<WatchedUser, 'user' | 'by'>, type: 'subscribe' | 'probe'): void {
    const failure = isFailure(parseJid(user)) ? undefined : this.ports.send(el('presence', { type, from: by, to: user }));
    if (failure !== undefined) this.ports.log.debug({ user, by, type, reason: failure.text }, 'presence was not asked for');
  }
}
