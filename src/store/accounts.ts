/** Chat users who are registered (XEP-0077) or were told what they can set; and what forgets a user. */
import { formatJid, parseJid, type Jid } from '../address.js';
import type { Departure } from '../edge.js';
import { isFailure } from '../failure.js';
import type { Db } from './open.js';

/** More would be a gateway for several nodes. */
const MOST = 1_000_000;

export interface Account {
  /** Bare JID. */
  readonly user: string;
  /** Both in ms since the epoch. */
  readonly registeredAt?: number;
  readonly greetedAt?: number;
}

/** What was kept of a user, and is not any more. */
export interface Forgotten {
  /** Bare JIDs of ours in his roster; they are told once more (`parted`). */
  readonly contacts: readonly Jid[];
  readonly wasRegistered: boolean;
  /** What is published of his presence is one. */
  readonly hadSettings: boolean;
  readonly mailboxes: number;
  /** Further addresses: kept as given up, so that nobody else gets them. */
  readonly addresses: number;
  /** On who may write to him, open questions too. */
  readonly decisions: number;
  /** Messages that were held for him, and go now. */
  readonly released: number;
}

/** Who is registered, and who was told what can be set. */
export interface AccountStore {
  accounts(): Promise<readonly Account[]>;
  /** @param user bare JID, as everywhere here. @param at ms since the epoch */
  register(user: Jid, at: number): Promise<void>;
  /** He was told, and is never told again. */
  greet(user: Jid, at: number): Promise<void>;
  /** Is there anything that `forgetUser` would forget? */
  isKept(user: Jid): Promise<boolean>;
  /**
   * All that is kept of a user goes, but for the mark that he was told, and his conversations, which end by their age. What was held for
   * him, for whichever reason, is due. He is `leaving` until his contacts are told. @param at ms since the epoch
   */
  forgetUser(user: Jid, at: number): Promise<Forgotten>;
  /** Who was forgotten and has not registered again, while his contacts are yet to be told. */
  leaving(): Promise<readonly Departure[]>;
  /** These contacts of his were told. */
  parted(departure: Departure): Promise<void>;
}

interface Row {
  readonly user: string;
  readonly registered_at: number | null;
  readonly greeted_at: number | null;
}

interface ContactRow {
  readonly contact_local: string;
  readonly contact_domain: string;
}

/** Each has a column `user` with the bare JID. */
const OF_ONE_USER = ['preferences', 'bindings', 'correspondents', 'watched', 'introductions', 'publications', 'presence_states'] as const;
type Table = (typeof OF_ONE_USER)[number];

function prepareStatements(db: Db) {
  return {
    all: db.prepare<[], Row>(`SELECT user, registered_at, greeted_at FROM accounts LIMIT ${MOST}`),
    register: db.prepare<[string, number]>('INSERT INTO accounts (user, registered_at) VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET registered_at = excluded.registered_at, left_at = NULL'),
    greet: db.prepare<[string, number]>('INSERT INTO accounts (user, greeted_at) VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET greeted_at = excluded.greeted_at'),
    registered: db.prepare<[string], number>('SELECT 1 FROM accounts WHERE user = ? AND registered_at IS NOT NULL').pluck(),
    leave: db.prepare<[string, number]>('INSERT INTO accounts (user, left_at) VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET registered_at = NULL, left_at = excluded.left_at'),
    parted: db.prepare<[string]>('UPDATE accounts SET left_at = NULL WHERE user = ? AND left_at IS NOT NULL'),
    nobody: db.prepare<[string]>('DELETE FROM accounts WHERE user = ? AND registered_at IS NULL AND greeted_at IS NULL AND left_at IS NULL'),
    isLeaving: db.prepare<[string], number>('SELECT 1 FROM accounts WHERE user = ? AND left_at IS NOT NULL').pluck(),
    leaving: db.prepare<[], string>('SELECT user FROM accounts WHERE left_at IS NOT NULL ORDER BY left_at').pluck(),
    forget: OF_ONE_USER.map((table) => [table, db.prepare<[string]>(`DELETE FROM ${table} WHERE user = ?`)] as const),
    kept: [...OF_ONE_USER, `(SELECT user FROM aliases WHERE gone = 0)`, `(SELECT held_for AS user FROM lanes WHERE held IS NOT NULL)`].map((table) => db.prepare<[string], number>(`SELECT 1 FROM ${table} WHERE user = ? LIMIT 1`).pluck()),
    wishes: db.prepare<[string]>(`DELETE FROM aliases WHERE user = ? AND kind = 'wanted'`),
    giveUp: db.prepare<[string]>(`UPDATE aliases SET gone = 1, off = 0, note = '', allowed = NULL, expires_at = NULL WHERE user = ? AND gone = 0`),
    held: db.prepare<[string], number>(`SELECT COUNT(*) FROM lanes l CROSS JOIN deliveries d ON d.lane = l.num AND d.state = 'waiting' WHERE l.held IS NOT NULL AND l.held_for = ?`).pluck(),
    release: db.prepare<[number, string]>('UPDATE lanes SET held = NULL, held_for = NULL, due_at = MIN(due_at, ?) WHERE held_for = ? AND held IS NOT NULL'),
    contacts: db.prepare<[string, string], ContactRow>('SELECT contact_local, contact_domain FROM subscriptions WHERE user_local = ? AND user_domain = ?'),
    part: db.prepare<[string, string, string, string]>('DELETE FROM subscriptions WHERE user_local = ? AND user_domain = ? AND contact_local = ? AND contact_domain = ?'),
  };
}

class AccountRows {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  all(): Account[] {
    return this.sql.all.all().map(accountOf);
  }

  /** @param user bare JID. @param at ms since the epoch */
  register(user: Jid, at: number): void {
    this.sql.register.run(formatJid(user), at);
  }

  /** He was told, and is never told again. */
  greet(user: Jid, at: number): void {
    this.sql.greet.run(formatJid(user), at);
  }

  /** Is there anything to forget? */
  isKept(user: Jid): boolean {
    const name = formatJid(user);
    const hasContacts = this.sql.isLeaving.get(name) === undefined && this.contacts(user).length > 0;
    return this.sql.registered.get(name) === 1 || hasContacts || this.sql.kept.some((table) => table.get(name) === 1);
  }

  /**
   * All that is kept of a user goes, but for the mark that he was told, and what was held for him is due. His contacts stay until they were
   * told: it is done again after a crash.
   */
  forgetUser(user: Jid, at: number): Forgotten {
    const name = formatJid(user);
    const wasRegistered = this.sql.registered.get(name) === 1;
    const released = this.sql.held.get(name) ?? 0;
    this.sql.leave.run(name, at);
    const rows = new Map<Table, number>(this.sql.forget.map(([table, forget]) => [table, forget.run(name).changes]));
    this.sql.wishes.run(name);
    const addresses = this.sql.giveUp.run(name).changes;
    this.sql.release.run(at, name);
    const count = (table: Table): number => rows.get(table) ?? 0;
    return { contacts: this.contacts(user), wasRegistered, hadSettings: count('preferences') + count('publications') > 0, mailboxes: count('bindings'), addresses, decisions: count('correspondents'), released };
  }

  /** Who was forgotten, and whose contacts were not told. */
  leaving(): Departure[] {
    return this.sql.leaving.all().flatMap((name) => {
      const user = parseJid(name);
      return isFailure(user) ? [] : [{ user, contacts: this.contacts(user) }];
    });
  }

  /** These contacts were told; nothing happens to who has registered again. */
  parted({ user, contacts }: Departure): void {
    const name = formatJid(user);
    // He has registered again meanwhile.
    if (this.sql.parted.run(name).changes === 0) return;
    for (const { local, domain } of contacts) this.sql.part.run(user.local, user.domain, local, domain);
    this.sql.nobody.run(name);
  }

  private contacts({ local, domain }: Jid): Jid[] {
    return this.sql.contacts.all(local, domain).map((row) => ({ kind: 'jid', local: row.contact_local, domain: row.contact_domain, resource: '' }));
  }
}

/** As operations of the engine. */
export function accountOperations(db: Db) {
  const rows = new AccountRows(db);
  return {
    accounts: rows.all.bind(rows),
    register: rows.register.bind(rows),
    greet: rows.greet.bind(rows),
    isKept: rows.isKept.bind(rows),
    forgetUser: rows.forgetUser.bind(rows),
    leaving: rows.leaving.bind(rows),
    parted: rows.parted.bind(rows),
  };
}

function accountOf({ user, registered_at: registeredAt, greeted_at: greetedAt }: Row): Account {
  return { user, ...(registeredAt !== null && { registeredAt }), ...(greetedAt !== null && { greetedAt }) };
}
