/** Ends tries: keeps what became of them, frees their lane, and keeps what the senders are told, all or nothing. */
import type { FailureRecord } from '../failure.js';
import type { Acceptance } from './accept.js';
import type { HeldLanes } from './held.js';
import type { Incidents } from './incidents.js';
import type { Db } from './open.js';
import type { PackedMessage, PackedSettlement } from './packed.js';

function prepareStatements(db: Db) {
  return {
    end: db.prepare<[string, number, string | null, number, number]>(
      `UPDATE deliveries SET state = ?, attempts = attempts + ?, last_failure = ?, settled_at = ?, attention_at = NULL
       WHERE seq = ? AND state = 'waiting'`,
    ),
    defer: db.prepare<[string, number]>(
      `UPDATE deliveries SET attempts = attempts + 1, last_failure = ? WHERE seq = ? AND state = 'waiting'`,
    ),
    warned: db.prepare<[number]>(`UPDATE deliveries SET attention_at = expires_at WHERE seq = ? AND state = 'waiting'`),
    head: db
      .prepare<[number], number>(`SELECT due_at FROM deliveries WHERE lane = ? AND state = 'waiting' ORDER BY seq LIMIT 1`)
      .pluck(),
    free: db.prepare<[number, number]>('UPDATE lanes SET claimed = 0, due_at = ? WHERE num = ?'),
    forgetLane: db.prepare<[number]>('DELETE FROM lanes WHERE num = ?'),
    amend: db.prepare<[string, string | null, number, string]>(
      `UPDATE deliveries SET state = ?, last_failure = ?, attention_at = NULL WHERE seq = ? AND state NOT IN (?, 'failed')`,
    ),
    drop: db.prepare<[string, number, number], { lane: number; message: number; recipient: string }>(
      `UPDATE deliveries SET state = 'failed', last_failure = ?, settled_at = ?, attention_at = NULL
       WHERE seq = ? AND state = 'waiting' AND (SELECT claimed FROM lanes l WHERE l.num = lane) = 0
       RETURNING lane, message, recipient`,
    ),
    message: db.prepare<[number], { id: string; sender: string }>('SELECT id, sender FROM messages WHERE num = ?'),
    laneDue: db.prepare<[number], number>('SELECT due_at FROM lanes WHERE num = ?').pluck(),
  };
}

export class Settlements {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(
    db: Db,
    private readonly acceptance: Acceptance,
    private readonly incidents: Incidents,
    private readonly held: HeldLanes,
  ) {
    this.sql = prepareStatements(db);
  }

  /** The engine's, under their own names. */
  operations() {
    return {
      settle: this.settle.bind(this),
      amend: this.amend.bind(this),
      drop: this.drop.bind(this),
    };
  }

  settle({ lane, ended, deferred, warned, held, dueAt, at, reports, incidents }: PackedSettlement): boolean {
    const endedBefore = new Set<number | undefined>();
    for (const { seq, state, failure } of ended) {
      const tries = failure?.reason === 'expired' ? 0 : 1;
      if (this.sql.end.run(state, tries, write(failure), at, seq).changes === 0) endedBefore.add(seq);
    }
    for (const { seq, failure } of deferred) this.sql.defer.run(JSON.stringify(failure), seq);
    for (const seq of warned ?? []) if (this.sql.warned.run(seq).changes === 0) endedBefore.add(seq);
    if (held !== undefined) this.held.holdAway(Number(lane), held);
    const waits = dueAt === undefined || this.free(Number(lane), dueAt);
    this.acceptance.accept(reports.filter(({ seq }) => !endedBefore.has(seq)));
    for (const incident of incidents ?? []) this.incidents.record(incident);
    return waits;
  }

  amend(seq: number, state: 'delivered' | 'failed', failure: FailureRecord | undefined, reports: readonly PackedMessage[]): boolean {
    if (this.sql.amend.run(state, write(failure), seq, state).changes === 0) return false;
    this.acceptance.accept(reports);
    return true;
  }

  drop(seq: number, failure: FailureRecord, reports: readonly PackedMessage[], now: number): boolean {
    const dropped = this.sql.drop.get(JSON.stringify(failure), now, seq);
    if (dropped === undefined) return false;
    this.free(dropped.lane, this.sql.laneDue.get(dropped.lane) ?? now);
    const message = this.sql.message.get(dropped.message);
    const from = message?.sender ?? '';
    this.incidents.record({ at: now, what: 'dropped', from, to: dropped.recipient, ...(message && { message: message.id }), failure });
    this.acceptance.accept(reports);
    return true;
  }

  /** The lane may be claimed again, not before its new head may go; an empty one is forgotten. @returns whether it has one */
  private free(lane: number, dueAt: number): boolean {
    const head = this.sql.head.get(lane);
    if (head === undefined) this.sql.forgetLane.run(lane);
    else this.sql.free.run(Math.max(dueAt, head), lane);
    return head !== undefined;
  }
}

function write(failure: FailureRecord | undefined): string | null {
  return failure === undefined ? null : JSON.stringify(failure);
}
