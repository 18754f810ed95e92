/** Hands out what is due, lane by lane, and what is overdue. */
import type { OutletName } from '../message.js';
import type { Conversations } from './conversation.js';
import { MOST_LINES, type Gathering } from './gathering.js';
import type { HeldFor } from './new-message.js';
import type { Db } from './open.js';
import type { PackedContent, PackedDelivery, PackedLane, PackedOverdue } from './packed.js';
import { readFailure } from './rows.js';
import { contentOf, type ContentRow } from './salvage.js';

/** A claim ends early when this much message JSON is in it (UTF-16 units), so that its memory is bounded. */
const MOST_TEXT = 8 << 20;

interface WaitingRow {
  readonly seq: number;
  readonly attempts: number;
  readonly due_at: number;
  readonly burst: number | null;
  readonly gather_until: number | null;
}

interface OverdueRow extends WaitingRow {
  readonly lane: number;
  readonly outlet: OutletName;
  readonly expires_at: number;
  readonly last_failure: string | null;
  readonly held: HeldFor | null;
}

/**
 * The first two are one step in an index that holds only what may be claimed, whatever else waits. With a bare `LIMIT ?`
 * SQLite would prepare the statement anew for every value.
 */
export const CLAIM_LANES = 'SELECT num FROM lanes WHERE outlet = ? AND claimed = 0 AND held IS NULL AND due_at <= ? ORDER BY due_at LIMIT ? + 0';
export const NEXT_DUE = 'SELECT MIN(due_at) FROM lanes WHERE outlet = ? AND claimed = 0 AND held IS NULL';
export const HEAD_OF_LANE = `SELECT seq, attempts, due_at, burst, gather_until FROM deliveries WHERE lane = ? AND state = 'waiting' ORDER BY seq LIMIT ? + 0`;
export const CONTENT = `SELECT m.json, m.id, m.sender, m.accepted_at, d.recipient_json AS recipient, d.recipient AS address, d.outlet
  FROM deliveries d CROSS JOIN messages m ON m.num = d.message WHERE d.seq = ?`;
export const OVERDUE = `SELECT d.seq, d.attempts, d.burst, d.gather_until, d.lane, d.outlet, l.due_at, l.held, d.expires_at, d.last_failure
  FROM deliveries d CROSS JOIN lanes l ON l.num = d.lane
  WHERE d.attention_at <= @now AND l.claimed = 0 AND (@outlet IS NULL OR d.outlet = @outlet)
  ORDER BY d.attention_at LIMIT @most + 0`;

function prepareStatements(db: Db) {
  return {
    lanes: db.prepare<[string, number, number], number>(CLAIM_LANES).pluck(),
    head: db.prepare<[number, number], WaitingRow>(HEAD_OF_LANE),
    content: db.prepare<[number], ContentRow>(CONTENT),
    burst: db.prepare<[number, number, number, number]>(
      `UPDATE deliveries SET burst = ? WHERE lane = ? AND seq BETWEEN ? AND ? AND state = 'waiting' AND gather_until IS NOT NULL AND burst IS NULL`,
    ),
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
    private readonly gathering: Gathering,
  ) {
    this.sql = prepareStatements(db);
  }

  /** The engine's, under their own names. */
  operations() {
    return {
      claim: this.claim.bind(this),
      contents: this.contents.bind(this),
      nextDue: this.nextDue.bind(this),
      overdue: this.overdue.bind(this),
    };
  }

  /** @param knownFrom deliveries from this `seq` on come without their content */
  claim(outlet: OutletName, most: number, perLane: number, now: number, knownFrom = Infinity): PackedLane[] {
    const claimed: PackedLane[] = [];
    let left = most;
    let text = 0;
    for (const lane of this.sql.lanes.all(outlet, now, most)) {
      if (left <= 0 || text > MOST_TEXT) break;
      const rows = this.head(lane, Math.min(perLane, left), now);
      if (rows.length === 0) continue;
      const one = this.claimed(lane, rows, knownFrom);
      claimed.push(one);
      left -= rows.length;
      for (const { content } of one.deliveries) text += content?.json.length ?? 0;
    }
    return claimed;
  }

  /** Claims the first deliveries of a lane that is not claimed; undefined when none may go yet. */
  claimLane(lane: number, most: number, now: number): PackedLane | undefined {
    const rows = this.head(lane, most, now);
    return rows.length === 0 ? undefined : this.claimed(lane, rows, Infinity);
  }

  private claimed(lane: number, rows: WaitingRow[], knownFrom: number): PackedLane {
    this.sql.claim.run(lane);
    this.closeBurst(lane, rows);
    return { lane: String(lane), deliveries: rows.map((row) => this.delivery(row, row.seq < knownFrom)) };
  }

  /** What the deliveries carry; undefined for one that is not kept. */
  contents(seqs: readonly number[]): (PackedContent | undefined)[] {
    return seqs.map((seq) => this.content(seq));
  }

  nextDue(outlet: OutletName): number | undefined {
    return this.sql.nextDue.get(outlet) ?? undefined;
  }

  overdue(now: number, most: number, outlet?: OutletName): PackedOverdue[] {
    const rows = this.sql.overdue.all({ now, outlet: outlet ?? null, most });
    for (const lane of new Set(rows.map((row) => row.lane))) this.sql.claim.run(lane);
    return rows.map((row) => {
      const lastFailure = readFailure(row.last_failure);
      return {
        lane: String(row.lane),
        outlet: row.outlet,
        delivery: this.delivery(row, true),
        what: row.expires_at <= now ? 'expire' : 'warn',
        dueAt: row.due_at,
        expiresAt: row.expires_at,
        ...(lastFailure !== undefined && { lastFailure }),
        ...(row.held !== null && { held: row.held }),
      };
    });
  }

  /** The lane's first deliveries, up to one that may not go yet, the last burst whole. A lane without any is put right. */
  private head(lane: number, most: number, now: number): WaitingRow[] {
    const few = this.sql.head.all(lane, most);
    const mayGoOn = (few.at(-1)?.gather_until ?? null) !== null;
    const rows = !mayGoOn ? few : wholeBursts(this.sql.head.all(lane, most + MOST_LINES), most);
    const early = rows.findIndex((row) => row.due_at > now);
    if (rows[0] === undefined) this.sql.forgetLane.run(lane);
    else if (early === 0) this.sql.postpone.run(rows[0].due_at, lane);
    return early === -1 ? rows : rows.slice(0, early);
  }

  /** From now on it is tried as it is: what has been sent once must not be sent with more in it. */
  private closeBurst(lane: number, rows: WaitingRow[]): void {
    const open = rows.filter(isOpen);
    const [first] = open;
    const last = open.at(-1);
    if (first === undefined || last === undefined) return;
    this.gathering.closing(lane, first.seq, last.seq);
    this.sql.burst.run(first.seq, lane, first.seq, last.seq);
    rows.forEach((row, i) => {
      if (isOpen(row)) rows[i] = { ...row, burst: first.seq };
    });
  }

  private content(seq: number): PackedContent | undefined {
    const row = this.sql.content.get(seq);
    return row && contentOf(row);
  }

  private delivery({ seq, attempts, burst }: WaitingRow, withContent: boolean): PackedDelivery {
    const content = withContent ? this.content(seq) : undefined;
    return { seq, attempts, context: this.conversations.contextOf(seq), ...(burst !== null && { burst }), ...(content && { content }) };
  }
}

function isOpen({ burst, gather_until }: WaitingRow): boolean {
  return gather_until !== null && burst === null;
}

/** The first `most` and what else belongs to the burst of the last one. */
function wholeBursts(rows: WaitingRow[], most: number): WaitingRow[] {
  const last = rows[most - 1];
  let end = most;
  while (end < rows.length && last !== undefined && rows[end]?.burst === last.burst && rows[end]?.gather_until !== null) end++;
  return rows.slice(0, end);
}
