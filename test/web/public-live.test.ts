import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { createLog } from '../../src/log.js';
import type { Answer, Reader, WebRequest } from '../../src/web/answer.js';
import { startPublicListener, type PublicListener } from '../../src/web/public.js';
import { waitUntil } from '../servers/wait.js';

const open: PublicListener[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

async function start(answer: (request: WebRequest) => Answer | Promise<Answer>, { slowest = 20_000, request = 15_000 } = {}) {
  const lines: string[] = [];
  const log = createLog('trace', { write: (line) => void lines.push(line) });
  const listener = await startPublicListener({ host: '127.0.0.1', port: 0 }, { answer }, log, { answers: 2, answersOfOne: 1, slowest, request });
  if (isFailure(listener)) throw new Error(listener.text);
  open.push(listener);
  return { port: listener.port, url: `http://127.0.0.1:${listener.port}`, lines };
}

async function dial(port: number, text: string) {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(text);
  const got = { text: '', ended: false, socket };
  socket.setEncoding('latin1').on('data', (piece: string) => (got.text += piece)).on('close', () => (got.ended = true));
  return got;
}

const text = (body: string | Uint8Array): Answer => ({ status: 200, headers: { 'content-type': 'text/plain' }, body });

/** An answer that goes on, and who reads it. */
function lasting(first: Uint8Array = Buffer.from('begin\n')) {
  const readers: Reader[] = [];
  const gone: Reader[] = [];
  const answer: Answer = {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    body: {
      begin: (reader) => {
        readers.push(reader);
        reader.write(first);
        return () => gone.push(reader);
      },
    },
  };
  return { answer, readers, gone, write: (bytes: string | Uint8Array) => readers.forEach((reader) => reader.write(Buffer.from(bytes))) };
}

const GET = 'GET /live HTTP/1.1\r\nHost: x\r\n\r\n';

test.each([
  ['text', 'grüße'], ['bytes', Buffer.from('grüße')],
])('an answer of %s that does not say its length gets one, and the connection stays', async (_name, body) => {
  const { port } = await start(() => text(body));
  const got = await dial(port, `${GET}HEAD / HTTP/1.1\r\nHost: x\r\n\r\n${GET}`);
  await waitUntil('all three came', () => got.text.split('HTTP/1.1 200').length === 4, 5_000);
  expect(got.text.match(/content-length: 7/gi)).toHaveLength(3);
  expect(got.text.match(/grÃ¼Ã\x9fe/g)).toHaveLength(2);
  expect([got.text.includes('close'), got.ended]).toEqual([false, false]);
});

test('nothing found new has no length', async () => {
  const { port } = await start(() => ({ status: 304, headers: { etag: '"a"' }, body: '' }));
  const got = await dial(port, GET);
  await waitUntil('it came', () => got.text.includes('\r\n\r\n'), 5_000);
  expect(got.text).not.toMatch(/content-length|transfer-encoding/i);
});

test('a body is read by who asks for it, and the connection stays', async () => {
  const { port } = await start(async (request) => text(`[${String(await request.body(10))}]`));
  const got = await dial(port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234');
  got.socket.write('56789');
  await waitUntil('it was answered', () => got.text.includes('[0123456789]'), 5_000);
  got.socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n');
  await waitUntil('the next too', () => got.text.includes('[abc]'), 5_000);
});

test.each([
  ['said', 'Content-Length: 11\r\n\r\n0123456789a'], ['not said', 'Transfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n'],
])('a body that is too large, its length %s, ends the connection', async (_name, rest) => {
  const { port } = await start(async (request) => text(`[${String(await request.body(10))}]`));
  const got = await dial(port, `POST / HTTP/1.1\r\nHost: x\r\n${rest}`);
  await waitUntil('it ended', () => got.ended, 5_000);
  expect(got.text).toMatch(/connection: close[^]*\[too-large\]/i);
});

test.each([
  ['whose client goes', (socket: Socket) => void socket.destroy(), 15_000],
  ['of which a byte comes now and then', (socket: Socket) => void setInterval(() => socket.destroyed || socket.write('x'), 50).unref(), 300],
])('a body %s is given up', async (_name, then, request) => {
  const ends: unknown[] = [];
  const { port } = await start(async (asked) => {
    ends.push(await asked.body(100).catch((error: unknown) => error));
    return text('');
  }, { request });
  const got = await dial(port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n');
  then(got.socket);
  await waitUntil('it was given up', () => got.ended && ends.length === 1, 5_000);
  expect(ends[0]).toBeInstanceOf(Error);
});

test('a part that fails is a log line and an answer', async () => {
  for (const fail of [() => Promise.reject(new Error('the words')), () => { throw new Error('the words'); }]) {
    const { url, lines } = await start(fail);
    const got = await fetch(url);
    expect([got.status, await got.text()]).toEqual([500, 'This does not work now.\n']);
    expect(lines.join('')).toContain('the words');
  }
});

test('an answer at once takes no place, however many of one address are under way', async () => {
  const { url } = await start(() => text('x'));
  expect(new Set(await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).status)))).toEqual(new Set([200]));
});

test('an answer at once that is not read is cut, so that its connection is no one\'s for ever', async () => {
  const { port, lines } = await start(() => text(Buffer.alloc(32 * 1024 * 1024)), { slowest: 200 });
  const got = await dial(port, GET);
  got.socket.pause();
  await waitUntil('it was cut', () => lines.join('').includes('too slow'), 5_000);
});

test('an answer that goes on is sent as it is written, and ends with either side', async () => {
  const { answer, readers, gone, write } = lasting();
  const { port } = await start(() => answer);
  const [one, other] = [await dial(port, GET), await dial(port, GET)];
  await waitUntil('both began', () => one.text.endsWith('begin\n') && other.text.endsWith('begin\n'), 5_000);
  expect(one.text).not.toMatch(/transfer-encoding|content-length/i);
  write('more\n');
  await waitUntil('both have it', () => one.text.endsWith('\r\n\r\nbegin\nmore\n') && other.text.endsWith('more\n'), 5_000);
  readers[0]?.letGo();
  readers[0]?.write(Buffer.from('late\n'));
  await waitUntil('one ended', () => one.ended && gone.length === 1, 5_000);
  expect(one.text).not.toContain('late');
  other.socket.destroy();
  await waitUntil('the other was missed', () => gone.length === 2, 5_000);
  expect(gone).toEqual(readers);
  write('for nobody');
});

test('a reader that takes nothing is cut while others go on, and nothing is kept for him', async () => {
  const { answer, gone, readers, write } = lasting();
  const { port } = await start(() => answer);
  const [slow, quick] = [await dial(port, GET), await dial(port, GET)];
  await waitUntil('both began', () => readers.length === 2, 5_000);
  slow.socket.pause();
  const piece = Buffer.alloc(262_144, 'a');
  let written = 0;
  while (gone.length === 0 && written < 64 * 1024 * 1024) {
    write(piece);
    written += piece.length;
    const whole = written;
    await waitUntil('the quick one has it', () => quick.text.length > whole, 5_000);
  }
  expect(gone).toEqual([readers[0]]);
  expect([quick.ended, quick.text.length > written]).toEqual([false, true]);
});

test('a reader that never takes what he asked for at the beginning is cut, though no more than that waits for him', async () => {
  const { answer, gone, readers, write } = lasting(Buffer.alloc(32 * 1024 * 1024));
  const { port } = await start(() => answer, { slowest: 50 });
  const slow = await dial(port, GET);
  slow.socket.pause();
  await waitUntil('it began', () => readers.length === 1, 5_000);
  await waitUntil('it was cut at some beat', () => {
    write('');
    return gone.length === 1;
  }, 5_000);
});

test('what he asked for at the beginning may be large', async () => {
  const { port } = await start(() => ({
    status: 200,
    headers: {},
    body: {
      begin: (reader) => {
        reader.write(Buffer.alloc(8 * 1024 * 1024, 'a'));
        reader.write(Buffer.from('!'));
        setImmediate(() => reader.write(Buffer.from('more')));
        return () => undefined;
      },
    },
  }));
  const got = await dial(port, GET);
  await waitUntil('all came', () => got.text.endsWith('!more'), 10_000);
});

test('answers that go on leave the room of the others as it is', async () => {
  const { answer, readers, gone } = lasting();
  const { port, url } = await start(({ target }) => (target === '/live' ? answer : text('x')));
  for (let i = 0; i < 6; i++) await Promise.all(Array.from({ length: 100 }, () => dial(port, GET)));
  await waitUntil('all began', () => readers.length === 600, 5_000);
  const idle = await Promise.all(Array.from({ length: 600 }, () => dial(port, 'GET /idle HTTP/1.1\r\nHost: x\r\n\r\n')));
  const cut = (): number => idle.filter(({ ended }) => ended).length;
  await waitUntil('those beyond the most are cut', () => cut() >= 88, 10_000);
  expect((await fetch(url, { signal: AbortSignal.timeout(3_000) })).status).toBe(200);
  // The one that fetch came by may have been one more.
  expect(cut()).toBeLessThanOrEqual(89);
  expect(gone).toEqual([]);
});

test('one that is let go and takes nothing is cut all the same', async () => {
  const { answer, gone, readers } = lasting(Buffer.alloc(32 * 1024 * 1024));
  const { port } = await start(() => answer, { slowest: 50 });
  const slow = await dial(port, GET);
  slow.socket.pause();
  await waitUntil('it began', () => readers.length === 1, 5_000);
  readers[0]?.letGo();
  await waitUntil('it was cut', () => gone.length === 1, 5_000);
});

test('one that was slow once, and has kept up since, is not cut for being slow again', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const large = 8_388_608;
  // So much may wait for him, as he asked for it at the beginning.
  const { answer, gone, write } = lasting(Buffer.alloc(large, 'a'));
  const { port } = await start(() => answer);
  const got = await dial(port, GET);
  for (let all = large; all <= 3 * large; all += large) {
    await waitUntil('he has all', () => got.text.length > all, 10_000);
    write('');
    vi.advanceTimersByTime(15_000);
    write(Buffer.alloc(large, 'a'));
    write('!');
  }
  await waitUntil('he has all in the end', () => got.text.length > 4 * large && got.text.endsWith('!'), 10_000);
  expect(gone).toEqual([]);
});

test('only its head is given to HEAD, and nothing begins', async () => {
  const { answer, readers } = lasting();
  const { port } = await start(() => answer);
  const got = await dial(port, GET.replace('GET', 'HEAD'));
  await waitUntil('it ended', () => got.ended, 5_000);
  expect([got.text.split('\r\n')[0], got.text.split('\r\n\r\n')[1], readers]).toEqual(['HTTP/1.1 200 OK', '', []]);
  expect(got.text).toMatch(/^connection: close\r$/im);
});

test('one that was asked for behind an answer that is not read yet does not begin', async () => {
  const { answer, readers } = lasting();
  const firsts: ((one: Answer) => void)[] = [];
  let asked = 0;
  const { port, lines } = await start(({ target }) => {
    asked++;
    return target === '/live' ? answer : new Promise<Answer>((resolve) => void firsts.push(resolve));
  });
  const got = await dial(port, `GET /first HTTP/1.1\r\nHost: x\r\n\r\n${GET}`);
  await waitUntil('both are asked', () => asked === 2, 5_000);
  firsts[0]?.(text('first'));
  await waitUntil('it ended', () => got.ended, 5_000);
  expect([got.text.includes('first'), got.text.match(/HTTP\/1\.1 200/g)?.length, readers, lines]).toEqual([true, 2, [], []]);
});

test('the end of the listener ends all of them', async () => {
  const { answer, readers, gone } = lasting();
  const { port } = await start(() => answer);
  const got = await dial(port, GET);
  await waitUntil('it began', () => readers.length === 1, 5_000);
  await open.pop()?.close();
  await waitUntil('it ended', () => got.ended && gone.length === 1, 5_000);
});
