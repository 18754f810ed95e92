/** Keeps new messages: the repeat window, the message, its deliveries, their lanes and their place in a conversation. */
import { formatAddress } from '../address.js';
import type { Message, OutletName } from '../message.js';
import type { Contents } from './contents.js';
import type { SharedParent } from './answered.js';
import type { Conversations } from './conversation.js';
import type { Gathering, Place } from './gathering.js';
import type { HeldLanes } from './held.js';
import type { Db } from './open.js';
import type { PackedAccept, PackedMessage } from './packed.js';
import { bareUser, laneKey } from './rows.js';
import { seal } from './seal.js';
import type { ClaimRoom } from './lanes.js';
import type { NewDelivery } from './new-message.js';
import { StoreError } from './store-error.js';

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
    delivery: db.prepare<[number, number, string, number, number, number, string, string, number | null, string | null]>(
      `INSERT INTO deliveries (message, lane, outlet, due_at, expires_at, attention_at, recipient, recipient_json, gather_until, gather_topic)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    lane: db.prepare<[string], number>('SELECT num FROM lanes WHERE key = ?').pluck(),
    addLane: db.prepare<[string, string, number, number]>('INSERT INTO lanes (key, outlet, due_at, claimed) VALUES (?, ?, ?, ?)'),
  };
}

/** In place of a `seq`, for what is not kept. */
const REPEAT = 0;
const TOO_LATE = -1;
const FULL = -2;

export class Acceptance {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(
    db: Db,
    private readonly options: AcceptOptions,
    private readonly conversations: Conversations,
    private readonly contents: Contents,
    private readonly gathering: Gathering,
    private readonly held: HeldLanes,
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
    const refused = deliveries.map((delivery) => this.refusal(message, delivery));
    if (!refused.includes(undefined)) return refused.map((code) => code ?? REPEAT);
    if (message.original !== undefined) this.keepOriginal(message.original, message.acceptedAt);
    const added = this.sql.message.run(message.id, formatAddress(message.sender), message.acceptedAt, seal(json));
    const num = Number(added.lastInsertRowid);
    const shared = deliveries.length < 2 ? undefined : this.conversations.sharedParent(message, deliveries.map(({ recipient }) => recipient));
    return deliveries.map((delivery, i) => refused[i] ?? this.addDelivery(num, message, delivery, { claims, shared }));
  }

  /** Undefined for what is to be kept. */
  private refusal(message: Message, delivery: NewDelivery): typeof REPEAT | typeof TOO_LATE | typeof FULL | undefined {
    if (this.isRepeat(message, delivery)) return REPEAT;
    const { outlet, recipient, recalls, quota } = delivery;
    if (quota !== undefined && this.held.count(bareUser(recipient)) >= quota) return FULL;
    if (recalls === undefined) return undefined;
    const lane = this.sql.lane.get(laneKey(outlet, message.sender, recipient));
    return this.gathering.find(lane, recalls, delivery.dueAt) === undefined ? TOO_LATE : undefined;
  }

  private isRepeat({ acceptedAt }: Message, { sourceKey }: NewDelivery): boolean {
    return sourceKey !== undefined && this.sql.seen.get(sourceKey, acceptedAt - this.options.repeatWindow) !== undefined;
  }

  private keepOriginal(id: string, acceptedAt: number): void {
    if (!this.contents.keep(id, acceptedAt)) throw new StoreError('the original of the message was not stored whole');
  }

  private addDelivery(num: number, message: Message, delivery: NewDelivery, { claims, shared }: { claims: ClaimsAtOnce; shared: SharedParent | undefined }): number {
    const { outlet, recipient, warnAt, expiresAt, gather, hold } = delivery;
    const key = laneKey(outlet, message.sender, recipient);
    const waiting = this.sql.lane.get(key);
    const takenBack = delivery.recalls === undefined ? undefined : this.gathering.find(waiting, delivery.recalls, delivery.dueAt);
    const place = this.placeOf(delivery, waiting);
    const dueAt = place?.dueAt ?? delivery.dueAt;
    const claim = waiting === undefined && place === undefined && hold === undefined && claims.allow(delivery);
    const lane = waiting ?? Number(this.sql.addLane.run(key, outlet, dueAt, claim ? 1 : 0).lastInsertRowid);
    if (hold !== undefined) this.held.hold(lane, hold, bareUser(recipient));
    const attention = Math.min(warnAt ?? expiresAt, expiresAt);
    const address = formatAddress(recipient);
    const topic = gather === undefined ? null : JSON.stringify(gather.topic);
    const added = this.sql.delivery.run(num, lane, outlet, dueAt, expiresAt, attention, address, seal(JSON.stringify(recipient)), place?.until ?? null, topic);
    const seq = Number(added.lastInsertRowid);
    if (place !== undefined) this.gathering.begun(lane);
    if (delivery.sourceKey !== undefined) this.sql.see.run(seq, delivery.sourceKey, message.acceptedAt);
    this.conversations.add(seq, message, recipient, { shared, burst: place?.first });
    // The first gives the mail its id, whatever is left of it.
    if (takenBack !== undefined && takenBack !== place?.first) this.conversations.unmail(takenBack);
    if (claim) claims.add({ lane: String(lane), seq, context: this.conversations.contextOf(seq) });
    return seq;
  }

  /** Undefined for what waits for nothing. */
  private placeOf({ dueAt, gather }: NewDelivery, lane: number | undefined): Place | undefined {
    if (gather !== undefined) return this.gathering.place(lane, gather, dueAt);
    if (lane !== undefined) this.gathering.end(lane, dueAt);
    return undefined;
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
