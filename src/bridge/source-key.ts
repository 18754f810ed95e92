/** What makes two messages the same message (promise 4). */
import { hash } from 'node:crypto';
import { formatAddress, type Address } from '../address.js';
import type { Message } from '../message.js';

/** Shorter ids are counters in some clients: the same one again is then another message. */
const SHORTEST_UNIQUE_ID = 16;

/**
 * Names the message as its source does, for one recipient: sender, recipient and XEP-0359 origin-id (or a stanza id
 * long enough to be unique), or sender, recipient and Message-ID. Undefined when the source gave no such id.
 *
 * The text is part of the name: a client that uses an id twice for different texts loses nothing.
 */
export function sourceKey(message: Message, recipient: Address): string | undefined {
  const id = idOf(message);
  if (id === undefined) return undefined;
  const parts = [message.source, formatAddress(message.sender), formatAddress(recipient), id, message.text];
  return hash('sha256', parts.map((part) => `${part}\0`).join(''), 'base64url');
}

function idOf({ source, ids }: Message): string | undefined {
  if (source === 'mail') return ids.mail;
  if (ids.origin !== undefined) return ids.origin;
  return ids.stanza !== undefined && ids.stanza.length >= SHORTEST_UNIQUE_ID ? ids.stanza : undefined;
}
