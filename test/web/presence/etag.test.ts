/** Tags by which answers are known again. */
import { expect, it } from 'vitest';
import { isKnown, tagOf, unlessKnown } from '../../../src/web/presence/etag.js';

it('are alike for the same bytes, however they come, and for no others', () => {
  const tags = Array.from({ length: 1_000 }, (_, i) => tagOf(`${i}`));
  expect(new Set(tags).size).toBe(1_000);
  for (const part of [[1, 8], [8, 15], [15, 23]] as const) expect(new Set(tags.map((tag) => tag.slice(...part))).size).toBeGreaterThan(990);
  expect(tags.every((tag) => /^"[\w-]{22}"$/.test(tag))).toBe(true);
  expect(tagOf('a', Buffer.from('b'))).toBe(tagOf('ab'));
});

it.each([
  ['"a"', true], ['W/"a"', true], ['"b", "a"', true], ['"b" , W/"a"', true], ['*', true], [' * ', true], [undefined, false], ['', false], ['"b"', false], ['a', false], ['"A"', false], ['"a', false], ['"b", *', false],
])('If-None-Match: %s knows "a": %s', (header, expected) => expect(isKnown(header, '"a"')).toBe(expected));

it('only what is there is not sent again: who is hidden stays so', () => {
  const headers = { etag: '"a"', 'content-length': '1', 'content-type': 'x/y', vary: 'origin' };
  expect(unlessKnown({ status: 200, headers, body: 'x' }, { 'if-none-match': '"a"' })).toEqual({ status: 304, headers: { etag: '"a"', vary: 'origin' }, body: '' });
  for (const status of [404, 429, 503]) {
    const answer = { status, headers, body: 'x' };
    for (const known of ['"a"', '*']) expect(unlessKnown(answer, { 'if-none-match': known })).toBe(answer);
  }
});
