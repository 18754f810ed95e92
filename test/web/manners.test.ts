/** How often an address may be wrong. */
import { expect, it } from 'vitest';
import { Manners } from '../../src/web/manners.js';

function stage() {
  const time = { now: 0 };
  const manners = new Manners(() => time.now);
  return { time, times: (address: string, many: number): number => Array.from({ length: many }, () => manners.isTooMany(address)).filter(Boolean).length };
}

it('is thirty times a minute, each by itself', () => {
  const { time, times } = stage();
  expect([times('a', 40), times('b', 30)]).toEqual([10, 0]);
  time.now = 59_999;
  expect(times('a', 1)).toBe(1);
  time.now = 60_000;
  expect(times('a', 31)).toBe(1);
});

it('is remembered of ten thousand', () => {
  const { times } = stage();
  times('a', 30);
  for (let i = 0; i < 9_999; i++) times(`${i}`, 1);
  expect(times('a', 1)).toBe(1);
  times('one more', 1);
  expect(times('a', 1)).toBe(0);
});
