import { expect, test } from 'vitest';
import { settled } from '../../bench/contest.js';

test('code is warm when a turn costs about what the cheapest before it did', () => {
  expect(settled([])).toBe(false);
  expect(settled([100, 100])).toBe(false);
  expect(settled([900, 500, 360])).toBe(false);
  expect(settled([900, 500, 360, 350])).toBe(true);
  expect(settled([900, 360, 500])).toBe(true);
});

test('a cost that falls and falls is not waited for without end', () => {
  expect(settled([8, 7, 6, 5, 4, 3, 2].map((cost) => cost * 100))).toBe(false);
  expect(settled([8, 7, 6, 5, 4, 3, 2, 1].map((cost) => cost * 100))).toBe(true);
});
