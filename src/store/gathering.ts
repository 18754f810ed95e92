/**
 * Bursts: the lines of a lane that wait for one another, so that they become one mail. An open burst is the lane's waiting
 * deliveries with `gather_until` that have no `burst` yet; all of them are due at the same time, which each new line moves. A burst
 * is closed by its claim, or by what cannot join it: then it has a number, its first `seq`, and never changes again.
 */
import type { Message } from '../message.js';
import type { Conversations } from './conversation.js';
import type { Gather } from './new-message.js';
import type { Db } from './open.js';
import { unseal } from './seal.js';

/** A burst of more lines, or more text (UTF-16 units of messages as they are kept), goes at once. */
export const MOST_LINES = 100;
const MOST_TEXT = 256 * 1024;

interface OpenRow {
  readonly first: number;
  readonly last: number;
  readonly until: number;
  readonly due: number;
  readonly lines: number;
  readonly text: number;
}

/** Where a new line waits. */
export interface Place {
  readonly dueAt: number;
  readonly until: number;
  /** The burst's first delivery; undefined for a line that begins one. */
  readonly first?: number;
}

const OPEN = `state = 'waiting' AND gather_until IS NOT NULL AND burst IS NULL`;

function prepareStatements(db: Db) {
  return {
    open: db.prepare<[number], OpenRow | { first: null }>(
      `SELECT MIN(d.seq) AS first, MAX(d.seq) AS last, MIN(d.gather_until) AS until, MIN(d.due_at) AS due, COUNT(*) AS lines, SUM(length(m.json)) AS text
       FROM deliveries d JOIN messages m ON m.num = d.message WHERE d.lane = ? AND ${OPEN}`,
    ),
    topic: db.prepare<[number], string>('SELECT gather_topic FROM deliveries WHERE seq = ?').pluck(),
    find: db
      .prepare<[number, string, string], number>(
        `SELECT d.seq FROM deliveries d JOIN said s ON s.seq = d.seq
         WHERE d.lane = ? AND ${OPEN} AND (s.stanza = ? OR s.origin = ?) LIMIT 1`,
      )
      .pluck(),
    move: db.prepare<[number, number]>(`UPDATE deliveries SET due_at = ? WHERE lane = ? AND ${OPEN}`),
    lines: db
      .prepare<[number, number, number], string>(
        `SELECT m.json FROM deliveries d JOIN messages m ON m.num = d.message WHERE d.lane = ? AND d.seq BETWEEN ? AND ? AND ${OPEN} ORDER BY d.seq`,
      )
      .pluck(),
    close: db.prepare<[number, number, number]>(`UPDATE deliveries SET due_at = MIN(due_at, ?), burst = ? WHERE lane = ? AND ${OPEN}`),
    moveLane: db.prepare<[{ due: number; lane: number; first: number }]>(
      `UPDATE lanes SET due_at = @due WHERE num = @lane AND claimed = 0
       AND @first = (SELECT MIN(seq) FROM deliveries WHERE lane = @lane AND state = 'waiting')`,
    ),
    lanes: db.prepare<[], number>(`SELECT DISTINCT lane FROM deliveries WHERE ${OPEN}`).pluck(),
    lane: db.prepare<[string], number>('SELECT num FROM lanes WHERE key = ?').pluck(),
  };
}

export class Gathering {
  private readonly sql: ReturnType<typeof prepareStatements>;

  /** Lanes that may have an open burst, so that no other is asked for one. */
  private lanes: Set<number>;

  constructor(
    db: Db,
    private readonly conversations: Conversations,
  ) {
    this.sql = prepareStatements(db);
    this.lanes = new Set(this.sql.lanes.all());
  }

  /** Rows of the file went away, or came back, by a rollback. */
  forget(): void {
    this.lanes = new Set(this.sql.lanes.all());
  }

  /**
   * Where a line waits that comes into a lane, which moves what it joins, and closes what it cannot join.
   * @param lane undefined when nothing waits there
   * @param now ms since the epoch
   */
  place(lane: number | undefined, gather: Gather, now: number): Place {
    const open = lane === undefined ? undefined : this.openIn(lane);
    if (lane !== undefined && open !== undefined) {
      if (this.joins(lane, open, gather, now)) {
        const dueAt = Math.min(open.until, now + gather.quiet);
        this.moveTo(lane, open.first, dueAt);
        return { dueAt, until: open.until, first: open.first };
      }
      this.close(lane, open, now);
    }
    const until = now + gather.longest;
    return { dueAt: Math.min(until, now + gather.quiet), until };
  }

  /** Closes the open burst of a lane, which something that gathers nothing follows. */
  end(lane: number, now: number): void {
    const open = this.openIn(lane);
    if (open !== undefined) this.close(lane, open, now);
  }

  /** The delivery that still waits in an open burst of the lane, by its stanza id or origin-id. */
  find(lane: number | undefined, stanzaId: string, now: number): number | undefined {
    const open = lane === undefined ? undefined : this.openIn(lane);
    return lane === undefined || open === undefined || isComplete(open, now) ? undefined : this.sql.find.get(lane, stanzaId, stanzaId);
  }

  /**
   * The lines of a burst that now closes are known: their conversation is called what their mail is.
   * @param first, last `seq` of its first and last line, while it is open
   */
  closing(lane: number, first: number, last: number): void {
    if (first === last) return;
    const lines = this.sql.lines.all(lane, first, last).flatMap((sealed) => unseal(sealed) ?? []);
    this.conversations.retitle({ first, last }, lines.map((json) => JSON.parse(json) as Message));
  }

  /** A line was stored that `place` found a place for. */
  begun(lane: number): void {
    this.lanes.add(lane);
  }

  /**
   * The open burst of a lane, by the lane's name, becomes due at another time, as far as it may wait.
   * @returns false when there is none
   */
  hold(key: string, dueAt: number, now: number): boolean {
    const lane = this.sql.lane.get(key);
    const open = lane === undefined ? undefined : this.openIn(lane);
    if (lane === undefined || open === undefined || open.due <= now) return false;
    this.moveTo(lane, open.first, Math.min(open.until, dueAt));
    return true;
  }

  private openIn(lane: number): OpenRow | undefined {
    if (!this.lanes.has(lane)) return undefined;
    const row = this.sql.open.get(lane);
    if (row !== undefined && row.first !== null) return row;
    this.lanes.delete(lane);
    return undefined;
  }

  private joins(lane: number, open: OpenRow, { topic, changes }: Gather, now: number): boolean {
    if (isComplete(open, now)) return false;
    if (changes !== undefined && this.find(lane, changes, now) !== undefined) return true;
    return isSameTopic(JSON.parse(this.sql.topic.get(open.first) ?? 'null') as Gather['topic'] | null, topic);
  }

  private moveTo(lane: number, first: number, due: number): void {
    this.sql.move.run(due, lane);
    this.sql.moveLane.run({ due, lane, first });
  }

  private close(lane: number, { first, last }: OpenRow, now: number): void {
    this.closing(lane, first, last);
    this.sql.close.run(now, first, lane);
    this.sql.moveLane.run({ due: now, lane, first });
  }
}

/** What is due may have been sent, and its claim lost with the power: it must be the same when it is sent again. */
function isComplete({ due, lines, text }: OpenRow, now: number): boolean {
  return due <= now || lines >= MOST_LINES || text >= MOST_TEXT;
}

/** What must be the same is, and the new line says nothing else of its own. */
function isSameTopic(open: Gather['topic'] | null, added: Gather['topic']): boolean {
  return open !== null && open.same === added.same && (added.own === '' || added.own === open.own);
}
