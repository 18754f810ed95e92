/** Mail loops: how often a mail has been on its way (RFC 5321 §6.3), and how many machines' answers led up to it. */
import { Failure } from '../failure.js';
import type { ParsedMail } from './mail-types.js';

/** The field that every mail we write carries: the gateway's domain, the message's hops unless there are none, and whether it was forwarded. */
export const LOOP_FIELD = 'X-Stanzapost-Loop';

/** A mail that passed this many servers is in a loop. */
const LOOP_LIMIT = 50;

/** Servers the mail has passed, by its Received fields, and gateways of our kind, by their own field. */
export function loopCount(mail: ParsedMail): number {
  return mail.headers.all('received').length + mail.headers.all(LOOP_FIELD.toLowerCase()).length;
}

/** Permanent `loop` for a mail that has gone round too often. */
export function checkLoop(mail: ParsedMail): Failure | undefined {
  const count = loopCount(mail);
  if (count <= LOOP_LIMIT) return undefined;
  return Failure.permanent('loop', `The mail has passed ${count} servers: it goes in a circle.`);
}

/** The value of the field. @param forwarded it goes to the mailbox of a chat user who is away */
export function loopValue(domain: string, hops = 0, forwarded = false): string {
  return `${domain}${hops === 0 ? '' : `; n=${hops}`}${forwarded ? '; forwarded' : ''}`;
}

/** A gateway of our kind has forwarded it to a mailbox: whoever is away there too must not send it on (RFC 5321 §6.3). */
export function wasForwarded(mail: ParsedMail): boolean {
  return mail.headers.all(LOOP_FIELD.toLowerCase()).some((value) => /;\s*forwarded\b/i.test(value));
}

/** The hops that gateways of our kind say a mail has; the most, if it passed several. */
export function hopsOf(mail: ParsedMail): number {
  const said = mail.headers.all(LOOP_FIELD.toLowerCase()).map((value) => Number(/;\s*n=(\d{1,4})\b/.exec(value)?.[1] ?? 0));
  return Math.max(0, ...said);
}
