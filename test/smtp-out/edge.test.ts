/** The outlet as the queue sees it: a delivery in, an outcome out, and the mail that a relay took. */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { Jid, MailAddress } from '../../src/address.js';
import { Failure } from '../../src/failure.js';
import { newMessageId, type Delivery, type Message } from '../../src/message.js';
import { recipientTag } from '../../src/recipient-tag.js';
import { dkimKey } from '../../src/smtp-out/dkim.js';
import { SmtpOutlet, type SmtpOutOptions } from '../../src/smtp-out/edge.js';
import { readableLog } from './harness.js';
import { DROP, ScriptedRelay, type RelayScript } from './scripted-relay.js';

const GATEWAY = { domain: 'gw.example', home: 'home.example', separator: '%' } as const;
const ANN: Jid = { kind: 'jid', local: 'ann', domain: 'home.example', resource: '' };
const BOB: MailAddress = { kind: 'mail', local: 'bob', domain: 'there.example' };
const OFFERS = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'DSN', 'SIZE 5000'];
const NOW = Date.UTC(2026, 0, 2);
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const messageOf = (changes: Partial<Message> = {}): Message => ({
  id: newMessageId(NOW),
  source: 'xmpp',
  sender: ANN,
  returnTo: { ...ANN, resource: 'phone' },
  origin: 'person',
  authenticity: 'verified',
  ids: { stanza: 's1' },
  text: 'Hello\n.\n你好',
  attachments: [],
  acceptedAt: NOW,
  wantsReceipt: false,
  ...changes,
});
const deliveryOf = (message = messageOf(), recipient: Delivery['recipient'] = BOB): Delivery => ({ seq: 7, message, recipient, outlet: 'smtp', attempts: 0, context: { references: [] } });

async function start(script: RelayScript = { offers: OFFERS }, changes: Partial<SmtpOutOptions> = {}) {
  const relay = await ScriptedRelay.start(script);
  const { log, text } = readableLog();
  const options = { relay: { protocol: 'smtp', host: '127.0.0.1', port: relay.port }, probe: { firstMs: 10, mostMs: 20 }, ...changes } as const;
  const outlet = new SmtpOutlet(options, { gateway: GATEWAY, log, clock: () => NOW, nameOf: () => Promise.resolve('Ann of the chat') });
  closers.push(() => relay.stop(), () => outlet.close());
  return { relay, outlet, text };
}

describe('a chat message', () => {
  it('is handed over with a return address of its own, and the log names it', async () => {
    const { relay, outlet, text } = await start();
    const message = messageOf();
    expect(await outlet.deliver(deliveryOf(message))).toEqual({ state: 'handed-over' });
    expect(relay.commands[1]).toMatch(new RegExp(`^MAIL FROM:<bounces\\+${message.id}@gw\\.example> .*ENVID=${message.id}`));
    const mail = relay.mails[0]?.raw.toString() ?? '';
    expect(mail).toContain('From: Ann of the chat <ann@gw.example>');
    expect(mail).toContain('To: bob@there.example');
    expect(text()).toContain(`"message":"${message.id}"`);
  });

  it('by a number goes without name and signature', async () => {
    const gateway = { ...GATEWAY, phones: true };
    const relay = await ScriptedRelay.start({ offers: OFFERS });
    const number = { kind: 'mail', local: '+15551234567', domain: 'gw.example' } as const;
    const outlet = new SmtpOutlet({ relay: { protocol: 'smtp', host: '127.0.0.1', port: relay.port } }, { gateway, log: readableLog().log, clock: () => NOW, nameOf: () => Promise.resolve('Ann of the chat'), writesBy: () => number, signatureOf: () => 'Ann, by hand' });
    closers.push(() => relay.stop(), () => outlet.close());
    expect(await outlet.deliver(deliveryOf(messageOf({ senderName: 'Ann herself' })))).toEqual({ state: 'handed-over' });
    const mail = relay.mails[0]?.raw.toString() ?? '';
    expect(mail).toContain('From: +15551234567@gw.example');
    expect(mail).not.toMatch(/Ann/);
  });

  it('to several has a return address for each of them', async () => {
    const { relay, outlet } = await start();
    const carol: MailAddress = { ...BOB, local: 'carol' };
    const message = messageOf({ addressees: { to: [{ address: BOB }], cc: [{ address: carol }] } });
    for (const recipient of [BOB, carol]) await outlet.deliver(deliveryOf(message, recipient));
    const from = relay.commands.filter((command) => command.startsWith('MAIL')).map((command) => /<(.*?)@/.exec(command)?.[1]);
    expect(from).toEqual(['bob@there.example', 'carol@there.example'].map((text) => `bounces+${message.id}-${recipientTag(text)}`));
  });

  it('keeps its Message-ID when it is sent again', async () => {
    const { relay, outlet } = await start({ offers: OFFERS, at: (step, nth) => (step === 'dot' && nth === 0 ? '451 4.3.0 Later' : undefined) });
    const delivery = deliveryOf();
    expect(await outlet.deliver(delivery)).toMatchObject({ state: 'deferred' });
    expect(await outlet.deliver({ ...delivery, attempts: 1 })).toEqual({ state: 'handed-over' });
    expect(relay.mails[0]?.raw.toString()).toContain(`Message-ID: <${delivery.message.id}@gw.example>`);
  });

  it('by LMTP is delivered', async () => {
    const { relay, outlet } = await start({ lmtp: true, offers: OFFERS });
    const lmtp = new SmtpOutlet({ relay: { protocol: 'lmtp', host: '127.0.0.1', port: relay.port } }, { gateway: GATEWAY, log: readableLog().log, clock: () => NOW, nameOf: () => Promise.resolve(undefined) });
    closers.push(() => lmtp.close());
    expect(await lmtp.deliver(deliveryOf())).toEqual({ state: 'delivered' });
    await outlet.close();
  });

  it('refused for good says why, in the server\'s words', async () => {
    const { outlet } = await start({ at: (step) => (step === 'rcpt' ? '550 5.1.1 <bob@there.example>: unknown' : undefined) });
    const outcome = await outlet.deliver(deliveryOf());
    expect(outcome).toMatchObject({ state: 'failed', failure: { kind: 'permanent', reason: 'no-such-recipient', status: '5.1.1', remote: '550 5.1.1 <bob@there.example>: unknown' } });
  });

  it('that needs SMTPUTF8 fails with 5.6.7 where the relay has none', async () => {
    const { relay, outlet } = await start({ offers: [] });
    const outcome = await outlet.deliver(deliveryOf(messageOf(), { kind: 'mail', local: '用户', domain: 'there.example' }));
    expect(outcome).toMatchObject({ state: 'failed', failure: { reason: 'not-supported', status: '5.6.7' } });
    expect(relay.count('mail')).toBe(0);
  });

  it('larger than the relay takes fails with 5.3.4', async () => {
    const { outlet } = await start();
    expect(await outlet.deliver(deliveryOf(messageOf({ text: 'x '.repeat(4_000) })))).toMatchObject({ state: 'failed', failure: { reason: 'too-large', status: '5.3.4' } });
  });

  it('from a non-ASCII user asks the relay for SMTPUTF8', async () => {
    const { relay, outlet } = await start();
    expect((await outlet.deliver(deliveryOf(messageOf({ sender: { ...ANN, local: 'jürgen' } })))).state).toBe('handed-over');
    expect(relay.commands[1]).toMatch(/^MAIL FROM:<bounces\+[^>]*> .*SMTPUTF8/);
  });

  it('to what is no mail address fails, and touches no relay', async () => {
    const { relay, outlet } = await start();
    expect(await outlet.deliver(deliveryOf(messageOf(), ANN))).toMatchObject({ state: 'failed', failure: { reason: 'bad-address' } });
    expect(relay.connections).toBe(0);
  });

  it('is signed when a key is configured', async () => {
    const dkim = dkimKey('gw.example', 's1', generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    if (dkim instanceof Failure) throw new Error(dkim.text);
    const { relay, outlet } = await start({ offers: OFFERS }, { dkim });
    await outlet.deliver(deliveryOf());
    expect(relay.mails[0]?.raw.toString()).toMatch(/^DKIM-Signature: v=1;\r\n\ta=ed25519-sha256;/);
  });
});

describe('a report', () => {
  it('leaves with a null return path and asks for no report about itself', async () => {
    const { relay, outlet } = await start();
    const report = { state: 'failed', about: { id: newMessageId(NOW), ids: { mail: '<x@there.example>' }, acceptedAt: NOW }, recipient: ANN, failure: Failure.permanent('no-such-recipient', 'No such user.').toRecord() } as const;
    expect(await outlet.deliver(deliveryOf(messageOf({ source: 'gateway', origin: 'auto-replied', report })))).toEqual({ state: 'handed-over' });
    expect(relay.commands[1]).toMatch(/^MAIL FROM:<> /);
    expect(relay.commands.slice(1, 3).join()).not.toMatch(/ENVID|NOTIFY/);
    expect(relay.mails[0]?.raw.toString()).toContain('multipart/report');
  });
});

describe('a relay that is away', () => {
  it('defers what was tried, releases what was not, and calls when it is back', async () => {
    const { relay, outlet } = await start();
    await relay.stop();
    expect(await outlet.deliver(deliveryOf())).toMatchObject({ state: 'deferred', failure: { reason: 'remote-unreachable', status: '4.4.1' } });
    expect(outlet.ready).toBe(false);
    expect(await outlet.deliver(deliveryOf())).toEqual({ state: 'released' });
    const ready = new Promise<void>((resolve) => outlet.onReady(resolve));
    const back = await ScriptedRelay.start({}, relay.port);
    closers.push(() => back.stop());
    await ready;
    expect(await outlet.deliver(deliveryOf())).toEqual({ state: 'handed-over' });
  });

  it('is named by verify, and so is one that is well', async () => {
    const { relay, outlet } = await start({ at: (step, nth) => (step === 'connect' && nth === 0 ? DROP : step === 'connect' && nth === 1 ? '554 5.7.1 Blocked' : undefined) });
    expect((await outlet.verify())?.text).toBe(`smtp://127.0.0.1:${relay.port} failed at connect: ECONNECTION`);
    expect(await outlet.verify()).toMatchObject({ remote: '554 5.7.1 Blocked' });
    expect(await outlet.verify()).toBeUndefined();
  });
});
