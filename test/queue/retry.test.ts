import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_RETRY, retryDelay, storePause } from '../../src/queue/retry.js';

it('follows the schedule, and repeats its last wait', () => {
  const policy = { schedule: [1, 5, 15], jitter: 0 };
  expect([1, 2, 3, 4, 99].map((attempts) => retryDelay(policy, attempts, 0.5))).toEqual([1, 5, 15, 15, 15]);
});

it('draws up to the given share on top', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
      const least = retryDelay(DEFAULT_RETRY, attempts, 0);
      const delay = retryDelay(DEFAULT_RETRY, attempts, random);
      expect(delay).toBeGreaterThanOrEqual(least);
      expect(delay).toBeLessThanOrEqual(least * 1.2);
    }),
  );
});

it('asks a failing store less and less often', () => {
  expect([1, 2, 3, 6, 7, 1_000].map(storePause)).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
});
