/** Keeps new messages: the repeat window, the message, its deliveries, their lanes and their place in a conversation. */
import { formatAddress } from '../address.js';
import type { Message } from '../message.js';
import type { Contents } from './contents.js';
import type { Conversations } from './conversation.js';
import type { Db } from './open.js';
import type { PackedMessage } from './packed.js';
import { laneKey } from './rows.js';
import { seal } from './seal.js';
import { StoreError, type NewDelivery } from './store.js';

export interface AcceptOptions {
  /** For how long a source key names the same message, ms. */
  readonly repeatWindow: number;
}

function prepareStatements(db: Db) {
  return {
    seen: db.prepare<[string, number], number>(
        `SELECT 1 FROM seen WHERE key = ? AND at > ?
         AND COALESCE((SELECT state FROM deliveries WHERE seq = seen.delivery), '') <> 'failed'`,
      )
      .pluck(),
    see: db.prepare<[number, string, number]>('INSERT OR REPLACE INTO seen (delivery, key, at) VALUES (?, ?, ?)'),
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

  /** Returns per message and delivery the `seq` it got; 0 for a repeat. */
  accept(messages: readonly PackedMessage[]): number[][] {
    return messages.map((one) => this.acceptOne(one));
  }

  private acceptOne({ json, deliveries }: PackedMessage): number[] {
    const message = JSON.parse(json) as Message;
    const repeats = deliveries.map((delivery) => this.isRepeat(message, delivery));
    if (!repeats.includes(false)) return repeats.map(() => 0);
    if (message.original !== undefined) this.keepOriginal(message.original, message.acceptedAt);
    const added = this.sql.message.run(message.id, formatAddress(message.sender), message.acceptedAt, seal(json));
    const num = Number(added.lastInsertRowid);
    return deliveries.map((delivery, i) => (repeats[i] === true ? 0 : this.addDelivery(num, message, delivery)));
  }

  private isRepeat({ acceptedAt }: Message, { sourceKey }: NewDelivery): boolean {
    return sourceKey !== undefined && this.sql.seen.get(sourceKey, acceptedAt - this.options.repeatWindow) !== undefined;
  }

  private keepOriginal(id: string, acceptedAt: number): void {
    if (!this.contents.keep(id, acceptedAt)) throw new StoreError('the original of the message was not stored whole');
  }

  private addDelivery(num: number, message: Message, delivery: NewDelivery): number {
    const { outlet, recipient, dueAt, warnAt, expiresAt } = delivery;
    const lane = this.laneOf(message, delivery);
    const attention = Math.min(warnAt ?? expiresAt, expiresAt);
    const address = formatAddress(recipient);
    const added = this.sql.delivery.run(num, lane, outlet, dueAt, expiresAt, attention, address, seal(JSON.stringify(recipient)));
    const seq = Number(added.lastInsertRowid);
    if (delivery.sourceKey !== undefined) this.sql.see.run(seq, delivery.sourceKey, message.acceptedAt);
    this.conversations.add(seq, message, recipient);
    return seq;
  }

  private laneOf(message: Message, { outlet, recipient, dueAt }: NewDelivery): number {
    const key = laneKey(outlet, message.sender, recipient);
    return this.sql.lane.get(key) ?? Number(this.sql.addLane.run(key, outlet, dueAt).lastInsertRowid);
  }
}
