/** Chat messages with files as mails on the wire: the bytes come out as they went in, and nobody waits for them too long. */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { simpleParser } from 'mailparser';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Jid, MailAddress } from '../../src/address.js';
import { Failure } from '../../src/failure.js';
import { newMessageId, type Attachment, type Delivery, type Message } from '../../src/message.js';
import { dkimKey } from '../../src/smtp-out/dkim.js';
import { SmtpOutlet, type SmtpOutOptions } from '../../src/smtp-out/edge.js';
import { startFetcher, startWeb, type Fetching, type WebServer } from '../files/harness.js';
import { readableLog } from './harness.js';
import { HANG, ScriptedRelay, type RelayScript } from './scripted-relay.js';

const GATEWAY = { domain: 'gw.example', home: 'home.example', separator: '%' } as const;
const ANN: Jid = { kind: 'jid', local: 'ann', domain: 'home.example', resource: '' };
const BOB: MailAddress = { kind: 'mail', local: 'bob', domain: 'there.example' };
const OFFERS = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'DSN', 'SIZE'];
const NOW = Date.UTC(2026, 0, 2);
const PICTURE = randomBytes(700_001);
const closers: (() => Promise<void>)[] = [];
let web: WebServer;
let busy = true;

beforeAll(async () => {
  web = await startWeb((request, response) => {
    if (request.url === '/busy' && busy) response.writeHead(503).end();
    else if (request.url === '/page') response.setHeader('Content-Type', 'text/html; charset=utf-8').end('<p>x</p>');
    else if (request.url === '/gone') response.writeHead(404).end();
    else if (request.url === '/small') response.end('small');
    else if (request.url === '/empty') response.end();
    else response.setHeader('Content-Type', 'image/png').end(PICTURE);
  });
});
afterAll(() => web.stop());
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const fileAt = (path: string, changes: Partial<Attachment> = {}): Attachment => ({ name: 'Фото "1".png', type: 'application/octet-stream', size: -1, where: { url: `http://${web.host}${path}` }, ...changes });
const linkOf = ({ where }: Attachment): string => ('url' in where ? where.url : '');

function deliveryOf(attachments: Attachment[], text = attachments.map(linkOf).join('\n'), changes: Partial<Delivery> = {}): Delivery {
  const message: Message = { id: newMessageId(NOW), source: 'xmpp', sender: ANN, returnTo: ANN, origin: 'person', authenticity: 'verified', ids: { stanza: 's1' }, text, attachments, acceptedAt: NOW, wantsReceipt: false };
  return { seq: 7, message, recipient: BOB, outlet: 'smtp', attempts: 0, context: { references: [] }, ...changes };
}

interface Started {
  readonly relay: ScriptedRelay;
  readonly outlet: SmtpOutlet;
  readonly spool: Fetching;
  readonly text: () => string;
}

async function start(script: RelayScript = { offers: OFFERS }, changes: Partial<SmtpOutOptions> = {}): Promise<Started> {
  const relay = await ScriptedRelay.start(script);
  const spool = await startFetcher({ trusted: () => Promise.resolve([web.host]) });
  const { log, text } = readableLog();
  const options = { relay: { protocol: 'smtp', host: '127.0.0.1', port: relay.port }, ...changes } as const;
  const outlet = new SmtpOutlet(options, { gateway: GATEWAY, log, clock: () => NOW, nameOf: () => Promise.resolve('Ann'), files: spool.fetcher });
  closers.push(() => relay.stop(), () => spool.stop(), () => outlet.close());
  return { relay, outlet, spool, text };
}

const parsed = ({ mails }: ScriptedRelay, nth = 0) => simpleParser(mails[nth]?.raw ?? '');

describe('a message that is a file', () => {
  it('is a mail with it: bytes, name, type, and no link', async () => {
    const { relay, outlet, spool, text } = await start();
    expect(await outlet.deliver(deliveryOf([fileAt('/picture')]))).toEqual({ state: 'handed-over' });
    const mail = await parsed(relay);
    expect(mail.attachments).toMatchObject([{ filename: 'Фото "1".png', contentType: 'image/png', contentDisposition: 'inline', size: PICTURE.length }]);
    expect(mail.attachments[0]?.content.equals(PICTURE)).toBe(true);
    expect(mail.text?.trim() ?? '').toBe('');
    expect(mail.subject).toBe('Фото "1".png');
    expect(await spool.files()).toEqual([]);
    expect(text()).not.toContain('/picture');
  });

  it('has its size told beforehand, to the byte', async () => {
    const { relay, outlet } = await start();
    await outlet.deliver(deliveryOf([fileAt('/picture'), fileAt('/small')]));
    const [, told] = / SIZE=(\d+)/.exec(relay.commands[1] ?? '') ?? [];
    expect(Number(told)).toBe(relay.mails[0]?.raw.length);
    expect(relay.commands[1]).not.toContain('8BITMIME');
  });

  it('keeps its caption, with a dot where one was', async () => {
    const { relay, outlet } = await start();
    const file = fileAt('/small', { name: 'a.txt', type: 'text/plain' });
    await outlet.deliver(deliveryOf([file], `.\nlook: ${linkOf(file)}, nice\n${linkOf(file)}\n`));
    const mail = await parsed(relay);
    expect(mail.text?.trim()).toBe('.\nlook: [a.txt], nice');
    expect(mail.attachments).toMatchObject([{ filename: 'a.txt', contentType: 'text/plain', contentDisposition: 'attachment' }]);
  });

  it('may be several, and one of them empty', async () => {
    const { relay, outlet } = await start();
    await outlet.deliver(deliveryOf([fileAt('/small', { name: '1' }), fileAt('/empty', { name: '2' }), fileAt('/picture', { name: '3' })]));
    expect((await parsed(relay)).attachments.map(({ filename, size }) => [filename, size])).toEqual([['1', 5], ['2', 0], ['3', PICTURE.length]]);
  });

  it.each(['rsa', 'ed25519'] as const)('is signed by %s over all of it', async (type) => {
    const { privateKey, publicKey } = type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
    const dkim = dkimKey('gw.example', 's1', privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    if (dkim instanceof Failure) throw new Error(dkim.text);
    const { relay, outlet } = await start({ offers: OFFERS }, { dkim });
    await outlet.deliver(deliveryOf([fileAt('/picture'), fileAt('/small', { name: 'two  spaces.txt' }), fileAt('/empty')], 'two  spaces \n\n.\n\n'));
    const raw = relay.mails[0]?.raw ?? Buffer.alloc(0);
    const der = publicKey.export({ format: 'der', type: 'spki' });
    const record = `v=DKIM1; k=${type}; p=${(type === 'rsa' ? der : der.subarray(-32)).toString('base64')}`;
    const verify = async (mail: Buffer): Promise<string | undefined> => (await dkimVerify(mail, { resolver: () => Promise.resolve([[record]]) })).results[0]?.status.result;
    expect(await verify(raw)).toBe('pass');
    expect(await verify(Buffer.from(raw.toString('latin1').replace(/A{1}(?=[^\r\n]{20}\r\n$|[A-Za-z0-9+/]{70}\r\n)/, 'B'), 'latin1'))).not.toBe('pass');
  });

  it('is sent again whole when the session was lost, and by another one at once when it had not begun', async () => {
    const { relay, outlet } = await start({ offers: OFFERS, at: (step, nth) => (step === 'body' && nth === 1 ? { do: 'drop' } : undefined) });
    const delivery = deliveryOf([fileAt('/picture')]);
    expect(await outlet.deliver(delivery)).toMatchObject({ state: 'deferred', failure: { status: '4.4.2' } });
    expect(relay.mails).toHaveLength(0);
    expect(await outlet.deliver({ ...delivery, attempts: 1 })).toEqual({ state: 'handed-over' });
    expect((await parsed(relay)).attachments[0]?.content.equals(PICTURE)).toBe(true);
  });

  it('does not hold up the mails of others', async () => {
    const { relay, outlet } = await start({ offers: OFFERS, at: (step, nth) => (step === 'body' && nth === 0 ? HANG : undefined) }, { connections: 2, answerMs: 2_000 });
    const long = outlet.deliver(deliveryOf([fileAt('/picture')]));
    let ended = false;
    void long.then(() => (ended = true));
    await relay.reached('body');
    const quick = Array.from({ length: 6 }, (_, i) => outlet.deliver(deliveryOf([], `quick ${i}`)));
    expect(await Promise.all(quick)).toEqual(Array(6).fill({ state: 'handed-over' }));
    expect(ended).toBe(false);
    expect(await long).toMatchObject({ state: 'deferred' });
  });
});

describe('a file that cannot ride along', () => {
  const textOf = async ({ relay }: Started): Promise<string> => (await parsed(relay)).text?.trim() ?? '';

  it.each([
    ['/gone', {}, 'the file is gone'],
    ['/page', {}, 'it is a web page'],
    ['/picture', { hash: { algorithm: 'sha-256', value: createHash('sha256').update('x').digest('base64') } }, 'the file is not the one that was sent'],
    ['/picture', { size: 50_000_000 }, 'too large for a mail'],
    ['/picture', { where: { url: 'https://169.254.169.254/latest/' } }, 'the link leads to an address that is not public'],
  ] as const)('stays a link with the reason: %s %j', async (path, changes, why) => {
    const started = await start({ offers: OFFERS }, { mostFiles: 10_000_000 });
    const file = fileAt(path, { name: 'b.png', ...changes });
    expect(await started.outlet.deliver(deliveryOf([file, fileAt('/small', { name: 's.txt' })], `see\n${linkOf(file)}`))).toEqual({ state: 'handed-over' });
    expect(await textOf(started)).toBe(`see\n${linkOf(file)}\n\n[b.png is not attached: ${why}]`);
    expect((await parsed(started.relay)).attachments.map(({ filename }) => filename)).toEqual(['s.txt']);
    expect(await started.spool.files()).toEqual([]);
  });

  it('is waited for twice, and then the words go without it', async () => {
    const started = await start();
    const delivery = deliveryOf([fileAt('/busy', { name: 'b.png' }), fileAt('/small')], 'words');
    for (const attempts of [0, 1]) {
      expect(await started.outlet.deliver({ ...delivery, attempts })).toMatchObject({ state: 'deferred', failure: { text: 'A file of the message cannot be had at present: its server did not give it in time.' } });
    }
    expect(started.relay.connections).toBe(0);
    expect(await started.outlet.deliver({ ...delivery, attempts: 2 })).toEqual({ state: 'handed-over' });
    expect(await textOf(started)).toContain('[b.png is not attached: its server did not give it in time]');
    busy = false;
    expect(await started.outlet.deliver(delivery)).toEqual({ state: 'handed-over' });
    busy = true;
    expect(await started.spool.files()).toEqual([]);
  });

  it('in one mail with others is the one that is too much', async () => {
    const started = await start({ offers: OFFERS }, { mostFiles: PICTURE.length + 10 });
    await started.outlet.deliver(deliveryOf([fileAt('/picture', { name: '1' }), fileAt('/picture2', { name: '2' }), fileAt('/small', { name: '3' })]));
    expect((await parsed(started.relay)).attachments.map(({ filename }) => filename)).toEqual(['1', '3']);
    expect(await textOf(started)).toBe(`http://${web.host}/picture2\n\n[2 is not attached: too large for a mail]`);
  });

  it.each([
    ['by its SIZE', { offers: ['PIPELINING', 'SIZE 100000'] }],
    ['at MAIL', { offers: OFFERS, at: (step, nth) => (step === 'mail' && nth === 0 ? '552 5.3.4 Too big' : undefined) }],
    ['at the end', { offers: OFFERS, at: (step, nth) => (step === 'dot' && nth === 0 ? '552 5.2.3 Too big' : undefined) }],
  ] as [string, RelayScript][])('for the relay, told %s, is a link', async (_name, script) => {
    const started = await start(script);
    const file = fileAt('/picture', { name: 'b.png' });
    expect(await started.outlet.deliver(deliveryOf([file]))).toEqual({ state: 'handed-over' });
    expect(started.relay.mails).toHaveLength(1);
    expect(await textOf(started)).toBe(`${linkOf(file)}\n\n[b.png is not attached: too large for a mail]`);
  });

  it('because it was changed on the disk meanwhile is never sent as if it were whole', async () => {
    const { relay, outlet } = await start();
    const source = { fetch: () => Promise.resolve({ type: '', size: 500_000, bytes: () => (async function* () { yield await Promise.resolve(Buffer.alloc(400_000)); })(), discard: () => Promise.resolve() }) };
    const odd = new SmtpOutlet({ relay: { protocol: 'smtp', host: '127.0.0.1', port: relay.port } }, { gateway: GATEWAY, log: readableLog().log, clock: () => NOW, nameOf: () => Promise.resolve(undefined), files: source });
    closers.push(() => odd.close());
    expect(await odd.deliver(deliveryOf([fileAt('/picture')]))).toMatchObject({ state: 'deferred' });
    expect(relay.mails).toHaveLength(0);
    expect(await outlet.deliver(deliveryOf([]))).toEqual({ state: 'handed-over' });
  });
});

describe('many mails with files', () => {
  it('leave places to those without', async () => {
    const started = await start({ offers: OFFERS, at: (step, nth) => (step === 'body' && nth === 0 ? HANG : undefined) }, { connections: 2, answerMs: 1_000 });
    const first = started.outlet.deliver(deliveryOf([fileAt('/picture')]));
    await started.relay.reached('body');
    expect(await started.outlet.deliver(deliveryOf([fileAt('/picture')]))).toEqual({ state: 'released' });
    expect(await started.outlet.deliver(deliveryOf([], 'quick'))).toEqual({ state: 'handed-over' });
    expect((await first).state).toBe('deferred');
  });
});

