/** How values are written in SQLite's columns, and read back. Pure. */
import { formatAddress, formatBareJid, type Address, type Jid } from '../address.js';
import { addressKey } from '../addressees.js';
import type { FailureRecord } from '../failure.js';
import type { Message, OutletName } from '../message.js';
import { withoutReply } from '../subject.js';
import type { HeldFor } from './new-message.js';
import type { QueueEntry } from './queue-entries.js';

/** A lane's name: one outlet, one sender, one recipient (promise 5). Addresses hold no control characters. */
export function laneKey(outlet: OutletName, sender: Address, recipient: Address): string {
  return `${outlet}\n${sender.kind}:${formatAddress(sender)}\n${recipient.kind}:${formatAddress(recipient)}`;
}

/** The bare JID of a chat user for whom something is held. */
export function bareUser(recipient: Address): string {
  return recipient.kind === 'jid' ? formatBareJid(recipient) : formatAddress(recipient);
}

/**
 * A conversation's two sides: the chat user's bare JID, and the mail address with its case folded as JIDs fold it. What another chat
 * user wrote to him stands under `xmpp:` and the bare JID of that one, and his answers the other way round.
 */
export interface Pair {
  readonly chat: string;
  readonly mail: string;
}

const USER = 'xmpp:';

/** Whose conversation the delivery belongs to; undefined for reports and for what is not between chat and mail. */
export function pairOf(message: Message, recipient: Address): Pair | undefined {
  const { sender } = message;
  if (message.source === 'gateway' || message.report !== undefined) return undefined;
  // What goes to a chat user's mailbox was said to him.
  const reader = sender.kind === 'jid' ? (message.forwardedFor ?? recipient) : recipient;
  if (sender.kind === 'jid' && reader.kind === 'mail') return pair(sender, reader);
  if (reader.kind !== 'jid') return undefined;
  if (sender.kind === 'mail') return pair(reader, sender);
  return { chat: chatSide(reader), mail: USER + chatSide(sender) };
}

/** Where a chat user's answers to another are kept; undefined for what is between chat and mail. */
export function reverseOf({ chat, mail }: Pair): Pair | undefined {
  return mail.startsWith(USER) ? { chat: mail.slice(USER.length), mail: USER + chat } : undefined;
}

function pair(jid: Jid, mail: Address & { kind: 'mail' }): Pair {
  return { chat: chatSide(jid), mail: addressKey(mail) };
}

/** A chat user's bare JID. */
export function chatSide({ local, domain }: Jid): string {
  return `${local}@${domain}`;
}

/** The subject without `Re:` and its kin; undefined when nothing is left. */
export function bareSubject(subject: string | undefined): string | undefined {
  const bare = subject && withoutReply(subject.slice(0, 1000).trim());
  return bare === '' ? undefined : bare;
}

/** An id that came from outside and is worth an index entry; null for a monster. */
export function indexable(id: string | undefined): string | null {
  return id !== undefined && id !== '' && id.length <= 1000 ? id : null;
}

export function readFailure(json: string | null): FailureRecord | undefined {
  return json === null ? undefined : (JSON.parse(json) as FailureRecord);
}

/** The columns of `ENTRY_COLUMNS`. */
export interface EntryRow {
  readonly seq: number;
  readonly id: string;
  readonly outlet: OutletName;
  readonly sender: string;
  readonly recipient: string;
  readonly state: QueueEntry['state'];
  readonly accepted_at: number;
  readonly attempts: number;
  readonly due_at: number;
  readonly lane_due_at: number | null;
  readonly expires_at: number;
  readonly last_failure: string | null;
  readonly gathers: 0 | 1;
  readonly held: HeldFor | null;
  readonly held_for: string | null;
}

export const ENTRY_COLUMNS = `d.seq, m.id, d.outlet, m.sender, d.recipient, d.state, m.accepted_at, d.attempts, d.due_at,
  l.due_at AS lane_due_at, l.held, l.held_for, d.expires_at, d.last_failure,
  d.state = 'waiting' AND d.gather_until IS NOT NULL AND d.burst IS NULL AS gathers
  FROM deliveries d JOIN messages m ON m.num = d.message LEFT JOIN lanes l ON l.num = d.lane AND d.state = 'waiting'`;

export function readEntry(row: EntryRow): QueueEntry {
  const lastFailure = readFailure(row.last_failure);
  return {
    seq: row.seq,
    message: row.id,
    outlet: row.outlet,
    sender: row.sender,
    recipient: row.recipient,
    state: row.state,
    acceptedAt: row.accepted_at,
    attempts: row.attempts,
    expiresAt: row.expires_at,
    ...(row.state === 'waiting' && row.held === null && { dueAt: Math.max(row.due_at, row.lane_due_at ?? 0) }),
    ...(row.held !== null && { held: { why: row.held, user: row.held_for ?? '' } }),
    ...(lastFailure !== undefined && { lastFailure }),
    ...(row.gathers === 1 && { gathers: true }),
  };
}
