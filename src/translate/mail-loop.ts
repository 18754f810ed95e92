/** Mail loops: how often a mail has been on its way (RFC 5321 §6.3). */
import { Failure } from '../failure.js';
import type { ParsedMail } from './mail-types.js';

/** The field that every mail we write carries; its value is the gateway's domain. */
export const LOOP_FIELD = 'X-Stanzapost-Loop';

/** A mail that passed this many servers is in a loop. */
export const LOOP_LIMIT = 50;

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
