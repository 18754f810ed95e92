/** The queue as an administrator sees it. */
import type { Message, MessageId, OutletName } from '../message.js';
import type { Db } from './open.js';
import { unseal } from './seal.js';
import { ENTRY_COLUMNS, readEntry, type EntryRow } from './rows.js';
import type { BurstLine, QueueCounts, QueueEntry, QueueFilter } from './queue-entries.js';

const MOST_LISTED = 1_000;

/** Written as text, not bound: only so can SQLite use the index of what waits. */
const STATES: Record<QueueEntry['state'], string> = {
  waiting: "d.state = 'waiting'",
  'handed-over': "d.state = 'handed-over'",
  delivered: "d.state = 'delivered'",
  failed: "d.state = 'failed'",
};

const MATCHES = `(@match IN (m.sender, d.recipient, m.id) OR substr(d.recipient, 1, length(@match) + 1) = @match || '/')`;

function prepareStatements(db: Db) {
  return {
    message: db.prepare<[string], { num: number; json: string }>('SELECT num, json FROM messages WHERE id = ?'),
    entries: db.prepare<[number], EntryRow>(`SELECT ${ENTRY_COLUMNS} WHERE d.message = ? ORDER BY d.seq`),
    burst: db.prepare<[{ seq: number }], EntryRow & { readonly json: string }>(
      `SELECT m.json, ${ENTRY_COLUMNS} WHERE d.seq = @seq OR d.burst = (SELECT burst FROM deliveries WHERE seq = @seq) ORDER BY d.seq`,
    ),
    waiting: db.prepare<[string], { count: number; oldest: number | null }>(
      `SELECT COUNT(*) AS count, MIN(seq) AS oldest FROM deliveries WHERE state = 'waiting' AND outlet = ?`,
    ),
    acceptedAt: db
      .prepare<[number], number>('SELECT m.accepted_at FROM deliveries d JOIN messages m ON m.num = d.message WHERE d.seq = ?')
      .pluck(),
    laneOf: db.prepare<[number], number>(`SELECT lane FROM deliveries d WHERE seq = ? AND state = 'waiting' AND NOT EXISTS (SELECT 1 FROM lanes l WHERE l.num = d.lane AND held = 'consent')`).pluck(),
    hurry: db.prepare<[number, number, number]>(
      `UPDATE deliveries SET due_at = MIN(due_at, ?) WHERE lane = ? AND state = 'waiting' AND (seq <= ? OR (gather_until IS NOT NULL AND burst IS NULL))`,
    ),
    hurryLane: db.prepare<[number, number]>(`UPDATE lanes SET due_at = ?, held = NULL, held_for = NULL WHERE num = ?`),
  };
}

export class Administration {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(private readonly db: Db) {
    this.sql = prepareStatements(db);
  }

  /** The engine's, under their own names. */
  operations() {
    return {
      message: this.message.bind(this),
      burstOf: this.burstOf.bind(this),
      list: this.list.bind(this),
      counts: this.counts.bind(this),
      retry: this.retry.bind(this),
      check: this.check.bind(this),
    };
  }

  message(id: MessageId): { message: Message; deliveries: QueueEntry[] } | undefined {
    const row = this.sql.message.get(id);
    const json = row && unseal(row.json);
    if (row === undefined || json === undefined) return undefined;
    return { message: JSON.parse(json) as Message, deliveries: this.sql.entries.all(row.num).map(readEntry) };
  }

  burstOf(seq: number): BurstLine[] {
    return this.sql.burst.all({ seq }).flatMap((row) => {
      const json = unseal(row.json);
      return json === undefined ? [] : [{ message: JSON.parse(json) as Message, entry: readEntry(row) }];
    });
  }

  /** Newest first. */
  list({ match, state, seq, limit }: QueueFilter): QueueEntry[] {
    const asked = [match !== undefined && MATCHES, state !== undefined && STATES[state], seq !== undefined && 'd.seq = @seq'];
    const conditions = asked.filter((condition) => condition !== false);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const select = this.db.prepare<[object], EntryRow>(`SELECT ${ENTRY_COLUMNS} ${where} ORDER BY d.seq DESC LIMIT @limit`);
    return select.all({ match, seq, limit: Math.min(limit, MOST_LISTED) }).map(readEntry);
  }

  counts(now: number): QueueCounts {
    const [xmpp, smtp] = [this.waiting('xmpp', now), this.waiting('smtp', now)];
    return { waiting: { xmpp: xmpp.count, smtp: smtp.count }, oldest: { xmpp: xmpp.age, smtp: smtp.age } };
  }

  retry(seq: number, now: number): boolean {
    const lane = this.sql.laneOf.get(seq);
    if (lane === undefined) return false;
    this.sql.hurry.run(now, lane, seq);
    this.sql.hurryLane.run(now, lane);
    return true;
  }

  /** Writes a page, and nothing new on it. */
  check(): void {
    const version = this.db.pragma('user_version', { simple: true }) as number;
    this.db.pragma(`user_version = ${version}`);
  }

  private waiting(outlet: OutletName, now: number): { count: number; age: number } {
    const { count, oldest } = this.sql.waiting.get(outlet) ?? { count: 0, oldest: null };
    const since = oldest === null ? undefined : this.sql.acceptedAt.get(oldest);
    return { count, age: since === undefined ? 0 : Math.max(0, now - since) };
  }
}
