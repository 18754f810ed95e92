/** Lanes that are held: their recipient is away, or has not yet said whether the sender may write. A held lane is due at no time. */
import type { Claims } from './claim.js';
import type { PackedLane } from './packed.js';
import type { HeldSender, HeldUser } from './holds.js';
import type { Away } from './lanes.js';
import type { HeldFor } from './new-message.js';
import type { Db } from './open.js';

/** The first ones over all lanes of a user, in the order they were stored, whoever wrote them. */
export const HELD_HEADS = `SELECT d.lane, d.seq FROM lanes l CROSS JOIN deliveries d ON d.lane = l.num AND d.state = 'waiting'
  WHERE l.held_for = ? AND l.held = 'away' AND l.claimed = 0 AND l.due_at <= ? AND d.due_at <= ? ORDER BY d.seq LIMIT ? + 0`;
const COUNT = `SELECT COUNT(*) FROM lanes l CROSS JOIN deliveries d ON d.lane = l.num AND d.state = 'waiting' WHERE l.held IS NOT NULL`;

function prepareStatements(db: Db) {
  return {
    hold: db.prepare<[HeldFor, string, number]>(
      `UPDATE lanes SET held = ?, held_for = ? WHERE num = ? AND (held IS NULL OR held = 'away')`,
    ),
    keep: db.prepare<[number, number, number]>(
      `UPDATE deliveries SET expires_at = due_at + ?, attention_at = due_at + ? WHERE lane = ? AND state = 'waiting'`,
    ),
    isFree: db.prepare<[number], number>('SELECT 1 FROM lanes WHERE num = ? AND held IS NULL').pluck(),
    heads: db.prepare<[string, number, number, number], { lane: number; seq: number }>(HELD_HEADS),
    users: db.prepare<[], HeldUser>(
      `SELECT l.held_for AS user, COUNT(*) AS count FROM lanes l CROSS JOIN deliveries d ON d.lane = l.num AND d.state = 'waiting'
       WHERE l.held IS NOT NULL GROUP BY l.held_for`,
    ),
    count: db.prepare<[string], number>(`${COUNT} AND l.held_for = ?`).pluck(),
    senders: db.prepare<[], HeldSender>(
      `SELECT DISTINCT l.held_for AS user, m.sender FROM lanes l CROSS JOIN deliveries d ON d.lane = l.num AND d.state = 'waiting'
       JOIN messages m ON m.num = d.message WHERE l.held = 'consent'`,
    ),
    consent: db.prepare<[string], number>(`SELECT num FROM lanes WHERE key = ? AND held = 'consent' AND claimed = 0`).pluck(),
    isHeld: db.prepare<[string], number>(`SELECT 1 FROM lanes WHERE key = ? AND held = 'consent'`).pluck(),
    asked: db.prepare<[string], { num: number; claimed: number }>(`SELECT num, claimed FROM lanes WHERE held_for = ? AND held = 'consent' ORDER BY claimed LIMIT 1`),
    release: db.prepare<[number, string]>(`UPDATE lanes SET held = NULL, held_for = NULL, due_at = MIN(due_at, ?) WHERE key = ? AND held = 'consent'`),
    letGo: db.prepare<[string]>(`UPDATE lanes SET held = NULL, held_for = NULL WHERE held_for = ? AND held = 'away'`),
  };
}

export class HeldLanes {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(
    db: Db,
    private readonly claims: Claims,
  ) {
    this.sql = prepareStatements(db);
  }

  users(): HeldUser[] {
    return this.sql.users.all();
  }

  senders(): HeldSender[] {
    return this.sql.senders.all();
  }

  count(user: string): number {
    return this.sql.count.get(user) ?? 0;
  }

  claim(user: string, most: number, now: number): PackedLane[] {
    const lanes = new Map<number, number>();
    for (const { lane } of this.sql.heads.all(user, now, now, most)) lanes.set(lane, (lanes.get(lane) ?? 0) + 1);
    return [...lanes].flatMap(([lane, count]) => this.claims.claimLane(lane, count, now) ?? []);
  }

  claimConsent(key: string, most: number, now: number): PackedLane | 'busy' | undefined {
    const lane = this.sql.consent.get(key);
    if (lane !== undefined) return this.claims.claimLane(lane, most, now);
    return this.sql.isHeld.get(key) === undefined ? undefined : 'busy';
  }

  claimAsked(user: string, most: number, now: number): PackedLane | 'busy' | undefined {
    const lane = this.sql.asked.get(user);
    if (lane === undefined) return undefined;
    return lane.claimed === 1 ? 'busy' : this.claims.claimLane(lane.num, most, now);
  }

  releaseConsent(key: string, now: number): boolean {
    return this.sql.release.run(now, key).changes > 0;
  }

  letGo(user: string): boolean {
    return this.sql.letGo.run(user).changes > 0;
  }

  /** What waits in the lane is kept as long as the recipient says; a lane that was held before keeps its times. */
  holdAway(lane: number, { user, keep, warn }: Away): void {
    if (this.sql.isFree.get(lane) === undefined) return;
    this.sql.keep.run(keep, Math.min(warn, keep), lane);
    this.hold(lane, 'away', user);
  }

  /** Consent outweighs absence: who is asked must answer first. */
  hold(lane: number, held: HeldFor, user: string): void {
    this.sql.hold.run(held, user, lane);
  }
}

/** The engine's, under their own names. */
export function heldOperations(held: HeldLanes) {
  return {
    heldUsers: held.users.bind(held),
    heldSenders: held.senders.bind(held),
    heldCount: held.count.bind(held),
    claimHeld: held.claim.bind(held),
    claimConsent: held.claimConsent.bind(held),
    claimAsked: held.claimAsked.bind(held),
    releaseConsent: held.releaseConsent.bind(held),
    letGo: held.letGo.bind(held),
  };
}
