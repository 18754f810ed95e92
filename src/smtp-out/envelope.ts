/** The envelope of one transaction: one sender, one recipient, each from a parsed address and never from a string. */
import { isAscii } from 'node:buffer';
import { formatMailAddress, type MailAddress } from '../address.js';
import { Failure } from '../failure.js';
import type { Delivery } from '../message.js';

/** What goes to the relay: ready bytes, and the words of MAIL and RCPT as they stand between the angle brackets. */
export interface Envelope {
  /** Empty for `<>`. */
  readonly from: string;
  readonly to: string;
  /** RFC 6531: an address or a header field holds more than ASCII. */
  readonly utf8: boolean;
  /** RFC 3461; left out by the connection where the relay offers no DSN. Absent for what must never be reported on. */
  readonly dsn?: Dsn;
}

export interface Dsn {
  readonly envid: string;
  readonly notify: readonly ('FAILURE' | 'DELAY' | 'SUCCESS')[];
  /** ORCPT, `rfc822;ADDRESS`; absent where the address is not ASCII. */
  readonly orcpt?: string;
}

/** No control, no line or paragraph separator, no lone surrogate, no angle bracket. */
const LOCAL = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}<>]+$/u;
/** A-labels. */
const DOMAIN = /^[a-z0-9.-]+$/;

/** An address as it goes on the wire. The last check before it: whatever made it, nothing but one address leaves. */
export function wireAddress(address: MailAddress): string | Failure {
  if (LOCAL.test(address.local) && DOMAIN.test(address.domain)) return formatMailAddress(address);
  return Failure.permanent('bad-address', 'This address cannot be written to by mail.');
}

/** @param from null: a report, with a null return path, on which nobody may report (RFC 5321 §4.5.5) */
export function envelopeOf(delivery: Delivery, from: MailAddress | null, headersUtf8: boolean): Envelope | Failure {
  if (delivery.recipient.kind !== 'mail') return Failure.permanent('bad-address', 'This is not a mail address.');
  const to = wireAddress(delivery.recipient);
  if (to instanceof Failure) return to;
  const sender = from === null ? '' : wireAddress(from);
  if (sender instanceof Failure) return sender;
  return { from: sender, to, utf8: headersUtf8 || !ascii(sender) || !ascii(to), ...(from !== null && { dsn: dsnOf(delivery, to) }) };
}

function dsnOf(delivery: Delivery, to: string): Dsn {
  const notify = ['FAILURE', 'DELAY', ...(delivery.message.wantsReceipt ? ['SUCCESS' as const] : [])] as const;
  return { envid: delivery.message.id, notify, ...(ascii(to) && { orcpt: `rfc822;${to}` }) };
}

function ascii(text: string): boolean {
  return isAscii(Buffer.from(text));
}
