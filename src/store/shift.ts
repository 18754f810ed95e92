/** Moves what waits along with a machine whose clock was set. */
import type { Db } from './open.js';

export class Shift {
  private readonly lanes;
  private readonly waiting;
  private readonly announcements;

  constructor(db: Db) {
    this.lanes = db.prepare<[number]>('UPDATE lanes SET due_at = due_at + ?');
    this.announcements = db.prepare<[number]>('UPDATE announcements SET expires_at = expires_at + ?');
    this.waiting = db.prepare<[{ by: number }]>(
      `UPDATE deliveries SET due_at = due_at + @by, expires_at = expires_at + @by, attention_at = attention_at + @by,
       gather_until = gather_until + @by WHERE state = 'waiting'`,
    );
  }

  shift(by: number): number {
    this.lanes.run(by);
    this.announcements.run(by);
    return this.waiting.run({ by }).changes;
  }
}
