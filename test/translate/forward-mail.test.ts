import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/message.js';
import { dkimKey, dkimSign } from '../../src/smtp-out/dkim.js';
import { isFailure } from '../../src/failure.js';
import { asText, forwardedMail } from '../../src/translate/forward-mail.js';
import type { MailPieces } from '../../src/translate/mail-pieces.js';
import { GATEWAY, NOW } from './stanza-helpers.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = dkimKey('b.example', 's', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;

const PLAIN = Buffer.from(`From: Bob <bob@b.example>\r\nTo: juliet@mail.example.com\r\nSubject: Grüße\r\nDate: Thu, 2 Jan 2025 03:04:05 +0000\r\nMessage-ID: <1@b.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n.dots\r\n${'Schöne Grüße.\r\n'.repeat(9_000)}`);

const delivery: Delivery = {
  seq: 1, outlet: 'smtp', attempts: 0, context: { references: [] },
  recipient: { kind: 'mail', local: 'juliet', domain: 'private.example' },
  message: {
    id: '01h00000000000000000000000', source: 'mail', sender: { kind: 'mail', local: 'bob', domain: 'b.example' }, senderName: 'Bob', origin: 'person', authenticity: 'verified',
    ids: { mail: '<1@b.example>' }, text: 'Hello', attachments: [], acceptedAt: NOW, wantsReceipt: false, original: 'x',
    forwardedFor: { kind: 'jid', local: 'juliet', domain: 'example.com', resource: '' },
  },
};

/** In pieces that end anywhere. */
async function* pieces(bytes: Buffer, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function bytesOf(mail: MailPieces | undefined): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const { bytes } of mail?.read() ?? []) all.push(bytes);
  return Buffer.concat(all);
}

describe('a mail that is sent on', () => {
  it.each([1_000, 7, 65_536, 1_000_000])('has the same bytes behind its trace fields, in pieces of %i', async (size) => {
    const mail = await forwardedMail(delivery, () => pieces(PLAIN, size), { gateway: GATEWAY, now: NOW });
    const bytes = await bytesOf(mail);
    expect(bytes.subarray(-PLAIN.length).equals(PLAIN)).toBe(true);
    expect(bytes.length).toBe(mail?.length);
    expect(mail?.eightBit).toBe(true);
    expect(bytes.subarray(0, -PLAIN.length).toString()).toBe(
      'Received: by mail.example.com (Stanzapost) id 01h00000000000000000000000 for\r\n <juliet@mail.example.com>; Thu, 02 Jan 2025 03:04:05 +0000\r\n' +
        'Delivered-To: juliet@mail.example.com\r\nX-Stanzapost-Loop: mail.example.com; forwarded\r\n',
    );
  });

  it('keeps its signature', async () => {
    if (isFailure(key)) throw new Error(key.text);
    const signed = dkimSign(PLAIN, key, NOW);
    const mail = await forwardedMail(delivery, () => pieces(signed, 1_000), { gateway: GATEWAY, now: NOW });
    const resolver = (name: string): Promise<string[][]> => Promise.resolve(name === 's._domainkey.b.example' ? [[record]] : []);
    const { results } = await dkimVerify(await bytesOf(mail), { resolver });
    expect(results.map(({ status }: { status: { result: string } }) => status.result)).toEqual(['pass']);
  });

  it('is not there when its bytes are not, and then says what it said in a mail of our own', async () => {
    expect(await forwardedMail(delivery, () => pieces(Buffer.alloc(0), 1), { gateway: GATEWAY, now: NOW })).toBeUndefined();
    const { message } = asText(delivery);
    expect(message).toMatchObject({ source: 'xmpp', sender: { local: 'juliet', domain: 'example.com' }, text: 'From: Bob <bob@b.example>\n\nHello' });
  });
});
