/** When the server is tried again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelay } from '../../src/xmpp/backoff.js';

const TIMES = { first: 1_000, longest: 60_000, slow: 300_000 };

describe('the wait before the next try', () => {
  it.each([
    [undefined, 1, 0.5, 750],
    [undefined, 3, 1, 4_000],
    [undefined, 500, 1, 60_000],
    ['system-shutdown', 1, 1, 1_000],
    ['not-authorized', 1, 1, 300_000],
    ['host-unknown', 9, 0, 270_000],
    ['conflict', 1, 1, 15_000],
    ['conflict', 3, 1, 60_000],
    ['conflict', 50, 1, 300_000],
  ])('after %s, failure %i', (condition, failures, random, expected) => {
    expect(retryDelay(TIMES, condition, failures, random)).toBe(expected);
  });

  it('is never at once and never longer than the slow wait', () => {
    fc.assert(
      fc.property(fc.constantFrom(undefined, 'conflict', 'not-authorized', 'x'), fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (condition, failures, random) => {
        const wait = retryDelay(TIMES, condition, failures, random);
        expect(wait).toBeGreaterThanOrEqual(500);
        expect(wait).toBeLessThanOrEqual(300_000);
      }),
    );
  });
});
