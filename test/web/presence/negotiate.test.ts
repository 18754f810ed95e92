import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Negotiation } from '../../../src/web/presence/negotiate.js';

const OFFERS = ['application/json', 'application/xml; charset=utf-8', 'application/pidf+xml; charset=utf-8', 'text/plain; charset=utf-8'].map((type) => ({ type }));
const chosen = (accept: string | undefined): string | undefined => new Negotiation(OFFERS).choose(accept)?.type.replace(/.*\/|;.*/g, '');

test.each([
  [undefined, 'json'], ['*/*', 'json'], ['', 'json'], ['application/*', 'json'], ['text/*', 'plain'], ['application/xml', 'xml'], ['APPLICATION/XML', 'xml'], ['application/pidf+xml', 'pidf+xml'],
  ['application/json;q=0.5, application/xml', 'xml'], ['application/xml;q=0.5, application/json;q=0.5', 'json'], ['text/plain ; charset=utf-8 ; q=0.2', 'plain'], ['text/html, application/xml;q=0.9, */*;q=0.8', 'xml'],
  // The most exact range counts, also where a wider one would give more (RFC 9110 §12.5.1).
  ['application/json;q=0, */*', 'xml'], ['application/*;q=0, text/*;q=0.1', 'plain'], ['application/json;q=0.1, application/*;q=0.9', 'xml'], ['*/*;q=0', undefined],
  ['image/png', undefined], ['application/json;q=0', undefined], ['application/json;q=0.000', undefined],
  // What is no range says nothing.
  ['nonsense', 'json'], ['application/json;q=2', 'json'], ['nonsense, application/xml', 'xml'], [',,, application/xml ,', 'xml'],
])('Accept: %s gives %s', (accept, format) => {
  expect(chosen(accept)).toBe(format);
});

test('whatever stands in it, and however often, the same is chosen', () => {
  const negotiation = new Negotiation(OFFERS);
  fc.assert(fc.property(fc.oneof(fc.string(), fc.array(fc.constantFrom('application/json', 'text/*', '*/*', ';q=0.3', ';q=', ',', ' ', '"', ';')).map((parts) => parts.join(''))), (accept) => {
    const first = negotiation.choose(accept);
    expect(negotiation.choose(accept)).toBe(first);
  }));
});

test('a long one takes no long time', () => {
  expect(chosen(`${'a/b;q=0.1,'.repeat(1_600)}${';q '.repeat(200)}`)).toBeUndefined();
});
