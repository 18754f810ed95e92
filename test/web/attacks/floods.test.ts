/** Too much, too often, and secrets. The table of attacks is in docs/security.md. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { newSecret } from '../../../src/presence/keys.js';
import { newId } from '../../../src/presence/publications.js';
import { waitUntil } from '../../servers/wait.js';
import { anotherAddress, closed, dial, get, idOf, jidOf, publicationOf, setWhole, timesOf, type Told } from './whole.js';

const whole = setWhole({ publications: [publicationOf('a'), publicationOf('n', { audience: 'nobody' })], online: { a: { status: 'the words of Ann' } }, keys: { club: ['read'], portal: ['read', 'lookup'], slow: ['read', 'lookup'] }, rates: { slow: 100 } });
const ONE = `/v1/presence/${idOf('a')}`;
const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` });

/** As one address. @returns the first answer that is not like those before it, and its number */
async function until(status: number, most: number, ask: (number: number, from: Readonly<Record<string, string>>) => Promise<Told>): Promise<{ readonly answer: Told; readonly after: number }> {
  const from = { 'X-Forwarded-For': anotherAddress() };
  for (let after = 0; after < most; after++) {
    const answer = await ask(after, from);
    if (answer.status === status) return { answer, after };
  }
  throw new Error(`${most} were not answered with ${status}`);
}

describe('too often', () => {
  test.each([['one user', ONE], ['badges', `/badge/${idOf('a')}.svg`], ['pages', `/u/${idOf('a')}`], ['pictures', `/u/${idOf('a')}/picture`], ['generators', `/u/${idOf('a')}/embed`]])('%s from one address: 429 that says how long, and others are answered', async (_name, path) => {
    const { answer, after } = await until(429, 1_500, (_number, from) => get(whole, path, from));
    expect(after).toBeGreaterThan(10);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await get(whole, path)).status).toBeLessThan(500);
    expect((await get(whole, ONE)).status).toBe(200);
  });

  test.each(['/v1/presence', '/v1/stream'])('addresses that nobody has: a walk through them by %s, a thousand at once, is no faster than one by one', async (path) => {
    const address = anotherAddress();
    const body = JSON.stringify({ ids: Array.from({ length: 1_000 }, (_, i) => `user${i}@verona.test`) });
    const socket = await dial(whole.port);
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
    const next = await get(whole, ONE, { 'X-Forwarded-For': address });
    expect(next.status).toBe(429);
    // Of a minute, less what an address may ask at once.
    expect(Number(next.headers.get('retry-after'))).toBeGreaterThan(40);
  });

  test.each([
    ['ten in a query', 10, (ids: string[]) => ['GET', `/v1/presence?${ids.map((id) => `id=${id}`).join('&')}`, ''] as const],
    ['ten in a body', 10, (ids: string[]) => ['POST', '/v1/presence', JSON.stringify({ ids })] as const],
    ['ten in a stream', 10, (ids: string[]) => ['HEAD', `/v1/stream?${ids.map((id) => `id=${id}`).join('&')}`, ''] as const],
    ['badges', 1, ([id]: string[]) => ['GET', `/badge/${id}.svg`, ''] as const],
    ['pages', 1, ([id]: string[]) => ['GET', `/u/${id}`, ''] as const],
    ['pictures', 1, ([id]: string[]) => ['GET', `/u/${id}/picture`, ''] as const],
  ])('nor is it by %s: an address asks for a hundred at once, and no more', async (_name, many, asking) => {
    const started = performance.now();
    let names = 0;
    const { answer } = await until(429, 200, (number, from) => {
      names += many;
      const [method, path, body] = asking(Array.from({ length: many }, (_, i) => `user${number}-${i}@verona.test`));
      return get(whole, path, from, method, body);
    });
    // 600 a minute, and those at once; what was asked before the first refusal is a little more.
    const permitted = 100 + (performance.now() - started) / 100;
    expect(names).toBeLessThanOrEqual(permitted + 2 * many);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test.each([['/v1/presence', 'ids'], ['/v1/stream', 'ids'], ['/v1/lookup', 'mail']])('nor by many at once whose bodies come after the heads of all: %s', async (path, key) => {
    const { secrets: { slow = '' } } = whole;
    const address = anotherAddress();
    const withKey = path === '/v1/lookup' ? `Authorization: Bearer ${slow}\r\n` : '';
    const body = JSON.stringify({ [key]: Array.from({ length: 1_000 }, (_, i) => `user${i}@verona.test`) });
    const sockets = await Promise.all(Array.from({ length: 20 }, () => dial(whole.port)));
    const statuses = sockets.map(async (socket) => ((await once(socket, 'data')) as [Buffer])[0].toString().split(' ')[1]);
    const asking = sockets.map((socket) => socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${withKey}X-Forwarded-For: ${address}\r\nContent-Length: ${body.length}\r\n\r\n`));
    expect(asking).toHaveLength(20);
    // Their heads are read before what comes later by another connection.
    expect((await get(whole, ONE)).status).toBe(200);
    for (const socket of sockets) socket.write(body);
    const told = await Promise.all(statuses);
    for (const socket of sockets) socket.destroy();
    expect(told.filter((status) => status === '429').length).toBeGreaterThanOrEqual(path === '/v1/lookup' ? 9 : 19);
    const next = await get(whole, ONE, { 'X-Forwarded-For': address, ...(withKey !== '' && bearer(slow)) });
    expect([next.status, Number(next.headers.get('retry-after')) <= 61]).toEqual([429, true]);
  });

  test('nor is a page too much with forty people who all hide themselves: their badges, and all of them in one', async () => {
    const from = { 'X-Forwarded-For': anotherAddress() };
    const hidden = [...Array.from({ length: 39 }, (_, i) => `user${i}@verona.test`), idOf('n')];
    const asked = [...hidden.map((name) => `/badge/${name}.svg`), `/v1/presence?${hidden.map((name) => `id=${name}`).join('&')}`];
    for (const path of asked) expect([path, (await get(whole, path, from)).status]).toEqual([path, path.startsWith('/badge') ? 404 : 200]);
  });

  test('nor a page with hundreds of links that show nothing any more: nobody guesses 130 bits', async () => {
    const from = { 'X-Forwarded-For': anotherAddress() };
    const ids = Array.from({ length: 500 }, () => newId());
    expect((await get(whole, '/v1/presence', { 'Content-Type': 'application/json', ...from }, 'POST', JSON.stringify({ ids }))).status).toBe(200);
    expect((await get(whole, ONE, from)).status).toBe(200);
  });

  test('API keys that are guessed', async () => {
    const { after } = await until(429, 100, (_number, from) => get(whole, ONE, { ...bearer(newSecret()), ...from }));
    expect(after).toBeLessThan(50);
  });
});

describe('streams', () => {
  const openStream = async (address: string): Promise<{ readonly socket: Socket; readonly status: number }> => {
    const socket = await dial(whole.port);
    socket.write(`GET /v1/stream?id=${idOf('a')} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address}\r\n\r\n`);
    const head = await new Promise<string>((resolve) => {
      socket.once('data', (piece: Buffer) => resolve(piece.toString()));
      socket.once('close', () => resolve(''));
    });
    return { socket, status: Number(head.slice(9, 12)) };
  };

  test('too many of one address are refused, others are not, and a place is free again at the end', async () => {
    const address = anotherAddress();
    const opened: Socket[] = [];
    let refused = 0;
    while (opened.length < 200 && refused === 0) {
      const { socket, status } = await openStream(address);
      opened.push(socket);
      if (status !== 200) refused = status;
    }
    expect([429, 503]).toContain(refused);
    const other = await openStream(anotherAddress());
    expect(other.status).toBe(200);
    const ends = [...opened, other.socket].map(closed);
    for (const socket of [...opened, other.socket]) socket.destroy();
    await Promise.all(ends);
  });

  test('more names than a stream may have are refused', async () => {
    const ids = Array.from({ length: 1_001 }, (_, i) => `user${i}@verona.test`);
    const answer = await get(whole, '/v1/stream', { 'Content-Type': 'application/json' }, 'POST', JSON.stringify({ ids }));
    expect([400, 413]).toContain(answer.status);
  });
});

describe('API keys', () => {
  const lookup = `/v1/lookup?mail=a@gw.test`;

  test('are taken from Authorization alone', async () => {
    const { secrets: { portal = '' } } = whole;
    expect((await get(whole, lookup, bearer(portal))).status).toBe(200);
    for (const name of ['key', 'api_key', 'apikey', 'access_token', 'token', 'authorization', 'bearer']) {
      const inQuery = await get(whole, `${lookup}&${name}=${portal}`);
      expect([name, inQuery.status]).toEqual([name, expect.toSatisfy((status: number) => status === 401 || status === 403)]);
    }
    for (const field of ['X-API-Key', 'Api-Key', 'Proxy-Authorization', 'Cookie']) expect((await get(whole, lookup, { [field]: `Bearer ${portal}` })).status).not.toBe(200);
    expect((await get(whole, lookup, { Authorization: `Basic ${Buffer.from(`portal:${portal}`).toString('base64')}` })).status).toBe(401);
  });

  test('open no more than their scope', async () => {
    const { secrets: { club = '' } } = whole;
    const answer = await get(whole, lookup, bearer(club));
    expect([answer.status, answer.body.includes('Ann')]).toEqual([403, false]);
    expect((await get(whole, ONE, bearer(club))).status).toBe(200);
    expect((await get(whole, `/v1/presence/${idOf('n')}`, bearer(club))).status).toBe(404);
  });

  test('tell nothing by how long a wrong one takes, however nearly it is right', async () => {
    const { secrets: { club = '' } } = whole;
    const wrong = [`${club.slice(0, -1)}${club.endsWith('A') ? 'B' : 'A'}`, `spk_${club[4] === 'A' ? 'B' : 'A'}${club.slice(5)}`, newSecret()];
    const times = await timesOf(wrong.map((secret) => async () => expect((await get(whole, ONE, bearer(secret))).status).toBe(401)));
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1);
  }, 60_000);
});

describe('the log', () => {
  test('has no id, no name, no key and no words in it, at any level, whatever was asked', async () => {
    const { secrets: { portal = '' }, lines } = whole;
    const made = newSecret();
    const paths = [ONE, `/u/${idOf('a')}`, `/badge/${idOf('a')}.svg`, `/u/${idOf('a')}/embed`, `/v1/presence/${jidOf('a')}`, `/v1/presence?id=${idOf('a')}`, `/v1/lookup?mail=a@gw.test`, `/v1/presence/${idOf('n')}`, `/v1/presence/${idOf('z')}`];
    for (const path of paths) for (const headers of [{}, bearer(portal), bearer(made), { Accept: 'x/y' }]) await get(whole, path, headers);
    const socket = await dial(whole.port);
    socket.write(`GET /v1/stream?id=${idOf('a')} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${anotherAddress()}\r\n\r\n`);
    await waitUntil('the stream has begun', () => socket.bytesRead > 100, 5_000);
    socket.resetAndDestroy();
    const text = lines.join('');
    for (const secret of [idOf('a'), idOf('n'), idOf('z'), portal, made, 'words of Ann', 'Bearer']) expect(text).not.toContain(secret);
  });
});
