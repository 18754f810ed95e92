import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { createLog } from '../../src/log.js';
import type { Answer, Static, WebRequest } from '../../src/web/answer.js';
import { startPublicListener, type PublicLimits, type PublicListener } from '../../src/web/public.js';
import { waitUntil } from '../servers/wait.js';

const open: PublicListener[] = [];
afterEach(() => Promise.all(open.splice(0).map((listener) => listener.close())));

const LIMITS: PublicLimits = { answers: 6, answersOfOne: 4, slowest: 300, request: 15_000 };

/** @param inPlace is the answer one that needs a place? */
async function start(answer: (request: WebRequest) => Answer | Promise<Answer>, { limits = LIMITS, inPlace = true } = {}) {
  const asked: WebRequest[] = [];
  const lines: string[] = [];
  const part = {
    answer: (request: WebRequest) => {
      asked.push(request);
      return inPlace ? async () => answer(request) : answer(request);
    },
  };
  const listener = await startPublicListener({ host: '127.0.0.1', port: 0 }, part, createLog('trace', { write: (line) => void lines.push(line) }), limits);
  if (isFailure(listener)) throw new Error(listener.text);
  open.push(listener);
  return { port: listener.port, url: `http://127.0.0.1:${listener.port}`, asked, lines };
}

const HELLO: Answer<Static> = { status: 200, headers: { 'content-type': 'text/plain', 'content-length': '5' }, body: 'hello' };

/** Bytes without end, and whether somebody still wants them. */
function endless(): Answer & { readonly state: { ended: boolean; given: number } } {
  const state = { ended: false, given: 0 };
  async function* body(): AsyncIterable<Uint8Array> {
    try {
      for (;;) {
        await Promise.resolve();
        state.given += 65_536;
        yield Buffer.alloc(65_536);
      }
    } finally {
      state.ended = true;
    }
  }
  return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: body(), state };
}

async function dial(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

async function raw(port: number, text: string): Promise<string> {
  const socket = await dial(port, text);
  let received = '';
  socket.setEncoding('latin1').on('data', (piece: string) => (received += piece));
  await once(socket, 'close');
  return received;
}

test('what the site answers is sent, its body only to GET', async () => {
  const { url, asked } = await start(() => HELLO);
  const got = await fetch(`${url}/m/a?b`, { headers: { range: 'bytes=0-1' } });
  expect([got.status, await got.text()]).toEqual([200, 'hello']);
  const head = await fetch(`${url}/m/a`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '5', '']);
  expect(asked).toMatchObject([{ method: 'GET', target: '/m/a?b', address: '127.0.0.1', headers: { range: 'bytes=0-1' } }, { method: 'HEAD', target: '/m/a', address: '127.0.0.1' }]);
});

test.each([
  ['203.0.113.7', '203.0.113.7'], ['1.1.1.1, 203.0.113.7', '203.0.113.7'], ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'], ['2001:db8::1', '2001:db8:0:0'], ['', '127.0.0.1'],
  // As a web server writes it that listens for both with one socket; and as one does that tells the port too.
  ['::ffff:203.0.113.7', '203.0.113.7'], ['203.0.113.7:50123', '203.0.113.7'], ['[2001:db8:1:2::1]:50123', '2001:db8:1:2'], ['[2001:db8:1:2::1]', '2001:db8:1:2'],
])('X-Forwarded-For: %j from a web server beside us is %s', async (told, address) => {
  const { url, asked } = await start(() => HELLO);
  await fetch(url, { headers: { 'x-forwarded-for': told } });
  expect(asked[0]?.address).toBe(address);
});

test('one that sends a request byte by byte is cut, and others are answered meanwhile', async () => {
  const { port, url } = await start(() => HELLO);
  const slow = await Promise.all(Array.from({ length: 600 }, () => dial(port, 'GET /m/x HTTP/1.1\r\nHost: x\r\nX: ')));
  expect((await fetch(url, { signal: AbortSignal.timeout(3_000) })).status).toBe(200);
  await waitUntil('the most is kept', () => slow.filter((socket) => socket.readyState === 'open').length <= 512, 5_000);
  for (const socket of slow) socket.destroy();
});

test('a reader that takes nothing is cut, and its file is let go', async () => {
  const file = endless();
  const { port, lines } = await start(() => file);
  const socket = await dial(port, 'GET /f/secret-token/a.mp4 HTTP/1.1\r\nHost: x\r\n\r\n');
  socket.pause();
  await waitUntil('it was given up', () => file.state.ended, 5_000);
  // What the system buffers, and not more.
  expect(file.state.given).toBeLessThan(16 * 1024 * 1024);
  expect(lines.join('')).toContain('too slow');
  expect(lines.join('')).not.toContain('secret-token');
  socket.destroy();
});

test('a reader that goes away ends the reading of its file, at once', async () => {
  const file = endless();
  const { port } = await start(() => file, { limits: { ...LIMITS, slowest: 60_000 } });
  const socket = await dial(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  await waitUntil('it was given up', () => file.state.ended, 5_000);
});

test('who has gone before his answer began has no place any more', async () => {
  const { port, url, asked } = await start((request) => (request.target === '/quick' ? HELLO : request.body(100).then(() => HELLO, () => endless())), { limits: { answers: 1, answersOfOne: 1, slowest: 60_000, request: 15_000 } });
  const gone = await dial(port, 'POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n');
  await waitUntil('it was asked', () => asked.length === 1, 5_000);
  expect((await fetch(`${url}/quick`)).status).toBe(503);
  gone.destroy();
  await waitUntil('the place is free', async () => (await fetch(`${url}/quick`)).status === 200, 5_000);
});

test.each([['that ends', () => HELLO], ['in pieces', endless]])('strangers who go before they have their answer, %s, do not fill the log', async (_name, answer) => {
  const { port, lines } = await start(answer, { inPlace: false });
  const told = (level: string): string[] => lines.filter((line) => line.includes(`"level":"${level}"`));
  for (let i = 0; told('debug').length < 20; i++) {
    if (i > 2_000) throw new Error('no answer was too late');
    const socket = await dial(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(4));
    socket.resetAndDestroy();
  }
  expect([told('info').length, lines.length - told('debug').length]).toEqual([1, 1]);
});

test('many answers of one address at once leave room for others, and all of them for none', async () => {
  const { url } = await start(({ target }) => (target === '/quick' ? HELLO : endless()), { limits: { ...LIMITS, slowest: 20_000 } });
  const take = (address: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const asking = httpRequest(`${url}/slow`, { headers: { 'x-forwarded-for': address } }, (response) => {
        response.pause();
        response.on('error', () => undefined);
        resolve(response.statusCode ?? 0);
      });
      asking.on('error', reject).end();
    });
  const one = await Promise.all(Array.from({ length: 5 }, () => take('192.0.2.1')));
  expect(one.sort()).toEqual([200, 200, 200, 200, 503]);
  const quick = (): Promise<Response> => fetch(`${url}/quick`, { headers: { 'x-forwarded-for': '192.0.2.9' } });
  expect((await quick()).status).toBe(200);
  expect(await Promise.all([take('192.0.2.2'), take('192.0.2.3')])).toEqual([200, 200]);
  const none = await quick();
  expect([none.status, none.headers.get('retry-after')]).toEqual([503, '5']);
});

test('a place is free again when its answer has ended', async () => {
  const { url } = await start(() => HELLO);
  for (let i = 0; i < 20; i++) expect((await fetch(url)).status).toBe(200);
});

test.each([
  ['a header that is too long', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ['a target that is too long', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ['no HTTP', '\x16\x03\x01\x02\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['two lengths', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a body', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n`, /^HTTP\/1\.1 200 [^]*connection: close/i],
])('%s', async (_name, text, expected) => {
  const { port } = await start(() => HELLO);
  expect(await raw(port, text)).toMatch(expected);
});

test('a body that breaks is no whole answer', async () => {
  async function* broken(): AsyncIterable<Uint8Array> {
    await Promise.resolve();
    yield Buffer.from('part');
    throw new Error('the disk failed');
  }
  const { url, lines } = await start(() => ({ status: 200, headers: { 'content-length': '100' }, body: broken() }));
  await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
  expect(lines.join('')).toContain('the disk failed');
});

test('a body that is shorter than was said ends the connection', async () => {
  async function* short(): AsyncIterable<Uint8Array> {
    await Promise.resolve();
    yield Buffer.from('part');
  }
  const { url } = await start(() => ({ status: 200, headers: { 'content-length': '100' }, body: short() }));
  await expect(fetch(url, { signal: AbortSignal.timeout(3_000) }).then((response) => response.text())).rejects.toMatchObject({ name: 'TypeError' });
});

test('a port that is taken is a failure', async () => {
  const { port } = await start(() => HELLO);
  const second = await startPublicListener({ host: '127.0.0.1', port }, { answer: () => HELLO }, createLog('fatal'));
  expect(isFailure(second) && second.text).toBe(`The web listener cannot listen on 127.0.0.1 port ${port}.`);
});
