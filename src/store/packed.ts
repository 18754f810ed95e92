/**
 * How messages travel between the store and its thread: as the text that is kept, since an object graph costs more to copy than
 * to write and read. Pure.
 */
import type { Address } from '../address.js';
import type { Message, ReplyContext } from '../message.js';
import type { LaneId, Settlement, SettlementReport } from './lanes.js';
import type { NewDelivery, NewMessage } from './new-message.js';

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

export function packMessages(messages: readonly NewMessage[]): PackedMessage[] {
  return messages.map(({ message, deliveries }) => ({ json: JSON.stringify(message), deliveries }));
}

export function packReports(reports: readonly SettlementReport[]): PackedReport[] {
  return reports.map(({ message, ...rest }) => ({ json: JSON.stringify(message), ...rest }));
}

export function unpackContent({ json, recipient, damaged }: PackedContent): { message: Message; recipient: Address; damaged?: true } {
  return { message: JSON.parse(json) as Message, recipient: JSON.parse(recipient) as Address, ...(damaged && { damaged }) };
}
