/** Base64 with padding within it, as several encoders in a row write it, and as somebody writes who means harm. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { transferDecoder } from '../../src/translate/mail-decode.js';

function decode(text: string, size = text.length): Buffer {
  const decoder = transferDecoder('base64');
  const pieces: Buffer[] = [];
  for (let at = 0; at < text.length; at += size) pieces.push(decoder.write(Buffer.from(text.slice(at, at + size))));
  return Buffer.concat([...pieces, decoder.end()]);
}

describe('base64 with padding within it', () => {
  test('is each of its texts after the other, however it comes in pieces', () => {
    const texts = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 40 }), (parts, size) => {
        const text = parts.map((part) => Buffer.from(part).toString('base64')).join('\r\n');
        expect(decode(text, size).toString('hex')).toBe(Buffer.concat(parts).toString('hex'));
      }),
    );
  });

  test('of odd groups is what each of them holds', () => {
    const groups = fc.array(fc.constantFrom('A', 'z', '/', '+', '9', '=', '=='), { maxLength: 30 }).map((chars) => chars.join(''));
    fc.assert(
      fc.property(groups, (text) => {
        const expected = text.split('=').map((group) => Buffer.from(group, 'base64').toString('hex'));
        expect(decode(text).toString('hex')).toBe(expected.join(''));
      }),
    );
  });

  test('costs no more than ten times what other text costs', () => {
    const cost = (text: string): number => {
      const started = process.cpuUsage();
      for (let i = 0; i < 40; i++) decode(text);
      return process.cpuUsage(started).user;
    };
    cost('QUJD'.repeat(16_384));
    expect(cost('QQ=='.repeat(16_384))).toBeLessThan(Math.max(150_000, 10 * cost('QUJD'.repeat(16_384))));
  });
});
