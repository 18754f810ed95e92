/** Shared by the tests of the mail side. */
import type { GatewayNames, Jid, MailAddress } from '../../src/address.js';
import { isFailure, type Failure } from '../../src/failure.js';
import type { Delivery, Message } from '../../src/message.js';
import type { MailFacts } from '../../src/translate/from-mail.js';
import type { ComposedMail } from '../../src/translate/mail-compose.js';
import { readMail } from '../../src/translate/read-mail.js';
import type { ParsedMail } from '../../src/translate/mail-types.js';

export const GATEWAY: GatewayNames = { domain: 'mail.example.com', home: 'example.com', separator: '%' };
export const ID = '01jd3q8z8m7k6p5n4t2w9x0y1a';
export const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);
export const BOB: MailAddress = { kind: 'mail', local: 'bob', domain: 'example.net' };
export const ANNA: Jid = { kind: 'jid', local: 'anna', domain: 'example.com', resource: 'phone' };

export const FACTS: MailFacts = { id: ID, now: NOW, from: BOB, recipient: { kind: 'mail', local: 'anna', domain: 'mail.example.com' }, envelopeFrom: BOB, wantsReceipt: false, authenticity: 'verified' };

/** The mail, or the test fails with the failure's text. */
export async function read(source: string | Uint8Array): Promise<ParsedMail> {
  return good(await readMail(typeof source === 'string' ? Buffer.from(source.replace(/\r?\n/g, '\r\n')) : source));
}

export function good<T>(value: T | Failure): T {
  if (isFailure(value)) throw new Error(`${value.reason}: ${value.text} (${String(value.cause)})`);
  return value;
}

export function plainText(mail: ParsedMail): string {
  return mail.bodies.map((body) => body.plain ?? '').join('\n');
}

export function chat(message: Partial<Message> = {}, context: Partial<Delivery['context']> = {}): Delivery {
  return {
    seq: 1,
    message: {
      id: ID,
      source: 'xmpp',
      sender: ANNA,
      origin: 'person',
      authenticity: 'verified',
      ids: { stanza: 's1', mail: `<${ID}@mail.example.com>` },
      text: 'Hello',
      attachments: [],
      acceptedAt: NOW,
      wantsReceipt: false,
      ...message,
    },
    recipient: BOB,
    outlet: 'smtp',
    attempts: 0,
    context: { references: [], ...context },
  };
}

/** Header fields on the wire, one string each, still folded. */
export function wireFields(mail: ComposedMail): string[] {
  const head = mail.raw.subarray(0, mail.raw.indexOf('\r\n\r\n')).toString('utf8');
  return head.split(/\r\n(?![ \t])/);
}
