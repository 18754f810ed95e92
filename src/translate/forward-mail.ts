/**
 * A mail that is sent on to the mailbox of the chat user it is for, who is away: byte for byte as it came, so that its DKIM signature
 * (RFC 6376) goes on to prove its author. In front stand trace fields only. There is no Resent- field among them (RFC 5322 §3.6.6): some
 * MTAs sign that there are none.
 */
import { isAscii } from 'node:buffer';
import { formatMailAddress, mailOfUser, type GatewayNames, type MailAddress } from '../address.js';
import { isFailure } from '../failure.js';
import type { Delivery, Message } from '../message.js';
import { dateValue, field } from './mail-fields.js';
import { LOOP_FIELD, loopValue } from './mail-loop.js';
import { MailPieces } from './mail-pieces.js';
import { HEAD_LIMIT } from './read-mail.js';

/** A longer header was never accepted; with the Received field that came on top at the gateway. */
const LONGEST_HEAD = HEAD_LIMIT + 64 * 1024;

export interface ForwardFacts {
  readonly gateway: GatewayNames;
  /** ms since the epoch. */
  readonly now: number;
}

/** A mail from outside, on its way to a mailbox. */
export function isForwardedMail({ source, forwardedFor }: Message): boolean {
  return source === 'mail' && forwardedFor !== undefined;
}

/**
 * The mail with its trace fields; undefined when its bytes are no longer kept. Reads it once to learn its length, holds no more than its header.
 * @param original its bytes from the start, as often as it is called
 */
export async function forwardedMail(delivery: Delivery, original: () => AsyncIterable<Uint8Array> | undefined, facts: ForwardFacts): Promise<MailPieces | undefined> {
  const { head, size, eightBit } = await measured(original() ?? nothing());
  if (size === 0) return undefined;
  const rest = { kind: 'rest', size: size - head.length, eightBit, bytes: () => behind(original() ?? nothing(), head.length) } as const;
  return new MailPieces([Buffer.concat([Buffer.from(traceFields(delivery, facts)), head]), rest]);
}

/** A delivery that says in a mail of our own what the lost original said. */
export function asText(delivery: Delivery): Delivery {
  const { message } = delivery;
  const { sender, senderName, forwardedFor, original: _, addressees: __, ...rest } = message;
  if (forwardedFor === undefined || sender.kind !== 'mail') return delivery;
  const name = senderName === undefined ? '' : `${senderName} `;
  const text = `From: ${name}<${formatMailAddress(sender)}>\n\n${message.text}`;
  return { ...delivery, message: { ...rest, source: 'xmpp', sender: forwardedFor, forwardedFor, attachments: [], text } };
}

function traceFields({ message }: Delivery, { gateway, now }: ForwardFacts): string {
  const user = message.forwardedFor === undefined ? undefined : mailOfUser(message.forwardedFor, gateway);
  const address = user === undefined || isFailure(user) ? undefined : ascii(user);
  const to = address === undefined ? '' : ` for <${address}>`;
  return [
    field('Received', `by ${gateway.domain} (Stanzapost) id ${message.id}${to}; ${dateValue(now)}`),
    address === undefined ? '' : field('Delivered-To', address),
    field(LOOP_FIELD, loopValue(gateway.domain, message.hops, true)),
  ].join('');
}

function ascii(address: MailAddress): string | undefined {
  const text = formatMailAddress(address);
  return isAscii(Buffer.from(text)) ? text : undefined;
}

interface Measured {
  /** With the empty line that ends it. */
  readonly head: Buffer;
  readonly size: number;
  readonly eightBit: boolean;
}

async function measured(mail: AsyncIterable<Uint8Array>): Promise<Measured> {
  let head = Buffer.alloc(0);
  let ended = false;
  let size = 0;
  let eightBit = false;
  for await (const piece of mail) {
    size += piece.length;
    eightBit ||= !isAscii(piece);
    if (ended) continue;
    head = Buffer.concat([head, piece]);
    const end = head.indexOf('\r\n\r\n');
    ended = end >= 0 || head.length > LONGEST_HEAD;
    if (end >= 0) head = head.subarray(0, end + 4);
  }
  return { head, size, eightBit };
}

async function* nothing(): AsyncIterable<Uint8Array> {
  // Nothing is kept.
}

async function* behind(mail: AsyncIterable<Uint8Array>, skip: number): AsyncIterable<Uint8Array> {
  let left = skip;
  for await (const piece of mail) {
    if (left < piece.length) yield piece.subarray(left);
    left = Math.max(0, left - piece.length);
  }
}
