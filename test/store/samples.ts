/** Messages and addresses for the tests of store and queue. */
import type { Jid, MailAddress } from '../../src/address.js';
import { newMessageId, type Message, type OutletName } from '../../src/message.js';
import type { NewDelivery, NewMessage } from '../../src/store/new-message.js';

export const T0 = 1_790_000_000_000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const jid = (local: string, resource = ''): Jid => ({ kind: 'jid', local, domain: 'capulet.example', resource });
export const mail = (local: string): MailAddress => ({ kind: 'mail', local, domain: 'montague.example' });

export const juliet = jid('juliet');
export const romeo = mail('romeo');

type Parts = Partial<Message> & { delivery?: Partial<NewDelivery> };

/** A chat message to a mail address. */
export function chat(to: MailAddress, { delivery, ...parts }: Parts = {}): NewMessage {
  const id = parts.id ?? newMessageId(parts.acceptedAt ?? T0);
  return {
    message: { ...common(parts.acceptedAt), id, source: 'xmpp', sender: juliet, ids: { stanza: `s-${id}`, mail: `<${id}@gw.example>` }, ...parts },
    deliveries: [deliver('smtp', to, parts.acceptedAt, delivery)],
  };
}

/** A mail to a chat user. */
export function letter(from: MailAddress, to: Jid, { delivery, ...parts }: Parts = {}): NewMessage {
  const id = parts.id ?? newMessageId(parts.acceptedAt ?? T0);
  return {
    message: { ...common(parts.acceptedAt), id, source: 'mail', sender: from, ids: { stanza: id, mail: `<m-${id}@montague.example>` }, ...parts },
    deliveries: [deliver('xmpp', to, parts.acceptedAt, delivery)],
  };
}

function common(acceptedAt = T0) {
  return { origin: 'person', authenticity: 'verified', text: 'hello', attachments: [], acceptedAt, wantsReceipt: false } as const;
}

function deliver(outlet: OutletName, recipient: Jid | MailAddress, at = T0, parts: Partial<NewDelivery> = {}): NewDelivery {
  return { outlet, recipient, dueAt: at, expiresAt: at + 5 * DAY, ...parts };
}
