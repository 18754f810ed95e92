/** Deliveries of mails to chat users, as the queue would hand them to the edge. */
import type { Delivery } from '../../src/message.js';
import { newMessageId } from '../../src/message.js';
import type { XmppServer } from '../servers/xmpp-server.js';

let seq = 0;

/** A mail from ann@shop.example to a user of the server. */
export function deliveryTo(server: XmppServer, user: string, text: string): Delivery {
  const now = Date.now();
  const recipient = { kind: 'jid', local: user, domain: server.domain, resource: '' } as const;
  return {
    seq: ++seq,
    message: {
      id: newMessageId(now),
      source: 'mail',
      sender: { kind: 'mail', local: 'ann', domain: 'shop.example' },
      origin: 'person',
      authenticity: 'verified',
      ids: {},
      text,
      attachments: [],
      acceptedAt: now,
      wantsReceipt: false,
    },
    recipient,
    outlet: 'xmpp',
    attempts: 0,
    context: { references: [] },
  };
}
