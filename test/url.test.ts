import { expect, it } from 'vitest';
import { parseUrl } from '../src/url.js';

/** As an HTTP header comes: a letter for each byte. */
const LATIN1 = Buffer.from('https://example.org。evil.test').toString('latin1');

it('what is no URL is none, also when the code has run so often that it is optimised', () => {
  const read: (string | undefined)[] = [];
  for (let i = 0; i < 200_000; i++) {
    parseUrl(`https://example.org/${i % 10}`);
    if (i % 20_000 === 0) read.push(parseUrl(LATIN1)?.href);
  }
  expect(new Set(read)).toEqual(new Set([undefined]));
});

it('reads an absolute URL, and one that is relative to another', () => {
  expect(parseUrl('https://example.org:443/a b')?.href).toBe('https://example.org/a%20b');
  expect(parseUrl('../c', new URL('https://example.org/a/b'))?.href).toBe('https://example.org/c');
  for (const wrong of ['', 'c', 'https://', 'https://exa mple.org']) expect(parseUrl(wrong)).toBeUndefined();
});
