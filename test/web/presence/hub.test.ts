import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cursors } from '../../../src/web/presence/cursor.js';
import { following, streamWorld } from './stream-world.js';
import { idOf, KEYS } from './world.js';

const JSON_BODY = { 'content-type': 'application/json' };
const posted = (ids: readonly string[]) => ({ method: 'POST', body: () => Promise.resolve(Buffer.from(JSON.stringify({ ids }))) });

describe('a stream', () => {
  it('tells what all look like, then each change, and its id goes on with each', async () => {
    const world = streamWorld();
    world.permit('a');
    world.permit('b');
    world.change('b', { online: true, show: 'dnd' });
    const reader = await world.open(following('abc'));
    expect(reader.told).toEqual(['a offline', 'b dnd', 'c unknown']);
    const first = reader.events;
    expect(Number(first[0]?.retry)).toBeGreaterThanOrEqual(2_000);
    expect(Number(first[0]?.retry)).toBeLessThan(8_000);
    expect(first.map(({ id }) => id !== undefined)).toEqual([false, false, false, false, true]);
    reader.clear();
    world.change('a', { online: true });
    expect(reader.events).toEqual([{ id: expect.stringMatching(/^[\w-]{22}$/) as unknown, event: 'presence', data: { id: idOf('a'), presence: 'online', strangers: false } }]);
    world.change('b', { online: false });
    expect(reader.told).toEqual(['a online', 'b offline']);
  });

  it('tells each name once, also the one that can be nobody\'s', async () => {
    const world = streamWorld();
    world.permit('a', { audience: 'everybody' });
    const reader = await world.open('/v1/stream?id=A@verona.test&id=a@Verona.test/balcony&id=verona.test&id=%22');
    expect(reader.told).toEqual(['a@verona.test offline', 'verona.test unknown', '" unknown']);
    world.change('a', { online: true });
    expect(reader.told.at(-1)).toBe('a@verona.test online');
  });

  it('takes the names from a body too, a thousand of them', async () => {
    const world = streamWorld();
    const names = Array.from({ length: 1_000 }, (_, i) => `u${i}@verona.test`);
    world.permit('a', { audience: 'everybody', user: 'u999@verona.test' });
    const reader = await world.open('/v1/stream', JSON_BODY, posted(names));
    const told = reader.events.filter(({ event }) => event === 'presence');
    expect([told.length, told.at(-1)?.data]).toMatchObject([1_000, { id: 'u999@verona.test', presence: 'offline' }]);
    expect((await world.answer('/v1/stream', JSON_BODY, posted([...names, 'x@verona.test']))).status).toBe(400);
    expect((await world.answer('/v1/stream', JSON_BODY, posted([]))).status).toBe(400);
    expect((await world.answer('/v1/stream')).status).toBe(400);
    expect((await world.answer('/v1/stream', {}, { method: 'PUT' })).status).toBe(405);
  });

  it('says that nothing may hold it back or keep it, and who may read it', async () => {
    const world = streamWorld();
    const { headers } = await world.answer(following('a'));
    expect(headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no', 'access-control-allow-origin': '*' });
    const own = await world.answer(following('a'), { origin: 'https://verona.example' });
    expect(own.headers).toMatchObject({ 'access-control-allow-origin': 'https://verona.example', vary: 'accept, origin, sec-fetch-site' });
    expect((await world.answer(following('a'), {}, { method: 'OPTIONS' })).headers['access-control-allow-methods']).toContain('POST');
  });

  it('ends for who holds a key that is revoked', async () => {
    vi.useFakeTimers();
    const world = streamWorld();
    world.hub.start();
    const [keyed, other] = [await world.open(following('a'), { authorization: 'Bearer platform' }), await world.open(following('a'))];
    world.revoked.add(KEYS.platform ?? { name: '', scopes: [] });
    vi.advanceTimersByTime(25_000);
    expect([keyed.wasLetGo, other.wasLetGo, world.hub.open]).toEqual([true, false, 1]);
    vi.useRealTimers();
  });

  it('is let go at the end', async () => {
    const world = streamWorld();
    const readers = [await world.open(following('a')), await world.open(following('b'))];
    world.hub.close();
    expect(readers.map(({ wasLetGo }) => wasLetGo)).toEqual([true, true]);
    expect(world.hub.open).toBe(0);
  });
});

describe('who is hidden', () => {
  it('who withdraws becomes unknown at once, and who permits appears', async () => {
    const world = streamWorld();
    world.permit('a');
    world.change('a', { online: true });
    const reader = await world.open(following('a'));
    world.permit('a', { audience: 'nobody' });
    world.change('a', { online: false });
    world.permit('a');
    expect(reader.told).toEqual(['a online', 'a unknown', 'a offline']);
  });

  it('who replaces his link is seen under the new one only', async () => {
    const world = streamWorld();
    world.permit('a');
    const [old, next] = [await world.open(following('a')), await world.open(following('b'))];
    world.permit('a', { id: idOf('b') });
    world.change('a', { online: true });
    expect([old.told, next.told]).toEqual([['a offline', 'a unknown'], ['b unknown', 'b offline', 'b online']]);
  });

  it('is told of no more by anything that happens to him than who does not exist', async () => {
    const world = streamWorld();
    world.permit('a', { audience: 'sites', origins: ['https://verona.example'] });
    const [stranger, friend] = [await world.open(following('a')), await world.open(following('a'), { origin: 'https://verona.example' })];
    const other = await world.open(following('a'), { origin: 'https://mantua.example' });
    for (const reader of [stranger, other]) {
      expect(reader.told).toEqual(['a unknown']);
      reader.clear();
    }
    for (const online of [true, false, true]) world.change('a', { online });
    world.permit('a', { audience: 'sites', origins: ['https://verona.example'], write: true });
    expect([stranger.text, other.text]).toEqual(['', '']);
    expect(friend.told).toEqual(['a offline', 'a online', 'a offline', 'a online', 'a online']);
    world.permit('a', { audience: 'sites', origins: ['https://mantua.example'] });
    expect([stranger.text, other.told, friend.told.at(-1)]).toEqual(['', ['a online'], 'a unknown']);
  });

  it('is not to be counted by event ids: they tell nothing, and no two are alike', () => {
    const cursors = new Cursors();
    const ids = Array.from({ length: 100 }, () => cursors.seal(7));
    expect(new Set(ids).size).toBe(100);
    expect(new Set(ids.map((id) => cursors.open(id)))).toEqual(new Set([7]));
    expect(cursors.open(cursors.seal(2 ** 48 - 1))).toBe(2 ** 48 - 1);
    for (const wrong of ['', 'x', 'A'.repeat(22), 'é'.repeat(50), new Cursors().seal(7)]) expect(cursors.open(wrong)).toBeUndefined();
  });
});

describe('those who follow one user by one name', () => {
  it('see each what they may: without a key, with one, with another, and with one of its name that looks up', async () => {
    const world = streamWorld();
    world.permit('a', { audience: 'sites', keys: ['platform'], origins: ['https://verona.example'] });
    const both = `/v1/stream?id=${idOf('a')}&id=a@verona.test`;
    const open = (secret?: string) => world.open(both, secret === undefined ? {} : { authorization: `Bearer ${secret}` });
    const readers = [await open(), await open('platform'), await open('other'), await open('platform-lookup'), await world.open(both, { origin: 'https://verona.example' }), await open()];
    world.change('a', { online: true });
    expect(readers.map(({ told }) => told.sort())).toEqual([
      ['a unknown', 'a@verona.test unknown'], ['a offline', 'a online', 'a@verona.test unknown'], ['a unknown', 'a@verona.test unknown'],
      ['a offline', 'a online', 'a@verona.test offline', 'a@verona.test online'], ['a offline', 'a online', 'a@verona.test unknown'], ['a unknown', 'a@verona.test unknown'],
    ]);
  });

  it('are told what is said in lines, or looks like an event, in one', async () => {
    const world = streamWorld();
    world.permit('a', { shown: ['status'] });
    const reader = await world.open(following('a'));
    reader.clear();
    for (const line of ['\n', '\r', '\r\n', '\u2028', '\u0085']) {
      world.change('a', { online: true, status: `x${line}${line}event: presence${line}data: {"id":"forged"}${line}${line}` });
      expect(reader.text.split('\n').filter((text) => text !== '')).toEqual([expect.stringMatching(/^id: [\w-]+$/), 'event: presence', expect.stringMatching(/^data: \{.*\}$/)]);
      expect(reader.text).not.toMatch(/\r|^data: .*"id":"forged"/m);
      reader.clear();
    }
  });

  it('come again at different times', async () => {
    const world = streamWorld();
    const times = new Set<unknown>();
    for (let i = 0; i < 20; i++) times.add((await world.open(following('a'))).events[0]?.retry);
    expect(times.size).toBeGreaterThan(10);
  });
});

describe('after a break', () => {
  it('with the last id only what is newer is told, and who is unknown', async () => {
    const world = streamWorld();
    for (const letter of 'abc') world.permit(letter);
    const before = await world.open(following('abcd'));
    before.go();
    world.change('b', { online: true });
    const { last } = before;
    expect((await world.open(following('abcd'), { 'last-event-id': last })).told).toEqual(['b online', 'd unknown']);
    const again = await world.open(following('abcd', `&last=${last}`));
    expect(again.told).toEqual(['b online', 'd unknown']);
    world.permit('c', { audience: 'nobody' });
    expect((await world.open(following('abcd', `&last=${again.last}`))).told).toEqual(['c unknown', 'd unknown']);
  });

  it('what was told is not told again to who follows by the link alone', async () => {
    const world = streamWorld();
    world.permit('a', { audience: 'everybody' });
    const reader = await world.open(following('a'));
    for (const online of [true, false, true]) world.change('a', { online });
    expect((await world.open(following('a', `&last=${reader.last}`))).told).toEqual([]);
  });

  it('who became visible again without a change of his own is told too', async () => {
    const world = streamWorld();
    for (const letter of 'ab') world.permit(letter);
    const { last } = await world.open(following('ab'));
    world.block('a');
    const hidden = await world.open(following('ab', `&last=${last}`));
    expect(hidden.told).toEqual(['a unknown']);
    world.block('a', false);
    expect((await world.open(following('ab', `&last=${hidden.last}`))).told).toEqual(['a offline']);
  });

  it('nothing is lost of one who is followed under two names, wherever the stream breaks', async () => {
    const world = streamWorld();
    world.permit('a', { audience: 'everybody' });
    const both = `/v1/stream?id=${idOf('a')}&id=a@verona.test`;
    const reader = await world.open(both);
    reader.clear();
    world.change('a', { online: true });
    reader.text = reader.text.slice(0, reader.text.indexOf('\n\n') + 2);
    expect(reader.told).toHaveLength(1);
    expect((await world.open(`${both}&last=${reader.last}`)).told).toEqual(['a online', 'a@verona.test online']);
  });

  it('whoever asks with an id of another run, or none of ours, is told all', async () => {
    const world = streamWorld();
    world.permit('a');
    const { last } = await world.open(following('a'));
    for (const id of [await streamWorld().open(following('a')).then((other) => other.last), 'x', '']) {
      expect((await world.open(following('a'), { 'last-event-id': id })).told).toEqual(['a offline']);
    }
    expect((await world.open(following('a'), { 'last-event-id': last })).told).toEqual([]);
  });
});

describe('beats', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('come to each stream every 25 seconds, to different ones at different times, with an id to go on from', async () => {
    const world = streamWorld();
    world.permit('a');
    world.permit('b');
    world.hub.start();
    const readers = await Promise.all(Array.from({ length: 50 }, () => world.open(following('a'))));
    for (const reader of readers) reader.clear();
    world.change('b', { online: true });
    vi.advanceTimersByTime(1_000);
    expect(readers.filter(({ text }) => text !== '')).toHaveLength(2);
    vi.advanceTimersByTime(24_000);
    for (const reader of readers) {
      expect(reader.events).toEqual([{ id: expect.any(String) as unknown, event: 'beat', data: { seconds: 25 } }]);
      expect((await world.open(following('a', `&last=${reader.last}`))).told).toEqual([]);
    }
  });

  it('find out within ten seconds what nobody said had changed', async () => {
    const world = streamWorld();
    for (const letter of 'abcdefghijklmnopqrstuvwxyz') world.permit(letter);
    world.hub.start();
    const reader = await world.open(following('abcdefghijklmnopqrstuvwxyz'));
    reader.clear();
    world.block('q');
    vi.advanceTimersByTime(11_000);
    expect(reader.told).toEqual(['q unknown']);
    expect((await world.open(following('q'))).told).toEqual(['q unknown']);
  });

  it('tell within ten seconds who is shown as online to somebody, again and again, and of nobody else', async () => {
    const world = streamWorld();
    for (const letter of 'abcd') world.permit(letter);
    for (const letter of 'abc') world.change(letter, { online: true });
    world.permit('c', { audience: 'sites', origins: ['https://verona.example'] });
    world.hub.start();
    const reader = await world.open(following('acdx'));
    vi.advanceTimersByTime(10_000);
    expect(new Set(world.watched.splice(0))).toEqual(new Set([idOf('a')]));
    await world.open(following('c'), { origin: 'https://verona.example' });
    vi.advanceTimersByTime(10_000);
    expect(new Set(world.watched.splice(0))).toEqual(new Set([idOf('a'), idOf('c')]));
    reader.go();
    vi.advanceTimersByTime(10_000);
    expect(new Set(world.watched)).toEqual(new Set([idOf('c')]));
  });

  it('end with the hub', async () => {
    const world = streamWorld();
    world.hub.start();
    await world.open(following('a'));
    world.hub.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('limits', () => {
  it('so many streams of one address and of one key, and of all', async () => {
    const world = streamWorld({ streams: 5, streamsOfOne: 2 });
    const status = async (address: string, headers = {}): Promise<number> => (await world.answer(following('a'), headers, { address })).status;
    const key = { authorization: 'Bearer platform' };
    const [first] = [await world.open(following('a'), {}, { address: '192.0.2.1' }), await world.open(following('a'), {}, { address: '192.0.2.1' })];
    const refused = await world.answer(following('a'), {}, { address: '192.0.2.1' });
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '30']);
    expect([await status('192.0.2.2'), await status('192.0.2.1', key)]).toEqual([200, 200]);
    for (const address of ['192.0.2.1', '192.0.2.2']) await world.open(following('a'), key, { address });
    expect([await status('192.0.2.3', key), await status('192.0.2.3')]).toEqual([429, 200]);
    const filling = await world.open(following('a'), {}, { address: '192.0.2.3' });
    const full = await world.answer(following('a'), {}, { address: '192.0.2.4' });
    expect([full.status, full.headers['retry-after'], full.headers['content-type']]).toEqual([503, '30', 'application/problem+json']);
    filling.go();
    first.go();
    first.go();
    expect([await status('192.0.2.4'), await status('192.0.2.1'), world.hub.open]).toEqual([200, 200, 3]);
  });

  it.each([
    ['names', { names: 5 }, [3, 2, 1], [200, 200, 503]],
    ['different names', { differentNames: 4 }, [3, 3, 1], [200, 503, 200]],
  ] as const)('so many %s in all', async (_name, limits, sizes, expected) => {
    const world = streamWorld(limits);
    const got: number[] = [];
    for (const [i, size] of sizes.entries()) {
      const target = `/v1/stream?${Array.from({ length: size }, (_, n) => `id=u${i}n${n}@x`).join('&')}`;
      got.push((await world.answer(target)).status);
      if (got.at(-1) === 200) await world.open(target);
    }
    expect(got).toEqual(expected);
  });

  it('what has gone is forgotten', async () => {
    const world = streamWorld({ names: 1_000, differentNames: 1_000 });
    for (let i = 0; i < 20; i++) {
      const reader = await world.open('/v1/stream', JSON_BODY, posted(Array.from({ length: 1_000 }, (_, n) => `u${i}-${n}@verona.test`)));
      reader.go();
    }
    expect(world.hub.open).toBe(0);
  });
});
