/** Keeps new messages: the repeat window, the message, its deliveries, their lanes and their place in a conversation. */
import { formatAddress } from '../address.js';
import type { Message, OutletName } from '../message.js';
import type { Contents } from './contents.js';
import type { Conversations, SharedParent } from './conversation.js';
import type { Db } from './open.js';
import type { PackedAccept, PackedMessage } from './packed.js';
import { laneKey } from './rows.js';
import { seal } from './seal.js';
import { StoreError, type ClaimRoom, type NewDelivery } from './store.js';

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
    addLane: db.prepare<[string, string, number, number]>('INSERT INTO lanes (key, outlet, due_at, claimed) VALUES (?, ?, ?, ?)'),
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

  /** @param room what may be claimed at once; nothing when absent */
  accept(messages: readonly PackedMessage[], room?: ClaimRoom): PackedAccept {
    const claims = new ClaimsAtOnce(room);
    const seqs = messages.map((one) => this.acceptOne(one, claims));
    return { seqs, claimed: claims.claimed };
  }

  private acceptOne({ json, deliveries }: PackedMessage, claims: ClaimsAtOnce): number[] {
    const message = JSON.parse(json) as Message;
    const repeats = deliveries.map((delivery) => this.isRepeat(message, delivery));
    if (!repeats.includes(false)) return repeats.map(() => 0);
    if (message.original !== undefined) this.keepOriginal(message.original, message.acceptedAt);
    const added = this.sql.message.run(message.id, formatAddress(message.sender), message.acceptedAt, seal(json));
    const num = Number(added.lastInsertRowid);
    const shared = deliveries.length < 2 ? undefined : this.conversations.sharedParent(message, deliveries.map(({ recipient }) => recipient));
    return deliveries.map((delivery, i) => (repeats[i] === true ? 0 : this.addDelivery(num, message, delivery, { claims, shared })));
  }

  private isRepeat({ acceptedAt }: Message, { sourceKey }: NewDelivery): boolean {
    return sourceKey !== undefined && this.sql.seen.get(sourceKey, acceptedAt - this.options.repeatWindow) !== undefined;
  }

  private keepOriginal(id: string, acceptedAt: number): void {
    if (!this.contents.keep(id, acceptedAt)) throw new StoreError('the original of the message was not stored whole');
  }

  private addDelivery(num: number, message: Message, delivery: NewDelivery, { claims, shared }: { claims: ClaimsAtOnce; shared: SharedParent | undefined }): number {
    const { outlet, recipient, dueAt, warnAt, expiresAt } = delivery;
    const key = laneKey(outlet, message.sender, recipient);
    const waiting = this.sql.lane.get(key);
    const claim = waiting === undefined && claims.allow(delivery);
    const lane = waiting ?? Number(this.sql.addLane.run(key, outlet, dueAt, claim ? 1 : 0).lastInsertRowid);
    const attention = Math.min(warnAt ?? expiresAt, expiresAt);
    const address = formatAddress(recipient);
    const added = this.sql.delivery.run(num, lane, outlet, dueAt, expiresAt, attention, address, seal(JSON.stringify(recipient)));
    const seq = Number(added.lastInsertRowid);
    if (delivery.sourceKey !== undefined) this.sql.see.run(seq, delivery.sourceKey, message.acceptedAt);
    this.conversations.add(seq, message, recipient, shared);
    if (claim) claims.add({ lane: String(lane), seq, context: this.conversations.contextOf(seq) });
    return seq;
  }
}

/** Collects what an accept claims, as far as its caller has room. */
class ClaimsAtOnce {
  readonly claimed: PackedAccept['claimed'][number][] = [];
  private readonly left: Record<OutletName, number>;

  constructor(private readonly room: ClaimRoom | undefined) {
    this.left = { xmpp: 0, smtp: 0, ...room?.most };
  }

  allow({ outlet, dueAt }: NewDelivery): boolean {
    return this.room !== undefined && dueAt <= this.room.now && this.left[outlet]-- > 0;
  }

  add(claim: PackedAccept['claimed'][number]): void {
    this.claimed.push(claim);
  }
}
