/** Room for newcomers, at a real server: who is cut when there are too many connections, and who is not. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepRoom } from '../../src/web/room.js';
import { waitUntil } from '../servers/wait.js';

const MOST = 3;
const GRACE = 1_000;
const ends: (() => void)[] = [];
// A moment passes when a test says so; the sockets are real.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => {
  vi.useRealTimers();
  for (const end of ends.splice(0)) end();
});

interface Caller {
  readonly socket: Socket;
  text: string;
  isCut: boolean;
}

async function stage() {
  /** Answers that are not given yet. */
  const held: ServerResponse[] = [];
  const here = new Set<Socket>();
  // Nobody else is to cut anybody.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    if (request.url === '/later') held.push(response);
    else if (request.url === '/live') {
      leave(request.socket);
      response.shouldKeepAlive = false;
      response.writeHead(200);
      response.write('on');
    } else response.end('hello');
  }).listen(0, '127.0.0.1');
  const leave = keepRoom(server, MOST);
  server.on('connection', (socket: Socket) => {
    here.add(socket);
    socket.once('close', () => here.delete(socket));
  });
  await once(server, 'listening');
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const ask = async (caller: Caller, path = '/'): Promise<void> => {
    const { length } = caller.text;
    const already = held.length;
    caller.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await waitUntil(`${path} is answered or held`, () => caller.text.length > length || held.length > already, 10_000);
  };
  /** Each comes when the one before him is there. */
  const dial = async (path?: string): Promise<Caller> => {
    const caller: Caller = { socket: connect(port, '127.0.0.1'), text: '', isCut: false };
    caller.socket.setEncoding('latin1').on('data', (piece: string) => (caller.text += piece)).on('error', () => undefined).on('close', () => (caller.isCut = true));
    const there = once(server, 'connection');
    await there;
    if (path !== undefined) await ask(caller, path);
    return caller;
  };
  const dialAll = async (paths: readonly (string | undefined)[]): Promise<Caller[]> => {
    const callers: Caller[] = [];
    for (const path of paths) callers.push(await dial(path));
    return callers;
  };
  return { dial, dialAll, ask, held, here };
}

/** Which of them are cut, once so many are. */
async function cut(callers: readonly Caller[], many: number): Promise<number[]> {
  await waitUntil(`${many} are cut`, () => callers.filter(({ isCut }) => isCut).length >= many, 10_000);
  return callers.flatMap(({ isCut }, i) => (isCut ? [i] : []));
}

test('beyond the most, after a moment, those are cut that have asked for nothing for longest', async () => {
  const { dial, dialAll, ask, here } = await stage();
  const callers = await dialAll([undefined, undefined, '/', '/']);
  if (callers[0] !== undefined) await ask(callers[0]);
  vi.advanceTimersByTime(GRACE - 1);
  callers.push(await dial('/'));
  expect(here.size).toBe(5);
  vi.advanceTimersByTime(1);
  expect(await cut(callers, 2)).toEqual([1, 2]);
  for (const i of [0, 3, 4]) if (callers[i] !== undefined) await ask(callers[i]);
  callers.push(await dial('/'));
  vi.advanceTimersByTime(GRACE);
  expect(await cut(callers, 3)).toEqual([0, 1, 2]);
});

test('who waits for his answer is not, but for one who has not sent all of his body', async () => {
  const { dialAll, dial, held, ask } = await stage();
  const callers = await dialAll(['/later', '/later', '/later']);
  const slow = await dial();
  slow.socket.write('POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345');
  await waitUntil('it is asked', () => held.length === 4, 10_000);
  const newcomer = await dial('/');
  vi.advanceTimersByTime(GRACE);
  expect(await cut([...callers, slow, newcomer], 2)).toEqual([3, 4]);
  for (const answer of held) answer.end('late');
  await waitUntil('all have it', () => callers.every(({ text }) => text.endsWith('late')), 10_000);
  for (const caller of callers) await ask(caller);
});

test('many who come in the same moment are all answered', async () => {
  const { dialAll, here } = await stage();
  const callers = await dialAll(Array.from({ length: 8 * MOST }, () => '/'));
  expect([callers.filter(({ text }) => text.endsWith('hello')).length, here.size]).toEqual([8 * MOST, 8 * MOST]);
});

test('eight times as many are the most in a moment; of more, as many are cut as there is room for, so that each who comes then costs little', async () => {
  const { dialAll } = await stage();
  const callers = await dialAll(Array.from({ length: 8 * MOST + 2 }, () => undefined));
  expect(await cut(callers, MOST + 1)).toEqual([0, 1, 2, 3]);
});

test('who has gone does not count', async () => {
  const { dialAll, dial, ask, here } = await stage();
  const [stays] = await dialAll([undefined]);
  for (let i = 0; i < 10; i++) {
    const { socket } = await dial();
    socket.destroy();
    await waitUntil('he has gone', () => here.size === 1, 10_000);
  }
  await dialAll(['/', '/']);
  vi.advanceTimersByTime(GRACE);
  if (stays !== undefined) await ask(stays);
  expect(here.size).toBe(3);
});

test('who was taken out does not count, also when he asks for more on the same connection', async () => {
  const { dialAll, ask, here } = await stage();
  const live = await dialAll(Array.from({ length: 5 }, () => '/live'));
  for (const { socket } of live) socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const callers = await dialAll(['/', '/', '/', '/']);
  vi.advanceTimersByTime(GRACE);
  expect(await cut([...live, ...callers], 1)).toEqual([5]);
  for (const caller of callers.slice(1)) await ask(caller);
  expect(here.size).toBe(8);
});
