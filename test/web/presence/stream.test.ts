import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { isFailure } from '../../../src/failure.js';
import { createLog } from '../../../src/log.js';
import { startPublicListener, type PublicListener } from '../../../src/web/public.js';
import { waitUntil } from '../../servers/wait.js';
import { eventsIn, following, streamWorld } from './stream-world.js';
import { idOf } from './world.js';

const open: PublicListener[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

async function start(limits: Parameters<typeof streamWorld>[0] = {}) {
  const world = streamWorld(limits);
  const listener = await startPublicListener({ host: '127.0.0.1', port: 0 }, world.part, createLog('fatal'), { answers: 2, answersOfOne: 1, slowest: 30_000, request: 500 });
  if (isFailure(listener)) throw new Error(listener.text);
  open.push(listener);
  const dial = async (head: string) => {
    const socket = connect(listener.port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    const got = { text: '', socket, ended: false };
    socket.setEncoding('utf8').on('data', (piece: string) => (got.text += piece)).on('close', () => (got.ended = true));
    socket.write(`${head}\r\nHost: x\r\n\r\n`);
    return got;
  };
  const follow = (letters: string, last = '') => dial(`GET ${following(letters)} HTTP/1.1${last === '' ? '' : `\r\nLast-Event-ID: ${last}`}`);
  return { ...world, ...{ dial, follow, url: `http://127.0.0.1:${listener.port}` } };
}

const told = (text: string): unknown[] => eventsIn(text.slice(text.indexOf('\r\n\r\n') + 4)).flatMap(({ event, data }) => (event === 'presence' ? [(data as { presence: string }).presence] : []));
const lastId = (text: string): string => eventsIn(text.slice(text.indexOf('\r\n\r\n') + 4)).findLast(({ id }) => id !== undefined)?.id ?? '';

test('goes over a real connection, and on after a break', async () => {
  const { follow, permit, change, hub } = await start();
  permit('a');
  permit('b');
  const first = await follow('ab');
  await waitUntil('all are told', () => told(first.text).length === 2 && lastId(first.text) !== '', 5_000);
  expect(first.text).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*content-type: text\/event-stream\r\n/);
  change('a', { online: true });
  await waitUntil('the change is told', () => told(first.text).length === 3, 5_000);
  first.socket.destroy();
  await waitUntil('it was missed', () => hub.open === 0, 5_000);
  change('b', { online: true });
  const second = await follow('ab', lastId(first.text));
  await waitUntil('what is newer is told', () => lastId(second.text) !== '', 5_000);
  expect([told(first.text), told(second.text)]).toEqual([['offline', 'offline', 'online'], ['online']]);
});

test('a reader that does not read is dropped, and the others hear all of it', async () => {
  const { follow, permit, change, hub } = await start();
  permit('a');
  const [slow, quick] = [await follow('a'), await follow('a')];
  await waitUntil('both began', () => hub.open === 2 && told(quick.text).length === 1, 5_000);
  slow.socket.pause();
  let changes = 1;
  for (; hub.open === 2 && changes < 4_000; changes += 2) {
    for (const online of [true, false]) change('a', { online, status: 'x'.repeat(60_000) });
    const all = changes + 2;
    await waitUntil('the quick one keeps up', () => quick.text.split('event: presence').length > all, 5_000);
  }
  expect([hub.open, quick.ended]).toEqual([1, false]);
});

test('a thousand ids in a body, and a body that never ends', async () => {
  const { dial, hub, permit, change, url } = await start();
  permit('z');
  const ids = [...Array.from({ length: 999 }, (_, i) => `u${i}@verona.test`), idOf('z')];
  const response = await fetch(`${url}/v1/stream`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ids }) });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (part: string): Promise<void> => {
    while (!text.includes(part)) text += (await reader?.read())?.value ?? '';
  };
  await until('"presence":"offline"');
  expect(text.split('event: presence')).toHaveLength(1_001);
  change('z', { online: true });
  await until('"presence":"online"');
  const slow = await dial('POST /v1/stream HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 60000');
  await waitUntil('it was cut', () => slow.ended, 10_000);
  expect([slow.text.includes('event-stream'), hub.open]).toEqual([false, 1]);
  await reader?.cancel();
  await waitUntil('it was missed', () => hub.open === 0, 5_000);
});

test('more than there may be are told so, and ended with the hub', async () => {
  const { follow, hub, url } = await start({ streamsOfOne: 2 });
  const streams = [await follow('a'), await follow('a')];
  await waitUntil('both began', () => hub.open === 2, 5_000);
  const third = await fetch(`${url}${following('a')}`);
  expect([third.status, third.headers.get('retry-after'), third.headers.get('content-type')]).toEqual([429, '30', 'application/problem+json']);
  hub.close();
  await waitUntil('all ended', () => streams.every(({ ended }) => ended) && hub.open === 0, 5_000);
});
