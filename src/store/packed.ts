/**
 * How messages travel between the store and its thread: as the text that is kept, since an object graph costs more to copy than
 * to write and read. Pure.
 */
import type { Address } from '../address.js';
import type { Delivery, Message, OutletName, ReplyContext } from '../message.js';
import type { ClaimedLane, LaneId, Overdue, Settlement, SettlementReport } from './lanes.js';
import type { Kept, NewDelivery, NewMessage } from './new-message.js';
import type { Content } from './recent.js';
import { StoreError } from './store-error.js';

export interface PackedMessage {
  /** `Message`, as it is kept. */
  readonly json: string;
  readonly deliveries: readonly NewDelivery[];
}

export interface PackedReport extends PackedMessage {
  readonly seq?: number;
}

export type PackedSettlement = Omit<Settlement, 'reports'> & { readonly reports: readonly PackedReport[] };

/** The `seq` of each delivery of each message, 0 for a repeat, -1 for what was too late; and what was claimed at once, all of it new. */
export interface PackedAccept {
  readonly seqs: readonly (readonly number[])[];
  readonly claimed: readonly { readonly lane: LaneId; readonly seq: number; readonly context: ReplyContext }[];
}

/** A claimed delivery; without its content when the caller said that it has that already. */
export interface PackedDelivery {
  readonly seq: number;
  readonly attempts: number;
  readonly context: ReplyContext;
  readonly burst?: number;
  readonly content?: PackedContent;
}

export interface PackedContent {
  readonly json: string;
  readonly recipient: string;
  /** Present when this is only what could be made out of it. */
  readonly damaged?: true;
}

export interface PackedLane {
  readonly lane: LaneId;
  readonly deliveries: readonly PackedDelivery[];
}

export interface PackedOverdue extends Omit<Overdue, 'delivery'> {
  readonly outlet: OutletName;
  readonly delivery: PackedDelivery;
}

export function packMessages(messages: readonly NewMessage[]): PackedMessage[] {
  return messages.map(({ message, deliveries }) => ({ json: JSON.stringify(message), deliveries }));
}

export function packReports(reports: readonly SettlementReport[]): PackedReport[] {
  return reports.map(({ message, ...rest }) => ({ json: JSON.stringify(message), ...rest }));
}

export function unpackContent({ json, recipient, damaged }: PackedContent): Content {
  return { message: JSON.parse(json) as Message, recipient: JSON.parse(recipient) as Address, ...(damaged && { damaged }) };
}

/** @param held its content, when it came without */
export function unpackDelivery({ seq, attempts, context, burst, content }: PackedDelivery, outlet: OutletName, held?: Content): Delivery {
  const found = held ?? (content && unpackContent(content));
  if (found === undefined) throw new StoreError(`delivery ${seq} has no content`);
  return { seq, outlet, attempts, context, ...(burst !== undefined && { burst }), ...found };
}

/** A lane that was held: it was claimed with its content. */
export function unpackHeld({ lane, deliveries }: PackedLane): ClaimedLane {
  return { lane, deliveries: deliveries.map((one) => ({ ...unpackDelivery(one, 'xmpp'), held: true })) };
}

/** What a `seq` of a `PackedAccept` says. */
export function keptAs(seq: number): Kept {
  if (seq > 0) return 'stored';
  if (seq === 0) return 'repeat';
  return seq === -1 ? 'too-late' : 'full';
}
