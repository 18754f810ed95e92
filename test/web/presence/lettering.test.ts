/** Text in a picture, where the reader's machine draws the letters. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { draw, lineOf, PLAIN, READER } from '../../../src/web/presence/lettering.js';

const drawn = (text: string, most = 1_000): string => draw(lineOf(READER, text, PLAIN, 11, most), 5, 15, 'a').text;

it.each(['online', 'En línea', 'Онлайн', 'σε σύνδεση'])('%s is as wide with every font', (text) => {
  expect(drawn(text)).toMatch(/^<text class="a" x="5" y="15" [^>]* textLength="[\d.]+" lengthAdjust="spacingAndGlyphs">[^<]+<\/text>$/);
});

it.each(['متصل', 'ऑनलाइन', 'ออนไลน์', '在线'])('the letters of %s are not pulled apart, and what is too wide is not seen', (text) => {
  expect(drawn(text)).toMatch(/^<svg x="5" y="0" width="[\d.]+" height="100%"><text class="a" x="0" y="15" [^>]*>[^<]+<\/text><\/svg>$/);
  expect(drawn(text)).not.toContain('textLength');
});

it('is never wider than its place, and begins as it did', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 20, max: 200 }), (text, most) => {
      const line = lineOf(READER, text, PLAIN, 11, most);
      expect(line.width).toBeLessThanOrEqual(most);
      if (line.text !== text) expect(line.text.endsWith('…') && text.startsWith(line.text.slice(0, -1))).toBe(true);
    }),
  );
});
