/** Who asks, and how much: keys, addresses, and what names cost that show nothing. */
import { expect, test } from 'vitest';
import { ApiKeys, hashOf, newSecret } from '../../../src/presence/keys.js';
import type { ApiKey } from '../../../src/store/api-keys.js';
import type { Answer } from '../../../src/web/answer.js';
import { Door, isAnswer, type Entered } from '../../../src/web/presence/door.js';
import { quiet } from '../../store/files.js';
import { requestOf } from './world.js';

const SECRET = newSecret();
const CLUB: ApiKey = { name: 'club', hash: hashOf(SECRET), scopes: ['read'], rate: 60, madeAt: 1 };

async function doorOf({ rate = 600, stored = [CLUB] }: { rate?: number; stored?: ApiKey[] } = {}) {
  const time = { now: 1_000_000 };
  const keys = new ApiKeys({ store: { apiKeys: () => Promise.resolve(stored), apiKeysUsed: () => Promise.resolve() }, clock: () => 0, log: quiet });
  await keys.load();
  const door = new Door({ holder: (secret) => keys.holder(secret), rate, publicUrl: 'https://gw.test/post', running: () => time.now });
  const come = (headers: Record<string, string> = {}, address = '192.0.2.1') => door.enter(requestOf('/v1/presence/x', headers, { address }));
  const within = (headers?: Record<string, string>, address?: string): Entered => {
    const entered = come(headers, address);
    if (isAnswer(entered)) throw new Error(`turned away: ${entered.status}`);
    return entered;
  };
  return { door, keys, time, stored, come, within };
}

const statusOf = (entered: Entered | Answer): number => (isAnswer(entered) ? entered.status : 200);
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

test('a key is known by its secret, in any case of the scheme, and by nothing else', async () => {
  const { come, within, stored, keys } = await doorOf();
  expect(within(bearer(SECRET)).key).toMatchObject({ name: 'club', scopes: ['read'] });
  expect(within({ authorization: `bearer  ${SECRET} ` }).key?.name).toBe('club');
  const key = within(bearer(SECRET)).key;
  expect(key && keys.isGood(key)).toBe(true);
  for (const wrong of ['', 'Bearer', 'Bearer ', `Basic ${SECRET}`, `Bearer ${SECRET}x`, `Bearer ${newSecret()}`]) {
    const answer = come({ authorization: wrong }, `of ${wrong}`);
    expect([wrong, statusOf(answer)]).toEqual([wrong, 401]);
    expect((answer as Answer).headers).toMatchObject({ 'www-authenticate': 'Bearer realm="presence", error="invalid_token"', 'content-type': 'application/problem+json' });
  }
  stored.length = 0;
  await keys.load();
  expect(statusOf(come(bearer(SECRET)))).toBe(401);
  expect(key && keys.isGood(key)).toBe(false);
});

test('a key stays the same object while others are made, and a new one of its name is another', async () => {
  const { within, stored, keys } = await doorOf();
  const { key } = within(bearer(SECRET));
  stored.push({ ...CLUB, name: 'other', hash: hashOf(newSecret()) });
  await keys.load();
  expect(within(bearer(SECRET)).key).toBe(key);
  stored[0] = { ...CLUB, madeAt: 2 };
  await keys.load();
  expect(key && keys.isGood(key)).toBe(false);
});

test('an address has its burst and then its rate; another one has its own', async () => {
  const { come, time } = await doorOf();
  const burst = Array.from({ length: 150 }, () => statusOf(come()));
  expect(burst.filter((status) => status === 200)).toHaveLength(100);
  const refused = come() as Answer;
  expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
  expect(statusOf(come({}, '192.0.2.2'))).toBe(200);
  time.now += 1_000;
  expect(Array.from({ length: 20 }, () => statusOf(come())).filter((status) => status === 200)).toHaveLength(10);
});

test('a key has its own rate, whatever its address has asked', async () => {
  const { come, time } = await doorOf();
  for (let i = 0; i < 200; i++) come();
  expect(Array.from({ length: 70 }, () => statusOf(come(bearer(SECRET)))).filter((status) => status === 200)).toHaveLength(60);
  expect((come(bearer(SECRET)) as Answer).headers['retry-after']).toBe('1');
  time.now += 60_000;
  expect(statusOf(come(bearer(SECRET)))).toBe(200);
});

test('whoever tries keys is told to wait', async () => {
  const { come } = await doorOf();
  expect(Array.from({ length: 8 }, () => statusOf(come(bearer(newSecret()))))).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  expect(statusOf(come(bearer(SECRET)))).toBe(200);
});

test('nobody waits longer than a minute\'s worth, however little he may: not for wrong keys, not for what he asked by a key', async () => {
  const { door, come, within } = await doorOf({ rate: 6, stored: [{ ...CLUB, rate: 1 }] });
  expect([statusOf(come(bearer(newSecret()))), statusOf(come(bearer(newSecret())))]).toEqual([401, 429]);
  expect(Number((come() as Answer).headers['retry-after'])).toBeLessThanOrEqual(120);
  door.asked({ address: '192.0.2.1' }, within(bearer(SECRET)), 1_000, 0);
  expect(Number((come(bearer(SECRET)) as Answer).headers['retry-after'])).toBeLessThanOrEqual(120);
});

test('who walks through addresses pays for each as for a request, a thousand at once, and waits', async () => {
  const { door, come, time } = await doorOf();
  door.asked({ address: '192.0.2.1' }, come() as Entered, 50, 50);
  expect(Array.from({ length: 100 }, () => statusOf(come())).filter((status) => status === 200)).toHaveLength(100 - 1 - 50 - 4);
  const batch = come({}, '192.0.2.9') as Entered;
  door.asked({ address: '192.0.2.9' }, batch, 1_000, 1_000);
  const refused = come({}, '192.0.2.9') as Answer;
  expect([refused.status, Number(refused.headers['retry-after'])]).toEqual([429, 51]);
  time.now += 51_000;
  expect(statusOf(come({}, '192.0.2.9'))).toBe(200);
});

test('a batch costs by its names, a tenth with a key', async () => {
  const { door, come, within } = await doorOf({ stored: [{ ...CLUB, rate: 30 }] });
  for (let i = 0; i < 9; i++) door.asked({ address: '192.0.2.1' }, within(), 101, 0);
  expect(statusOf(come())).toBe(200);
  expect(statusOf(come())).toBe(429);
  for (let i = 0; i < 3; i++) door.asked({ address: '192.0.2.1' }, within(bearer(SECRET)), 1_000, 1_000);
  expect(statusOf(come(bearer(SECRET)))).toBe(429);
});

test('the origin is as browsers write it, and of pictures the page', async () => {
  const { door, within } = await doorOf({ rate: 100_000 });
  expect(within({ origin: 'https://verona.test' })).toEqual({ origin: 'https://verona.test' });
  expect(within({ origin: 'HTTPS://Verona.Test:443' }).origin).toBe('https://verona.test');
  for (const origin of ['null', '', 'verona', 'file:///x', 'data:text/html,x', 'javascript:alert(1)']) expect(within({ origin })).toEqual({});
  const referer = 'https://verona.test/balcony?x';
  expect(within({ referer })).toEqual({});
  expect(door.enter(requestOf('/badge/x.svg', { referer }), 'referrer')).toEqual({ origin: 'https://verona.test' });
  expect(door.enter(requestOf('/badge/x.svg', { referer, origin: 'null' }), 'referrer')).toEqual({});
});

/** What Chromium 150, Firefox 140 and WebKit 2.50 send from pages: to their own origin no `Origin` with GET; over plain http, but to this machine, no `Sec-Fetch-Site`. */
test.each([
  ['a page of ours', {}, 'same-origin', 'https://gw.test'],
  ['a page of ours that posts', { origin: 'https://gw.test' }, 'same-origin', 'https://gw.test'],
  ['a page elsewhere', { origin: 'https://verona.test' }, 'cross-site', 'https://verona.test'],
  ['a page beside us', { origin: 'https://www.gw.test' }, 'same-site', 'https://www.gw.test'],
  ['a picture in a page elsewhere that hides where it is', {}, 'cross-site', undefined],
  ['a picture in a page beside us that hides where it is', {}, 'same-site', undefined],
  ['an address that somebody typed', {}, 'none', undefined],
  ['a page without an origin', { origin: 'null' }, 'cross-site', undefined],
  ['a page without an origin, whatever else it says', { origin: 'null' }, 'same-origin', undefined],
  ['a page elsewhere, whatever else it says', { origin: 'https://verona.test' }, 'same-origin', 'https://verona.test'],
  ['a page elsewhere that is told by its address, whatever else it says', { referer: 'https://verona.test/x' }, 'same-origin', { origin: 'https://gw.test', referrer: 'https://verona.test' }],
  ['a program', {}, undefined, undefined],
  ['a program that spells it otherwise', {}, 'Same-Origin', undefined],
  ['a program that says two things', {}, 'same-origin, cross-site', undefined],
] as const)('%s is known by where it says it is', async (_who, headers, site, expected) => {
  const { door } = await doorOf({ rate: 100_000 });
  for (const from of ['origin', 'referrer'] as const) {
    const entered = door.enter(requestOf('/x', { ...headers, ...(site !== undefined && { 'sec-fetch-site': site }) }), from);
    expect([from, entered]).toEqual([from, { ...(expected !== undefined && { origin: typeof expected === 'string' ? expected : expected[from] }) }]);
  }
});
