/**
 * The return address of what we send: `bounces+MESSAGEID@GATEWAY` (VERP), so that a DSN names its message by the
 * address it comes to, never by its subject.
 */
import type { MailAddress } from '../address.js';
import type { MessageId } from '../message.js';

const LOCAL = /^bounces\+([0-9a-hjkmnp-tv-z]{26})$/;

/** The envelope sender for a message. `domain` is the gateway's own. */
export function makeReturnAddress(id: MessageId, domain: string): MailAddress {
  return { kind: 'mail', local: `bounces+${id}`, domain };
}

/** The message a return address stands for; undefined when it is no return address of this gateway. Case is ignored. */
export function parseReturnAddress(address: MailAddress, domain: string): MessageId | undefined {
  if (address.domain.toLowerCase() !== domain.toLowerCase()) return undefined;
  return LOCAL.exec(address.local.toLowerCase())?.[1];
}
