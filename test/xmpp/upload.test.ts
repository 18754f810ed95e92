/** Slots are asked for and used by the rules; whatever fails, the file is told in another way, and order is kept. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { Failure, isFailure } from '../../src/failure.js';
import type { Attachment, Message } from '../../src/message.js';
import { InOrder, type Preparation } from '../../src/xmpp/in-order.js';
import type { IqRequest } from '../../src/xmpp/iq.js';
import { putFile } from '../../src/xmpp/upload-put.js';
import { slotIn, UploadService } from '../../src/xmpp/upload-service.js';
import { Uploads, type MailFiles } from '../../src/xmpp/uploads.js';
import { el, NS, type Element } from '../../src/xmpp/xml.js';
import { chat, NOW } from '../translate/mail-helpers.js';
import { inPieces } from '../web/mails.js';

const NAMES = { domain: 'mail.example.com', home: 'example.com', separator: '%' } as const;
const GET = 'https://upload.example.com/a/b.png';
const BYTES = randomBytes(400_000);
const NEVER = new AbortController().signal;

const slot = (put: string, get = GET, ...headers: Element[]): Element =>
  el('iq', { type: 'result' }, el('slot', { xmlns: NS.upload }, el('put', { url: put }, ...headers), el('get', { url: get })));
const refusal = (type: string, condition: string, ...more: Element[]): Element =>
  el('iq', { type: 'error' }, el('error', { type }, el(condition, { xmlns: NS.stanzas }), ...more));

/** A server whose upload service answers slot requests as told. */
class Server {
  readonly asked: IqRequest[] = [];
  slots = 0;
  maxSize = '1000000';

  constructor(public answer: (request: IqRequest) => Element | Failure) {}

  readonly iq = {
    request: (request: IqRequest): Promise<Element | Failure> => {
      this.asked.push(request);
      return Promise.resolve(this.answerTo(request));
    },
  };

  private answerTo(request: IqRequest): Element | Failure {
    const namespace = request.payload.attrs.xmlns;
    if (namespace === NS.items) {
      const item = (jid: string): Element => el('item', { jid });
      return el('iq', { type: 'result' }, el('query', { xmlns: NS.items }, item('conference.example.com'), item('upload.example.com'), item(NAMES.domain)));
    }
    if (namespace !== NS.info) {
      this.slots++;
      return this.answer(request);
    }
    if (request.to !== 'upload.example.com') return el('iq', { type: 'result' }, el('query', { xmlns: NS.info }, el('feature', { var: NS.info })));
    const field = (name: string, value: string): Element => el('field', { var: name }, el('value', {}, value));
    const form = el('x', { xmlns: NS.forms, type: 'result' }, field('FORM_TYPE', NS.upload), field('max-file-size', this.maxSize));
    return el('iq', { type: 'result' }, el('query', { xmlns: NS.info }, el('feature', { var: NS.upload }), form));
  }
}

const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop()));

async function web(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Takes files, and keeps them with their header fields. */
async function taker(): Promise<{ url: string; files: { headers: IncomingMessage['headers']; bytes: Buffer }[] }> {
  const files: { headers: IncomingMessage['headers']; bytes: Buffer }[] = [];
  const url = await web((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => {
      files.push({ headers: request.headers, bytes: Buffer.concat(pieces) });
      response.writeHead(201).end();
    });
  });
  return { url, files };
}

const clock = { now: NOW };
const serviceOf = (server: Server): UploadService => new UploadService(server.iq, NAMES, () => clock.now);
const PICTURE: Attachment = { name: 'b.png', type: 'image/png', size: BYTES.length, where: { part: 0 } };
const mail = (attachments: readonly Attachment[] = [PICTURE], original = 'c1'): Message => ({ ...chat().message, source: 'mail', attachments, original });

function uploadsOn(server: Server, more: Partial<MailFiles> = {}): Uploads {
  const files: MailFiles = { upload: true, bytes: () => inPieces(BYTES, 60_000), link: () => undefined, ...more };
  return new Uploads(files, serviceOf(server), pino({ level: 'silent' }));
}

describe('a slot', () => {
  it('is asked of the service found by disco, by the gateway itself', async () => {
    const server = new Server(() => slot('https://upload.example.com/put'));
    const service = serviceOf(server);
    const facts = { name: 'b.png', type: 'image/png', size: 7 };
    expect(await service.slot(facts)).toEqual({ put: 'https://upload.example.com/put', get: GET, headers: {} });
    await service.slot(facts);
    const last = server.asked.at(-1);
    expect([last?.from, last?.to, last?.type, last?.payload.attrs]).toEqual([NAMES.domain, 'upload.example.com', 'get', { xmlns: NS.upload, filename: 'b.png', size: '7', 'content-type': 'image/png' }]);
    expect(server.asked.filter(({ payload }) => payload.attrs.xmlns === NS.items)).toHaveLength(1);
    expect(server.asked.some(({ to, payload }) => to === NAMES.domain && payload.attrs.xmlns === NS.info)).toBe(false);
  });

  it('is asked for by a name that harms no stream', async () => {
    const server = new Server(() => slot('https://u/put'));
    await serviceOf(server).slot({ name: 'a\ud800\ufffe.png', type: 'image/png', size: 7 });
    expect(server.asked.at(-1)?.payload.attrs.filename).toMatch(/^a[^\ud800\ufffe]*\.png$/);
  });

  it('takes three headers, without line breaks, and no others', () => {
    const header = (name: string, value: string): Element => el('header', { name }, value);
    const answer = slot('https://u/put', GET, header('Author\nization', 'Basic\r\nX: y'), header('cookie', 'a=b'), header('Expires', 'soon'), header('Host', 'evil'), header('Content-Length', '1'));
    expect(slotIn(answer)).toEqual({ put: 'https://u/put', get: GET, headers: { authorization: 'BasicX: y', cookie: 'a=b', expires: 'soon' } });
  });

  it.each(['file:///etc/passwd', 'javascript:alert(1)', 'https://u/a b', 'https://u/\u202e<x>"', '', 'ftp://u/x', `https://u/${'x'.repeat(2_000)}`, 'https://'])('has web addresses only: %s', (url) => {
    expect(isFailure(slotIn(slot('https://u/put', url)))).toBe(true);
    expect(isFailure(slotIn(slot(url, GET)))).toBe(true);
  });

  it('is not asked for what is larger than the service takes', async () => {
    const server = new Server(() => slot('https://u/put'));
    expect(await serviceOf(server).slot({ name: 'x', type: 'a/b', size: 1_000_001 })).toMatchObject({ reason: 'too-large' });
    expect(server.slots).toBe(0);
  });

  it('of a file that is too large says nothing of the next; any other refusal pauses, until its stamp', async () => {
    const server = new Server(() => refusal('modify', 'not-acceptable', el('file-too-large', { xmlns: NS.upload })));
    const service = serviceOf(server);
    const ask = async (): Promise<string> => {
      const answer = await service.slot({ name: 'x', type: 'a/b', size: 5 });
      return isFailure(answer) ? answer.reason : 'slot';
    };
    expect(await ask()).toBe('too-large');
    server.answer = () => refusal('wait', 'resource-constraint', el('retry', { xmlns: NS.upload, stamp: new Date(clock.now + 600_000).toISOString() }));
    expect(await ask()).toBe('remote-unreachable');
    server.answer = () => slot('https://u/put');
    clock.now += 599_000;
    expect(await ask()).toBe('remote-unreachable');
    expect(server.slots).toBe(2);
    clock.now += 2_000;
    expect(await ask()).toBe('slot');
    server.answer = () => refusal('auth', 'forbidden');
    expect(await ask()).toBe('remote-unreachable');
    service.online();
    server.answer = () => slot('https://u/put');
    expect(await ask()).toBe('slot');
  });
});

describe('a file', () => {
  const put = (url: string, size = BYTES.length, bytes = inPieces(BYTES, 60_000)): Promise<string | Failure> =>
    putFile({ put: url, get: GET, headers: { authorization: 'Bearer x' } }, { type: 'image/png', size, bytes }, NEVER);

  it('is put as it is, with its length', async () => {
    const { url, files } = await taker();
    expect(await put(url)).toBe(createHash('sha256').update(BYTES).digest('base64'));
    expect(files[0]?.headers).toMatchObject({ 'content-length': '400000', 'content-type': 'image/png', authorization: 'Bearer x' });
    expect(files[0]?.bytes.equals(BYTES)).toBe(true);
  });

  it.each([399_999, 400_001, 1])('that is not as long as was said (%i) is not put', async (size) => {
    const { url, files } = await taker();
    expect(isFailure(await put(url, size))).toBe(true);
    expect(files).toEqual([]);
  });

  it.each([[301, 'temporary'], [403, 'permanent'], [413, 'permanent'], [500, 'temporary']])('is not there after an answer %i, though it comes early', async (status, kind) => {
    const url = await web((_, response) => response.writeHead(status, { location: GET }).end());
    expect(await put(url)).toMatchObject({ kind });
  });

  it('is not there when nobody listens, the connection breaks, or the mail cannot be read', async () => {
    const url = await web((request) => request.socket.destroy());
    expect(isFailure(await put(url))).toBe(true);
    expect(isFailure(await put('http://127.0.0.1:9/'))).toBe(true);
    async function* damaged(): AsyncIterable<Uint8Array> {
      await Promise.resolve();
      yield BYTES.subarray(0, 1_000);
      throw new Error('the original is damaged');
    }
    const { url: good, files } = await taker();
    expect(await put(good, BYTES.length, damaged())).toMatchObject({ text: expect.stringContaining('the original is damaged') as string });
    expect(files).toEqual([]);
  });
});

describe('the files of a mail', () => {
  it('are uploaded once, for several recipients and tries', async () => {
    const { url, files } = await taker();
    const server = new Server(() => slot(url));
    const uploads = uploadsOn(server);
    const [one, two] = await Promise.all([uploads.place(mail())?.prepared, uploads.place(mail())?.prepared]);
    const place = { url: GET, sha256: createHash('sha256').update(BYTES).digest('base64') };
    expect([one?.get(0), two?.get(0), (await uploads.place(mail())?.prepared)?.get(0)]).toEqual([place, place, place]);
    expect([server.slots, files.length]).toEqual([1, 1]);
  });

  it('are behind links of our own where the service fails, and nowhere without these', async () => {
    const server = new Server(() => slot('http://127.0.0.1:9/'));
    const uploads = uploadsOn(server, { link: (_, { name }) => `https://mail.example.com/f/x/${name}` });
    expect(await uploads.place(mail())?.prepared).toEqual(new Map([[0, { url: 'https://mail.example.com/f/x/b.png' }]]));
    expect(await uploadsOn(server).place(mail())?.prepared).toEqual(new Map());
  });

  it('do not wait for a service that has failed', async () => {
    const server = new Server(() => slot('http://127.0.0.1:9/'));
    const uploads = uploadsOn(server);
    await uploads.place(mail())?.prepared;
    await uploads.place(mail([PICTURE], 'c2'))?.prepared;
    expect(server.slots).toBe(1);
    clock.now += 61_000;
    await uploads.place(mail())?.prepared;
    expect(server.slots).toBe(2);
  });

  it('are uploaded four at once, and twenty of one mail', async () => {
    let now = 0;
    let most = 0;
    const url = await web((request, response) => {
      most = Math.max(most, ++now);
      request.resume().on('end', () => setTimeout(() => {
        now--;
        response.end();
      }, 5));
    });
    const uploads = uploadsOn(new Server(() => slot(url)));
    const placed = await uploads.place(mail(Array.from({ length: 30 }, (_, part) => ({ ...PICTURE, where: { part } }))))?.prepared;
    expect([most, placed?.size]).toEqual([4, 20]);
  });

  it('are asked of nobody when there are none, or uploads are off', async () => {
    const server = new Server(() => slot('http://127.0.0.1:9/'));
    expect(uploadsOn(server).place(mail([]))).toBeUndefined();
    expect(await uploadsOn(server, { upload: false }).place(mail())?.prepared).toEqual(new Map());
    expect(server.asked).toEqual([]);
  });
});

const ready = (prepared: Promise<void>): Preparation<void> => ({ prepared, instead: () => undefined });

describe('deliveries', () => {
  it('wait for the files of those before them in their lane, and of no other', async () => {
    const inOrder = new InOrder<void>(10);
    const [lane, other] = [chat(), chat({ sender: { kind: 'mail', local: 'eve', domain: 'example.org' } })];
    const passed: string[] = [];
    let uploaded = (): void => undefined;
    const slow = new Promise<void>((resolve) => (uploaded = resolve));
    const pass = (name: string) => (): Promise<string> => {
      passed.push(name);
      return name === 'first' ? new Promise(() => undefined) : Promise.resolve(name);
    };
    void inOrder.run(lane, ready(slow), pass('first'));
    const second = inOrder.run(lane, undefined, pass('second'));
    const third = inOrder.run(lane, ready(Promise.resolve()), pass('third'));
    expect(await inOrder.run(other, undefined, pass('other'))).toBe('other');
    expect(passed).toEqual(['other']);
    uploaded();
    expect(await Promise.all([second, third])).toEqual(['second', 'third']);
    expect(passed).toEqual(['other', 'first', 'second', 'third']);
  });

  it('go on when the one before could not be prepared', async () => {
    const inOrder = new InOrder<void>(10);
    const first = inOrder.run(chat(), ready(Promise.reject(new Error('a bug'))), () => Promise.resolve('first'));
    const second = inOrder.run(chat(), undefined, () => Promise.resolve('second'));
    await expect(first).rejects.toThrow('a bug');
    expect(await second).toBe('second');
  });

  it('wait no more for a slow file when too many wait behind it', async () => {
    const inOrder = new InOrder<string>(3);
    const passed: (string | undefined)[] = [];
    const pass = (name: string) => (prepared: string | undefined): Promise<void> => {
      passed.push(prepared ?? name);
      return Promise.resolve();
    };
    const hangs = { prepared: new Promise<string>(() => undefined), instead: () => 'link' };
    const three = [inOrder.run(chat(), hangs, pass('first')), inOrder.run(chat(), undefined, pass('second')), inOrder.run(chat(), undefined, pass('third'))];
    await new Promise(setImmediate);
    expect(passed).toEqual([]);
    await Promise.all([...three, inOrder.run(chat(), undefined, pass('fourth'))]);
    expect(passed).toEqual(['link', 'second', 'third', 'fourth']);
  });
});
