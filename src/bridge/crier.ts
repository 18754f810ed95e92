/**
 * Announcements with a lifetime (XEP-0133 §4.23): whoever is online gets it at once, everybody else when he comes, until its lifetime
 * ends. Nothing is kept per user but that he had it, in the commit that holds his delivery: so each gets it once, whatever dies.
 *
 * Who is "everybody": whom the store knows, and whoever comes online. Of a user whose presence nobody tells us the XMPP server has to know:
 * it gets his at once, to keep or to deliver.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatJid, parseJid, type GatewayNames, type Jid } from '../address.js';
import type { Clock } from '../clock.js';
import { isFailure } from '../failure.js';
import { SparingLog, type Log } from '../log.js';
import type { Announcement, AnnouncementStore } from '../store/announcements.js';
import { notice } from './notice.js';

export interface CrierParts {
  readonly announcements: AnnouncementStore;
  readonly whereabouts: {
    standing(user: Jid): 'online' | 'offline' | 'unknown';
    online(): Iterable<string>;
    on(standing: 'online', listener: (user: Jid) => void): void;
  };
  readonly gateway: GatewayNames;
  readonly clock: Clock;
  readonly log: Log;
  /** The chat queue has something. */
  readonly wake: () => void;
}

/** Another process (`stanzapost announce`) makes and ends them too. */
const LOOK_EVERY_MS = 5_000;
/** So many known users are looked up, and told, at once. */
const AT_ONCE = 100;
/** 250 people a second. */
const MS_EACH = 4;

export class Crier {
  private current: readonly Announcement[] = [];
  /** By id: everybody who is there has been told. */
  private readonly cried = new Set<string>();
  private readonly arrived = new Set<string>();
  private readonly stopped = new AbortController();
  private readonly trouble: SparingLog;
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;

  constructor(private readonly parts: CrierParts) {
    this.trouble = new SparingLog(parts.log);
    parts.whereabouts.on('online', (user) => this.comes(user));
  }

  start(): void {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    void this.look();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopped.abort();
    await this.working;
  }

  /** Reads what is to be announced, and goes about it. Never rejects. */
  async look(): Promise<void> {
    try {
      this.current = await this.parts.announcements.currentAnnouncements(this.parts.clock());
    } catch (err) {
      this.trouble.error({ err }, 'the announcements could not be read');
    }
    for (const id of this.cried) if (!this.current.some((one) => one.id === id)) this.cried.delete(id);
    this.work();
  }

  private comes(user: Jid): void {
    if (this.current.length === 0) return;
    this.arrived.add(formatJid(user));
    this.work();
  }

  private work(): void {
    if (this.stopped.signal.aborted) return;
    this.working ??= this.tellAll()
      .catch((err: unknown) => this.trouble.error({ err }, 'an announcement could not be made; it is tried again'))
      .finally(() => (this.working = undefined));
  }

  private async tellAll(): Promise<void> {
    await this.tellArrived();
    for (const one of this.current) {
      if (this.cried.has(one.id)) continue;
      await this.cry(one);
      this.cried.add(one.id);
    }
    await this.tellArrived();
  }

  private async cry(one: Announcement): Promise<void> {
    if (one.audience !== undefined) return this.cryTo(one);
    await this.inTurn(this.parts.whereabouts.online(), (users) => this.tell(one, users));
    let cursor: { source: number; after: string } | undefined = { source: 0, after: '' };
    while (cursor !== undefined && this.isCurrent(one)) {
      const page = await this.parts.announcements.usersToAnnounce(one.id, cursor, AT_ONCE);
      await this.tell(one, page.users.filter(({ user, watched }) => this.isDue(user, watched)).map(({ user }) => user));
      await this.tellArrived();
      cursor = page.next;
    }
  }

  private async cryTo(one: Announcement): Promise<void> {
    const due: string[] = [];
    for (const user of one.audience ?? []) if (this.isDue(user, await this.parts.announcements.isWatched(user))) due.push(user);
    await this.inTurn(due, (users) => this.tell(one, users));
  }

  private isDue(user: string, watched: boolean): boolean {
    const jid = parseJid(user);
    if (isFailure(jid)) return false;
    const standing = this.parts.whereabouts.standing(jid);
    return standing === 'online' || (standing === 'unknown' && !watched);
  }

  private async tellArrived(): Promise<void> {
    while (this.arrived.size > 0 && !this.stopped.signal.aborted) {
      const users = [...firstOf(this.arrived, AT_ONCE)];
      for (const one of this.current) {
        const { audience } = one;
        await this.tell(one, audience === undefined ? users : users.filter((user) => audience.includes(user)));
      }
      for (const user of users) this.arrived.delete(user);
    }
  }

  private async inTurn(users: Iterable<string>, tell: (users: readonly string[]) => Promise<void>): Promise<void> {
    let some: string[] = [];
    for (const user of users) {
      some.push(user);
      if (some.length < AT_ONCE) continue;
      await tell(some);
      some = [];
    }
    await tell(some);
  }

  private async tell(one: Announcement, users: readonly string[]): Promise<void> {
    if (users.length === 0 || this.stopped.signal.aborted) return;
    const { announcements, clock, gateway, wake } = this.parts;
    const now = clock();
    const [only, ...more] = users.map((user) => parseJid(user)).filter((jid) => !isFailure(jid));
    if (only === undefined) return;
    const { message, deliveries } = notice(only, one.text, { gateway, now, lifetime: one.expiresAt - now, ...(one.subject !== undefined && { subject: one.subject }) });
    const all = deliveries.flatMap((delivery) => [delivery, ...more.map((recipient) => ({ ...delivery, recipient }))]);
    const told = await announcements.announce(one.id, { message, deliveries: all }, now);
    if (told === 0) return;
    wake();
    await sleep(told * MS_EACH, undefined, { signal: this.stopped.signal }).catch(() => undefined);
  }

  private isCurrent({ id }: Announcement): boolean {
    return !this.stopped.signal.aborted && this.current.some((one) => one.id === id);
  }
}

function* firstOf<T>(all: Iterable<T>, most: number): Iterable<T> {
  let left = most;
  for (const one of all) {
    if (left-- === 0) return;
    yield one;
  }
}
