/** Which contacts were put before which chat user, and which he took out: none comes twice. */
import type { Subscription } from '../edge.js';
import { formatJid } from '../address.js';
import type { Db } from './open.js';

/** Kept of one user; the oldest are forgotten first. */
const MOST = 5_000;
const HOUR = 3600_000;
/** At once, when the user comes. */
const PAGE = 50;

/** A contact of which a user is to be told. */
export interface NewContact {
  /** Bare JID. */
  readonly user: string;
  /** Bare JID at the gateway. */
  readonly contact: string;
  /** The mail address that it stands for. */
  readonly mail: string;
  /** As it calls itself; foreign text. */
  readonly name?: string;
}

/** How many a user is told of. */
export interface IntroductionLimits {
  readonly perHour: number;
  readonly perDay: number;
}

/** Contacts that appear by themselves; users and contacts by bare JID. */
export interface Introductions {
  /**
   * Notes that a contact is to be put before a user who neither has it, nor was told of it, nor took it out.
   * @param parts the same two, as addresses. @param at ms since the epoch
   * @returns `new`: it is to be done, now or when the user comes. `limited`: the user was told of too many; nothing is kept
   */
  introduce(contact: NewContact, parts: Subscription, limits: IntroductionLimits, at: number): Promise<'new' | 'known' | 'limited'>;
  introduced(user: string, contact: string): Promise<void>;
  /** The oldest that were not made yet, 50 at most. */
  waitingIntroductions(user: string): Promise<readonly NewContact[]>;
}

type Row = Omit<NewContact, 'name'> & { readonly name: string | null };

function prepareStatements(db: Db) {
  return {
    has: db.prepare<[string, string], { found: 1 }>('SELECT 1 AS found FROM introductions WHERE user = ? AND contact = ?'),
    subscribed: db.prepare<[string, string, string, string], { found: 1 }>(
      'SELECT 1 AS found FROM subscriptions WHERE user_local = ? AND user_domain = ? AND contact_local = ? AND contact_domain = ?',
    ),
    since: db.prepare<[string, number], { count: number }>("SELECT count(*) AS count FROM introductions WHERE user = ? AND at > ? AND state <> 'removed'"),
    put: db.prepare<[string, string, string, string | null, string, number]>(
      `INSERT INTO introductions (user, contact, mail, name, state, at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (user, contact) DO UPDATE SET state = excluded.state`,
    ),
    isLeaving: db.prepare<[string], { found: 1 }>('SELECT 1 AS found FROM accounts WHERE user = ? AND left_at IS NOT NULL'),
    made: db.prepare<[string, string]>("UPDATE introductions SET state = 'made' WHERE user = ? AND contact = ? AND state = 'waiting'"),
    waiting: db.prepare<[string], Row>(`SELECT user, contact, mail, name FROM introductions WHERE user = ? AND state = 'waiting' ORDER BY at LIMIT ${PAGE}`),
    forget: db.prepare<[string, string]>(`DELETE FROM introductions WHERE user = ? AND contact IN (SELECT contact FROM introductions WHERE user = ? ORDER BY at DESC LIMIT -1 OFFSET ${MOST})`),
  };
}

export class IntroductionTable {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  /**
   * Notes that a contact is to be put before a user, who neither has it nor was told of it nor took it out.
   * @param at ms since the epoch. @returns `new`: it is to be done. `limited`: the user was told of too many; nothing is kept
   */
  introduce({ user, contact, mail, name }: NewContact, parts: Subscription, limits: IntroductionLimits, at: number): 'new' | 'known' | 'limited' {
    const { user: who, contact: whom } = parts;
    if (this.sql.has.get(user, contact) !== undefined) return 'known';
    if (this.sql.subscribed.get(who.local, who.domain, whom.local, whom.domain) !== undefined) return 'known';
    const { perHour, perDay } = limits;
    if (this.since(user, at - HOUR) >= perHour || this.since(user, at - 24 * HOUR) >= perDay) return 'limited';
    this.sql.put.run(user, contact, mail, name ?? null, 'waiting', at);
    this.sql.forget.run(user, user);
    return 'new';
  }

  introduced(user: string, contact: string): void {
    this.sql.made.run(user, contact);
  }

  waitingIntroductions(user: string): NewContact[] {
    return this.sql.waiting.all(user).map(({ name, ...row }) => ({ ...row, ...(name !== null && { name }) }));
  }

  /**
   * The user took the contact out of the roster. Anybody can say so of any contact: of one that he neither had nor was told of, nothing is kept;
   * nor of one that went with all the others because he was forgotten.
   * @param had it was in the roster
   */
  removed({ user, contact }: Subscription, had: boolean): void {
    const name = formatJid(user);
    if (contact.local === '' || (!had && this.sql.has.get(name, formatJid(contact)) === undefined)) return;
    if (this.sql.isLeaving.get(name) !== undefined) return;
    this.sql.put.run(name, formatJid(contact), '', null, 'removed', Date.now());
    this.sql.forget.run(name, name);
  }

  private since(user: string, at: number): number {
    return this.sql.since.get(user, at)?.count ?? 0;
  }
}
