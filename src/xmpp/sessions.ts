/** Commands that somebody has begun and not ended (XEP-0050 §3.4): whose they are, and no more. In memory; bounded in number and age. */
import { randomBytes } from 'node:crypto';
import { formatBareJid, formatJid, type Jid } from '../address.js';
import type { Clock } from '../clock.js';

/** ms that somebody may take to fill in a form. */
const KEEP = 3600_000;
/** At once of one bare JID. */
const MOST_OF_ONE = 10;

interface Session {
  readonly user: string;
  readonly client: string;
  readonly node: string;
  readonly until: number;
}

export class Sessions {
  /** By id, the oldest first. */
  private readonly open = new Map<string, Session>();
  private readonly byUser = new Map<string, Set<string>>();

  /** @param most so many of everybody at once: one more takes the place of the oldest, of the same bare JID where it has one */
  constructor(
    private readonly clock: Clock,
    private readonly most: number,
  ) {}

  get size(): number {
    return this.open.size;
  }

  /** @param from full JID. @returns an id that nobody can guess and that never comes again */
  begin(from: Jid, node: string): string {
    const id = randomBytes(18).toString('base64url');
    this.keep(id, { user: formatBareJid(from), client: formatJid(from), node, until: this.clock() + KEEP });
    return id;
  }

  /**
   * Takes a session out: what is sent twice finds it once.
   * @returns false when there is none of this id, node and client
   */
  take(id: string, from: Jid, node: string): boolean {
    const session = this.open.get(id);
    if (session === undefined || session.client !== formatJid(from) || session.node !== node) return false;
    this.end(id, session);
    return session.until > this.clock();
  }

  /** Goes on with a session that was taken out. */
  goOn(id: string, from: Jid, node: string): void {
    this.keep(id, { user: formatBareJid(from), client: formatJid(from), node, until: this.clock() + KEEP });
  }

  private keep(id: string, session: Session): void {
    const mine = this.byUser.get(session.user) ?? new Set();
    const [myOldest] = mine;
    if (myOldest !== undefined && (mine.size >= MOST_OF_ONE || this.open.size >= this.most)) this.drop(myOldest);
    this.open.set(id, session);
    this.byUser.set(session.user, mine.add(id));
    for (const [oldest, { until }] of this.open) {
      if (this.open.size <= this.most && until > this.clock()) break;
      this.drop(oldest);
    }
  }

  private drop(id: string): void {
    const session = this.open.get(id);
    if (session !== undefined) this.end(id, session);
  }

  private end(id: string, { user }: Session): void {
    this.open.delete(id);
    const mine = this.byUser.get(user);
    mine?.delete(id);
    if (mine?.size === 0) this.byUser.delete(user);
  }
}
