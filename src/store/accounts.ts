/** Chat users who are registered (XEP-0077) or were told what they can set; and what forgets a user. */
import { formatJid, type Jid } from '../address.js';
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

interface Row {
  readonly user: string;
  readonly registered_at: number | null;
  readonly greeted_at: number | null;
}

/** Each has a column `user` with the bare JID. */
const OF_ONE_USER = ['preferences', 'bindings', 'aliases', 'correspondents', 'watched', 'introductions'] as const;

function prepareStatements(db: Db) {
  return {
    all: db.prepare<[], Row>(`SELECT user, registered_at, greeted_at FROM accounts LIMIT ${MOST}`),
    register: db.prepare<[string, number]>('INSERT INTO accounts (user, registered_at) VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET registered_at = excluded.registered_at'),
    greet: db.prepare<[string, number]>('INSERT INTO accounts (user, greeted_at) VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET greeted_at = excluded.greeted_at'),
    unregister: db.prepare<[string]>('UPDATE accounts SET registered_at = NULL WHERE user = ?'),
    forget: OF_ONE_USER.map((table) => db.prepare<[string]>(`DELETE FROM ${table} WHERE user = ?`)),
    contacts: db
      .prepare<[string, string], { contact_local: string; contact_domain: string }>(
        'DELETE FROM subscriptions WHERE user_local = ? AND user_domain = ? RETURNING contact_local, contact_domain',
      ),
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

  /**
   * All that is kept of a user goes, but for the mark that he was told. What waits for him stays.
   * @returns those of ours that were in his roster
   */
  forgetUser(user: Jid): Jid[] {
    const name = formatJid(user);
    this.sql.unregister.run(name);
    for (const forget of this.sql.forget) forget.run(name);
    return this.sql.contacts.all(user.local, user.domain).map((row) => ({ kind: 'jid', local: row.contact_local, domain: row.contact_domain, resource: '' }));
  }
}

/** As operations of the engine. */
export function accountOperations(db: Db) {
  const rows = new AccountRows(db);
  return {
    accounts: rows.all.bind(rows),
    register: rows.register.bind(rows),
    greet: rows.greet.bind(rows),
    forgetUser: rows.forgetUser.bind(rows),
  };
}

function accountOf({ user, registered_at: registeredAt, greeted_at: greetedAt }: Row): Account {
  return { user, ...(registeredAt !== null && { registeredAt }), ...(greetedAt !== null && { greetedAt }) };
}
