/**
 * The return address of what we send: `bounces+MESSAGEID@GATEWAY` (VERP), so that a DSN names its message by the
 * address it comes to, never by its subject; of a message to several `bounces+MESSAGEID-TAG@GATEWAY`, since a mail that was forwarded
 * comes back from an address that we never wrote to.
 */
import type { MailAddress } from '../address.js';
import type { MessageId, ReturnedTo } from '../message.js';

const LOCAL = /^bounces\+([0-9a-hjkmnp-tv-z]{26})(?:-([0-9a-f]{8}))?$/;

/** The envelope sender for a message. `domain` is the gateway's own. @param tag of its recipient, when it is one of several */
export function makeReturnAddress(id: MessageId, domain: string, tag?: string): MailAddress {
  return { kind: 'mail', local: tag === undefined ? `bounces+${id}` : `bounces+${id}-${tag}`, domain };
}

/** The message a return address stands for; undefined when it is no return address of this gateway. Case is ignored. */
export function parseReturnAddress(address: MailAddress, domain: string): ReturnedTo | undefined {
  if (address.domain.toLowerCase() !== domain.toLowerCase()) return undefined;
  const [, messageId, tag] = LOCAL.exec(address.local.toLowerCase()) ?? [];
  return messageId === undefined ? undefined : { messageId, ...(tag !== undefined && { tag }) };
}
