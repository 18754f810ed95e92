/** Who follows whom, and how much of it is kept. */
import { describe, expect, it } from 'vitest';
import { followedName, Follows } from '../../../src/web/presence/follows.js';
import { STREAM_LIMITS, streamLimits } from '../../../src/web/presence/stream-places.js';
import { idOf } from './world.js';

const key = { name: 'platform', scopes: ['read'] } as const;
const JID = 'romeo@verona.test';

describe('follows', () => {
  it('are of one name and one asker each', () => {
    const follows = new Follows<string>();
    const askers = [{}, { origin: 'https://a.test' }, { origin: 'https://b.test' }, { key }, { key: { ...key, name: 'other' } }, { key: { ...key, scopes: ['read', 'lookup'] as const } }, { key, origin: 'https://a.test' }];
    const all = askers.map((asker) => follows.at(JID, asker));
    expect(new Set(all).size).toBe(askers.length);
    expect(askers.map((asker) => follows.at(JID, { ...asker }))).toEqual(all);
    expect([[...follows.of(JID)].length, [...follows.of('x@verona.test')].length]).toEqual([askers.length, 0]);
    expect(follows.at(idOf('a'), {})).not.toBe(all[0]);
  });

  it('are kept while somebody reads them, and counted by their length', () => {
    const follows = new Follows<string>();
    const one = follows.at(JID, {});
    follows.leave(one, 'nobody');
    expect([follows.at(JID, {}), follows.size]).toEqual([one, 1]);
    one.readers.add('first').add('second');
    follows.leave(one, 'first');
    follows.leave(one, 'first');
    follows.leave(one, 'third');
    expect([follows.at(JID, {}), follows.size, follows.next()]).toEqual([one, 1, JID]);
    follows.leave(one, 'second');
    follows.leave(one, 'second');
    expect([[...follows.of(JID)], follows.size, follows.next(), follows.next()]).toEqual([[], 0, undefined, undefined]);
    const long = follows.at(`${'x'.repeat(3_000)}@y`, { origin: `https://${'z'.repeat(1_000)}` });
    expect(follows.size).toBe(1 + Math.floor((3_002 + 1_008) / 64));
    long.readers.add('first');
    follows.leave(long, 'first');
    expect(follows.size).toBe(0);
  });

  it('come in turn, each once in a round', () => {
    const follows = new Follows<string>();
    const names = ['a@x', 'b@x', 'c@x'];
    for (const name of names) follows.at(name, {}).readers.add('r');
    const round = (): unknown[] => Array.from({ length: 4 }, () => follows.next());
    expect([round(), round()]).toEqual([[...names, undefined], [...names, undefined]]);
  });
});

it.each([
  [idOf('a'), idOf('a')], [idOf('a').toUpperCase(), undefined], ['Romeo@Verona.TEST/balcony', JID], ['verona.test', undefined], ['', undefined], ['@', undefined], ['a@', undefined], ['__proto__', undefined], ['a b@verona.test', undefined],
])('%j is followed as %j', (name, followed) => expect(followedName(name)).toBe(followed));

it.each([[1_024, 512], [65_536, 20_000], [40_000, 20_000], [39_999, 19_999], [Infinity, 20_000], [1, 0]])('of %i open files streams are %i', (files, streams) => {
  expect(streamLimits(files)).toEqual({ ...STREAM_LIMITS, streams });
});
