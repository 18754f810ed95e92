/** What the gateway says by itself, to a chat user or by mail. Nobody answers it, and nobody is told when it cannot be delivered. */
import type { Address, GatewayNames, Jid } from '../address.js';
import { newMessageId } from '../message.js';
import type { NewMessage } from '../store/new-message.js';

export interface NoticeFacts {
  readonly gateway: GatewayNames;
  /** Ms since the epoch. */
  readonly now: number;
  /** Ms for which it is tried. */
  readonly lifetime: number;
  readonly subject?: string;
  /** It is said once: as in `NewDelivery`. */
  readonly sourceKey?: string;
  /** Who says it, in place of the gateway: a contact, by its mail address or, for a word that must not wait behind its mails, by its JID. */
  readonly from?: Address;
}

/** @param text words of ours; what others wrote in it is one line and short */
export function notice(recipient: Address, text: string, { gateway, now, lifetime, subject, sourceKey, from }: NoticeFacts): NewMessage {
  return {
    message: {
      id: newMessageId(now),
      source: 'gateway',
      ...(from === undefined ? { sender: gatewayJid(gateway), senderName: `Mail gateway ${gateway.domain}` } : { sender: from }),
      origin: 'auto-generated',
      authenticity: 'verified',
      ids: {},
      ...(subject !== undefined && { subject }),
      text,
      attachments: [],
      acceptedAt: now,
      wantsReceipt: false,
    },
    deliveries: [{ outlet: recipient.kind === 'jid' ? 'xmpp' : 'smtp', recipient, dueAt: now, expiresAt: now + lifetime, ...(sourceKey !== undefined && { sourceKey }) }],
  };
}

/** The gateway itself. */
function gatewayJid({ domain }: GatewayNames): Jid {
  return { kind: 'jid', local: '', domain, resource: '' };
}
