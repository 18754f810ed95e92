import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flow, unflow } from '../../src/translate/flowed.js';

/** Lines made of what format=flowed treats specially. */
const line = fc.array(fc.constantFrom(' ', '  ', '-- ', '--', '>', '> ', '>> ', 'From ', 'word', 'longer-word', '漢字', '🙂', '\u2028', '\u0085', '\t', 'x'.repeat(90)), { maxLength: 40 }).map((parts) => parts.join(''));
const text = fc.array(line, { minLength: 1, maxLength: 12 }).map((lines) => lines.join('\n'));

describe('format=flowed', () => {
  test('reads back as exactly the text that was written', () => {
    fc.assert(fc.property(text, (given) => void expect(unflow(flow(given), false)).toBe(given)), { numRuns: 1000 });
  });

  test('reads back any text with LF line ends', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units).replace(/\r/g, '')), (given) => void expect(unflow(flow(given), false)).toBe(given)));
  });

  test('breaks at spaces, within 78 columns', () => {
    const lines = flow('lorem ipsum dolor '.repeat(40)).split('\r\n');
    expect(Math.max(...lines.map((each) => each.length))).toBeLessThanOrEqual(78);
    expect(lines.length).toBeGreaterThan(8);
  });

  test('quoted lines stay quoted, a signature line stays one', () => {
    expect(flow('> said\nFrom here\n-- \nme')).toBe('> said\r\n From here\r\n-- \r\nme\r\n');
  });

  test.each([
    ['DelSp', 'a very \r\nlong line\r\n', true, 'a verylong line'],
    ['no DelSp', 'a very \r\nlong line\r\n', false, 'a very long line'],
    ['quotes of different depth are not joined', '> one \r\n>> two\r\n', false, '> one \n>> two'],
    ['quoted lines are joined', '> one \r\n> two\r\n', false, '> one two'],
    ['a signature line does not flow', '-- \r\nBob\r\n', false, '-- \nBob'],
    ['a signature line does not continue a paragraph', 'end \r\n-- \r\nBob\r\n', false, 'end \n-- \nBob'],
    ['bare LF', 'a \nb\n', false, 'a b'],
  ])('decodes: %s', (_, body, delSp, expected) => expect(unflow(body, delSp)).toBe(expected));
});
