/** Forgets what is past its keeping time, oldest first, a bounded amount at a time. */
import type { Contents } from './contents.js';
import type { Conversations } from './conversation.js';
import type { Incidents } from './incidents.js';
import type { Db } from './open.js';

/** Rows of each table per call. */
const MOST = 500;
const KEEP_TALK = 180 * 86_400_000;

export interface PruneOptions {
  /** How long a message is kept after its last delivery ended, ms. */
  readonly keepMessages: number;
  readonly repeatWindow: number;
}

interface MessageRow {
  readonly num: number;
  readonly accepted_at: number;
  /** When its last delivery ended; null while one waits. */
  readonly ended_at: number | null;
}

function prepareStatements(db: Db) {
  return {
    messages: db.prepare<[number], MessageRow>(
      `SELECT num, accepted_at, (SELECT CASE WHEN MAX(state = 'waiting') THEN NULL ELSE MAX(COALESCE(settled_at, 0)) END
         FROM deliveries WHERE message = num) AS ended_at
       FROM messages WHERE num > ? ORDER BY num LIMIT ${MOST}`,
    ),
    forgetDeliveries: db.prepare<[number]>('DELETE FROM deliveries WHERE message = ?'),
    forgetMessage: db.prepare<[number]>('DELETE FROM messages WHERE num = ?'),
    seen: db.prepare<[number]>(
      `DELETE FROM seen WHERE delivery IN (SELECT delivery FROM seen ORDER BY delivery LIMIT ${MOST}) AND at < ?`,
    ),
    said: db
      .prepare<[number], number>(
        `DELETE FROM said WHERE seq IN (SELECT seq FROM said ORDER BY seq LIMIT ${MOST}) AND at < ? RETURNING pair`,
      )
      .pluck(),
    pair: db.prepare<[number]>('DELETE FROM pairs WHERE num = ? AND NOT EXISTS (SELECT 1 FROM said WHERE pair = pairs.num)'),
  };
}

export class Pruning {
  private readonly sql: ReturnType<typeof prepareStatements>;
  /** Messages up to this one were looked at in this round. */
  private cursor = 0;

  constructor(
    db: Db,
    private readonly options: PruneOptions,
    private readonly contents: Contents,
    private readonly incidents: Incidents,
    private readonly conversations: Conversations,
    /** Tables that forget by themselves. */
    private readonly others: readonly { prune(now: number): boolean }[],
  ) {
    this.sql = prepareStatements(db);
  }

  prune(now: number): boolean {
    const more = [
      this.pruneMessages(now - this.options.keepMessages),
      this.sql.seen.run(now - this.options.repeatWindow).changes === MOST,
      this.pruneTalk(now - KEEP_TALK),
      this.contents.prune(now),
      this.incidents.prune(now, MOST),
      ...this.others.map((table) => table.prune(now)),
    ];
    return more.includes(true);
  }

  private pruneMessages(before: number): boolean {
    const rows = this.sql.messages.all(this.cursor);
    for (const { num, ended_at, accepted_at } of rows) {
      if (ended_at === null || Math.max(ended_at, accepted_at) >= before) continue;
      this.sql.forgetDeliveries.run(num);
      this.sql.forgetMessage.run(num);
    }
    const last = rows.at(-1);
    const more = rows.length === MOST && last !== undefined && last.accepted_at < before;
    this.cursor = more ? last.num : 0;
    return more;
  }

  private pruneTalk(before: number): boolean {
    const pairs = this.sql.said.all(before);
    for (const pair of new Set(pairs)) this.sql.pair.run(pair);
    if (pairs.length > 0) this.conversations.forget();
    return pairs.length === MOST;
  }
}
