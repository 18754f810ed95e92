/** Buckets: what fits, when the next fits, and what is remembered. */
import { describe, expect, it } from 'vitest';
import { Buckets } from '../src/buckets.js';
import { timeInWords } from '../src/bridge/limit/time-in-words.js';
import { network } from '../src/network.js';
import { DAY, HOUR } from './store/samples.js';

/** How many of so many tries, one each `every` ms, are let through. */
function letThrough(buckets: Buckets, tries: number, every = 0): number {
  let passed = 0;
  for (let i = 0; i < tries; i++) {
    if (buckets.wait('a', 1, i * every) > 0) continue;
    buckets.take('a', 1, i * every);
    passed++;
  }
  return passed;
}

describe('a bucket', () => {
  it.each([1, 3, 7, 100, 300, 9_999])('lets exactly %i through at once', (most) => {
    expect(letThrough(new Buckets([{ most, per: HOUR }]), most + 50)).toBe(most);
  });

  it('lets no more than a rate through in the long run, each rate of its own', () => {
    const buckets = new Buckets([{ most: 10, per: HOUR }, { most: 50, per: DAY }]);
    // A try each minute for two days: a full bucket of 50, and 50 for each day.
    expect(letThrough(buckets, 2 * 24 * 60, 60_000)).toBe(149);
  });

  it('says when the next will be let through, and keeps its word', () => {
    const buckets = new Buckets([{ most: 2, per: HOUR }]);
    buckets.take('a', 2, 0);
    const wait = buckets.wait('a', 1, 0);
    expect(wait).toBe(HOUR / 2);
    expect(buckets.wait('a', 1, wait - 2)).toBeGreaterThan(0);
    expect(buckets.wait('a', 1, wait)).toBe(0);
    expect(buckets.wait('b', 1, 0)).toBe(0);
  });

  it('takes only what is there; of much, already when there is enough to begin with', () => {
    const buckets = new Buckets([{ most: 2, per: HOUR }]);
    expect(buckets.takeIf('a', 1, 0)).toBe(0);
    expect(buckets.takeIf('a', 2, 0)).toBe(HOUR / 2);
    expect(buckets.takeIf('a', 3, 0, 1)).toBe(0);
    expect(buckets.wait('a', 1, 0)).toBe((3 * HOUR) / 2);
    expect(buckets.takeIf('b', 3, 0)).toBe(Infinity);
  });

  it('never lets through more at once than it holds', () => {
    expect(new Buckets([{ most: 2, per: HOUR }]).wait('a', 3, 0)).toBe(Infinity);
  });

  it('remembers so many keys, and forgets the one not used for longest', () => {
    const buckets = new Buckets([{ most: 1, per: HOUR }], 2);
    for (const key of ['a', 'b', 'a', 'c']) buckets.take(key, 1, 0);
    expect(['a', 'b', 'c'].map((key) => buckets.wait(key, 1, 0) > 0)).toEqual([true, false, true]);
  });

  it('has what was taken of a key that is used again after many others', () => {
    const buckets = new Buckets([{ most: 3, per: HOUR }], 2);
    for (const key of ['a', 'b', 'a', 'c', 'a']) buckets.take(key, 1, 0);
    expect([buckets.wait('a', 1, 0), buckets.wait('c', 2, 0)]).toEqual([HOUR / 3, 0]);
  });
});

it.each([
  [1, '1 second'],
  [59_001, '60 seconds'],
  [60_001, '2 minutes'],
  [HOUR + 1, '2 hours'],
  [3 * DAY, '3 days'],
])('%i ms are %s', (ms, words) => {
  expect(timeInWords(ms)).toBe(words);
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:0:1::5', '2001:db8:0:1'],
  ['2001:0db8:0000:0001:ffff:0:0:1', '2001:db8:0:1'],
  ['::1', '0:0:0:0'],
  ['', ''],
])('the network of %s is %s', (address, expected) => {
  expect(network(address)).toBe(expected);
});
