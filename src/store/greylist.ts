/** What the greylist has seen (src/smtp-in/greylist.ts): hashes of triples and of networks. */
import type { Db } from './open.js';

const DAY = 86_400_000;
/** How long one that has passed is remembered after it came last: a monthly mail is not put off. */
const KEEP_PASSED = 36 * DAY;
/** How long one that never came again is. */
const KEEP_WAITING = 2 * DAY;
/** So many triples of a network have passed: it need not wait any more. */
const PASSES = 5;
/** Bounds the file, about 60 bytes each. What was seen longest ago goes first. */
const MOST_ROWS = 500_000;
const MOST_AT_ONCE = 500;

interface Row {
  readonly first_at: number;
  readonly last_at: number;
  readonly passes: number;
}

function prepareStatements(db: Db) {
  return {
    find: db.prepare<[string], Row>('SELECT first_at, last_at, passes FROM greylist WHERE key = ?'),
    put: db.prepare<[Row & { key: string }]>('INSERT OR REPLACE INTO greylist (key, first_at, last_at, passes) VALUES (@key, @first_at, @last_at, @passes)'),
    prune: db.prepare<[{ passed: number; waiting: number }]>(
      `DELETE FROM greylist WHERE key IN (SELECT key FROM greylist ORDER BY last_at LIMIT ${MOST_AT_ONCE})
       AND (last_at < @passed OR (passes = 0 AND last_at < @waiting))`,
    ),
    waiting: db.prepare<[number]>(`DELETE FROM greylist WHERE key IN (SELECT key FROM greylist WHERE passes = 0 AND last_at < ? ORDER BY last_at LIMIT ${MOST_AT_ONCE})`),
    count: db.prepare<[], number>('SELECT COUNT(*) FROM greylist').pluck(),
    oldest: db.prepare<[number]>('DELETE FROM greylist WHERE key IN (SELECT key FROM greylist ORDER BY last_at LIMIT ?)'),
  };
}

export class GreylistTable {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  operations() {
    return { greyed: this.greyed.bind(this) };
  }

  /** @returns whether there is more */
  prune(now: number): boolean {
    const gone = this.sql.waiting.run(now - KEEP_WAITING).changes + this.sql.prune.run({ passed: now - KEEP_PASSED, waiting: now - KEEP_WAITING }).changes;
    const over = (this.sql.count.get() ?? 0) - MOST_ROWS;
    if (over > 0) this.sql.oldest.run(Math.min(over, MOST_AT_ONCE));
    return gone >= MOST_AT_ONCE || over > MOST_AT_ONCE;
  }

  private greyed(triple: string, network: string, wait: number, now: number): number {
    const site = this.seen(network, now);
    if (site !== undefined && site.passes >= PASSES) return this.passed(network, site, now);
    const known = this.seen(triple, now);
    if (known !== undefined && known.passes > 0) return this.passed(triple, known, now);
    const firstAt = known === undefined ? now : Math.min(known.first_at, now);
    const left = Math.max(0, firstAt + wait - now);
    const passes = left === 0 ? 1 : 0;
    this.sql.put.run({ key: triple, first_at: firstAt, last_at: now, passes });
    if (passes > 0) this.sql.put.run({ key: network, first_at: site?.first_at ?? now, last_at: now, passes: (site?.passes ?? 0) + 1 });
    return left;
  }

  private seen(key: string, now: number): Row | undefined {
    const row = this.sql.find.get(key);
    return row === undefined || row.last_at < now - (row.passes > 0 ? KEEP_PASSED : KEEP_WAITING) ? undefined : row;
  }

  /** A row that is written once a day is enough. */
  private passed(key: string, row: Row, now: number): 0 {
    if (now - row.last_at > DAY) this.sql.put.run({ key, ...row, last_at: now });
    return 0;
  }
}
