/** Figures for an administrator; a look at all of a day's messages and at all known users, so not for a metric. */
import { newMessageId, type OutletName } from '../message.js';
import { USERS } from './backup-holdings.js';
import type { Db } from './open.js';

export interface Statistics {
  /** Deliveries of messages that were accepted since then, by where they go and what became of them so far. */
  readonly deliveries: readonly { readonly outlet: OutletName; readonly state: 'waiting' | 'handed-over' | 'delivered' | 'failed'; readonly count: number }[];
  /** Of all that wait, whenever it came: how many are held (the recipient is away, or is asked). */
  readonly held: number;
  readonly waiting: number;
  /** Chat users of whom anything is kept, and those of them who have registered. */
  readonly users: number;
  readonly registered: number;
}

export function statisticsOperations(db: Db) {
  const deliveries = db.prepare<[string], Statistics['deliveries'][number]>(
    `SELECT d.outlet, d.state, COUNT(*) AS count FROM messages m JOIN deliveries d ON d.message = m.num
     WHERE m.id >= ? GROUP BY d.outlet, d.state ORDER BY d.outlet, d.state`,
  );
  const figures = db.prepare<[], Omit<Statistics, 'deliveries'>>(
    `SELECT (SELECT COUNT(*) FROM deliveries WHERE state = 'waiting') AS waiting,
       (SELECT COUNT(*) FROM lanes l JOIN deliveries d ON d.lane = l.num AND d.state = 'waiting' WHERE l.held IS NOT NULL) AS held,
       (SELECT COUNT(*) FROM (${USERS.map(([table, column]) => `SELECT ${column} FROM ${table}`).join(' UNION ')})) AS users,
       (SELECT COUNT(*) FROM accounts WHERE registered_at IS NOT NULL) AS registered`,
  );
  return {
    /** @param since ms since the epoch. Ids begin with the time, so that this is a look at the end of an index */
    statistics: (since: number): Statistics => {
      const rest = figures.get();
      if (rest === undefined) throw new Error('a SELECT of figures gave no row');
      return { deliveries: deliveries.all(newMessageId(since).slice(0, 10)), ...rest };
    },
  };
}
