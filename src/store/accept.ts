/** Keeps new messages: the repeat window, the message, its deliveries, their lanes and their place in a conversation. */
import { formatAddress } from '../address.js';
import type { Message } from '../message.js';
import type { Contents } from './contents.js';
import type { Conversations } from './conversation.js';
import type { Db } from './open.js';
import { laneKey } from './rows.js';
import { StoreError, type NewDelivery, type NewMessage } from './store.js';

export interface AcceptOptions {
  /** For how long a source key names the same message, ms. */
  readonly repeatWindow: number;
}

function prepareStatements(db: Db) {
  return {
    see: db.prepare<[string, number, number]>(
      `INSERT INTO seen (key, at) VALUES (?, ?)
       ON CONFLICT (key) DO UPDATE SET at = excluded.at, num = (SELECT MAX(num) + 1 FROM seen)
       WHERE seen.at <= excluded.at - ? OR (SELECT state FROM deliveries WHERE seq = seen.delivery) = 'failed'`,
    ),
    standsFor: db.prepare<[number, string]>('UPDATE seen SET delivery = ? WHERE key = ?'),
    message: db.prepare<[string, string, number, string]>('INSERT INTO messages (id, sender, accepted_at, json) VALUES (?, ?, ?, ?)'),
    delivery: db.prepare<[number, number, string, number, number, number, string, string]>(
      `INSERT INTO deliveries (message, lane, outlet, due_at, expires_at, attention_at, recipient, recipient_json)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    lane: db.prepare<[string], number>('SELECT num FROM lanes WHERE key = ?').pluck(),
    addLane: db.prepare<[string, string, number]>('INSERT INTO lanes (key, outlet, due_at) VALUES (?, ?, ?)'),
  };
}

export class Acceptance {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(
    db: Db,
    private readonly options: AcceptOptions,
    private readonly conversations: Conversations,
    private readonly contents: Contents,
  ) {
    this.sql = prepareStatements(db);
  }

  accept(messages: readonly NewMessage[]): ('stored' | 'repeat')[][] {
    return messages.map((one) => this.acceptOne(one));
  }

  private acceptOne({ message, deliveries }: NewMessage): ('stored' | 'repeat')[] {
    const results = deliveries.map((delivery) => (this.isNew(message, delivery) ? 'stored' : 'repeat'));
    if (!results.includes('stored')) return results;
    if (message.original !== undefined) this.keepOriginal(message.original, message.acceptedAt);
    const { id, acceptedAt } = message;
    const added = this.sql.message.run(id, formatAddress(message.sender), acceptedAt, JSON.stringify(message));
    const num = Number(added.lastInsertRowid);
    deliveries.forEach((delivery, i) => {
      if (results[i] === 'stored') this.addDelivery(num, message, delivery);
    });
    return results;
  }

  private isNew(message: Message, { sourceKey }: NewDelivery): boolean {
    return sourceKey === undefined || this.sql.see.run(sourceKey, message.acceptedAt, this.options.repeatWindow).changes === 1;
  }

  private keepOriginal(id: string, acceptedAt: number): void {
    if (!this.contents.keep(id, acceptedAt)) throw new StoreError('the original of the message was not stored whole');
  }

  private addDelivery(num: number, message: Message, delivery: NewDelivery): void {
    const { outlet, recipient, dueAt, warnAt, expiresAt } = delivery;
    const lane = this.laneOf(message, delivery);
    const attention = Math.min(warnAt ?? expiresAt, expiresAt);
    const address = formatAddress(recipient);
    const added = this.sql.delivery.run(num, lane, outlet, dueAt, expiresAt, attention, address, JSON.stringify(recipient));
    const seq = Number(added.lastInsertRowid);
    if (delivery.sourceKey !== undefined) this.sql.standsFor.run(seq, delivery.sourceKey);
    this.conversations.add(seq, message, recipient);
  }

  private laneOf(message: Message, { outlet, recipient, dueAt }: NewDelivery): number {
    const key = laneKey(outlet, message.sender, recipient);
    return this.sql.lane.get(key) ?? Number(this.sql.addLane.run(key, outlet, dueAt).lastInsertRowid);
  }
}
