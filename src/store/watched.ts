/** Chat users who were asked for their presence. */
import type { WatchedUser } from '../edge.js';
import type { Db } from './open.js';

/** More would be a gateway for several nodes. */
const MOST = 1_000_000;

function prepareStatements(db: Db) {
  return {
    all: db.prepare<[], WatchedUser>(`SELECT user, by, state FROM watched LIMIT ${MOST}`),
    watch: db.prepare<[string, string, string]>('INSERT OR REPLACE INTO watched (user, by, state) VALUES (?, ?, ?)'),
    unwatch: db.prepare<[string, string]>('DELETE FROM watched WHERE user = ? AND by = ?'),
  };
}

export class Watched {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  all(): WatchedUser[] {
    return this.sql.all.all();
  }

  watch({ user, by, state }: WatchedUser): void {
    this.sql.watch.run(user, by, state);
  }

  /** Another of ours may be subscribed by now: that one stays. */
  unwatch({ user, by }: WatchedUser): void {
    this.sql.unwatch.run(user, by);
  }
}
