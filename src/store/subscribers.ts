/** Who is subscribed to the presence of our contacts. */
import type { Jid } from '../address.js';
import type { Subscription } from '../edge.js';
import type { Db } from './open.js';

const PAGE = 500;

interface Row {
  readonly num: number;
  readonly user_local: string;
  readonly user_domain: string;
  readonly contact_local: string;
  readonly contact_domain: string;
}

/** Where the next page begins; `next` is undefined at the end. */
export interface SubscriptionPage {
  readonly subscriptions: readonly Subscription[];
  readonly next: number | undefined;
}

function prepareStatements(db: Db) {
  return {
    page: db.prepare<[number], Row>(`SELECT * FROM subscriptions WHERE num > ? ORDER BY num LIMIT ${PAGE}`),
    of: db.prepare<[string, string], Pick<Row, 'user_local' | 'user_domain'>>(
      'SELECT user_local, user_domain FROM subscriptions WHERE contact_local = ? AND contact_domain = ?',
    ),
    add: db.prepare<[string, string, string, string]>(
      `INSERT INTO subscriptions (user_local, user_domain, contact_local, contact_domain) VALUES (?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    remove: db.prepare<[string, string, string, string]>(
      'DELETE FROM subscriptions WHERE user_local = ? AND user_domain = ? AND contact_local = ? AND contact_domain = ?',
    ),
  };
}

export class Subscribers {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  page(after: number): SubscriptionPage {
    const rows = this.sql.page.all(after);
    const subscriptions = rows.map((row) => ({
      user: bare(row.user_local, row.user_domain),
      contact: bare(row.contact_local, row.contact_domain),
    }));
    return { subscriptions, next: rows.length < PAGE ? undefined : rows.at(-1)?.num };
  }

  of({ local, domain }: Jid): readonly Jid[] {
    return this.sql.of.all(local, domain).map((row) => bare(row.user_local, row.user_domain));
  }

  add({ user, contact }: Subscription): void {
    this.sql.add.run(user.local, user.domain, contact.local, contact.domain);
  }

  /** @returns whether it was there */
  remove({ user, contact }: Subscription): boolean {
    return this.sql.remove.run(user.local, user.domain, contact.local, contact.domain).changes > 0;
  }
}

function bare(local: string, domain: string): Jid {
  return { kind: 'jid', local, domain, resource: '' };
}
