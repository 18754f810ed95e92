/** Hands out what is due, lane by lane, and what is overdue. */
import type { Address } from '../address.js';
import type { Delivery, Message, OutletName } from '../message.js';
import type { Conversations } from './conversation.js';
import type { Db } from './open.js';
import { readFailure } from './rows.js';
import type { ClaimedLane, Overdue } from './store.js';

/** A claim ends early when this much message JSON is in it (UTF-16 units), so that its memory is bounded. */
const MOST_TEXT = 8 << 20;

interface WaitingRow {
  readonly seq: number;
  readonly attempts: number;
  readonly due_at: number;
  readonly recipient_json: string;
  readonly json: string;
}

interface OverdueRow extends WaitingRow {
  readonly lane: number;
  readonly outlet: OutletName;
  readonly expires_at: number;
  readonly last_failure: string | null;
}

/** Both are one step in an index that holds only what may be claimed, whatever else waits. */
export const CLAIM_LANES = 'SELECT num FROM lanes WHERE outlet = ? AND claimed = 0 AND due_at <= ? ORDER BY due_at LIMIT ?';
export const NEXT_DUE = 'SELECT MIN(due_at) FROM lanes WHERE outlet = ? AND claimed = 0';
export const HEAD_OF_LANE = `SELECT d.seq, d.attempts, d.due_at, d.recipient_json, m.json
  FROM deliveries d JOIN messages m ON m.num = d.message
  WHERE d.lane = ? AND d.state = 'waiting' ORDER BY d.seq LIMIT ?`;
export const OVERDUE = `SELECT d.seq, d.attempts, d.recipient_json, m.json, d.lane, d.outlet, l.due_at, d.expires_at, d.last_failure
  FROM deliveries d CROSS JOIN lanes l ON l.num = d.lane CROSS JOIN messages m ON m.num = d.message
  WHERE d.attention_at <= @now AND l.claimed = 0 AND (@outlet IS NULL OR d.outlet = @outlet)
  ORDER BY d.attention_at LIMIT @most`;

function prepareStatements(db: Db) {
  return {
    lanes: db.prepare<[string, number, number], number>(CLAIM_LANES).pluck(),
    head: db.prepare<[number, number], WaitingRow>(HEAD_OF_LANE),
    claim: db.prepare<[number]>('UPDATE lanes SET claimed = 1 WHERE num = ?'),
    forgetLane: db.prepare<[number]>('DELETE FROM lanes WHERE num = ?'),
    postpone: db.prepare<[number, number]>('UPDATE lanes SET due_at = ? WHERE num = ?'),
    nextDue: db.prepare<[string], number | null>(NEXT_DUE).pluck(),
    overdue: db.prepare<[{ now: number; outlet: string | null; most: number }], OverdueRow>(OVERDUE),
  };
}

export class Claims {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(
    db: Db,
    private readonly conversations: Conversations,
  ) {
    this.sql = prepareStatements(db);
  }

  claim(outlet: OutletName, most: number, perLane: number, now: number): ClaimedLane[] {
    const claimed: ClaimedLane[] = [];
    let left = most;
    let text = 0;
    for (const lane of this.sql.lanes.all(outlet, now, most)) {
      if (left <= 0 || text > MOST_TEXT) break;
      const rows = this.head(lane, Math.min(perLane, left), now);
      if (rows.length === 0) continue;
      this.sql.claim.run(lane);
      claimed.push({ lane: String(lane), deliveries: rows.map((row) => this.delivery(row, outlet)) });
      left -= rows.length;
      for (const row of rows) text += row.json.length;
    }
    return claimed;
  }

  nextDue(outlet: OutletName): number | undefined {
    return this.sql.nextDue.get(outlet) ?? undefined;
  }

  overdue(now: number, most: number, outlet?: OutletName): Overdue[] {
    const rows = this.sql.overdue.all({ now, outlet: outlet ?? null, most });
    for (const lane of new Set(rows.map((row) => row.lane))) this.sql.claim.run(lane);
    return rows.map((row) => {
      const lastFailure = readFailure(row.last_failure);
      return {
        lane: String(row.lane),
        delivery: this.delivery(row, row.outlet),
        what: row.expires_at <= now ? 'expire' : 'warn',
        dueAt: row.due_at,
        expiresAt: row.expires_at,
        ...(lastFailure !== undefined && { lastFailure }),
      };
    });
  }

  /** The lane's first deliveries, up to one that may not go yet. A lane without any is put right. */
  private head(lane: number, most: number, now: number): WaitingRow[] {
    const rows = this.sql.head.all(lane, most);
    const early = rows.findIndex((row) => row.due_at > now);
    if (rows[0] === undefined) this.sql.forgetLane.run(lane);
    else if (early === 0) this.sql.postpone.run(rows[0].due_at, lane);
    return early === -1 ? rows : rows.slice(0, early);
  }

  private delivery(row: WaitingRow, outlet: OutletName): Delivery {
    return {
      seq: row.seq,
      message: JSON.parse(row.json) as Message,
      recipient: JSON.parse(row.recipient_json) as Address,
      outlet,
      attempts: row.attempts,
      context: this.conversations.contextOf(row.seq),
    };
  }
}
