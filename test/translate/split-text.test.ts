import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitText, textSize } from '../../src/translate/split-text.js';
import { worked } from '../worked.js';

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const WORLD = ['a', 'é', 'e\u0301', '语', 'س', 'لا', '\u{1f600}', '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}', '\u{1f1e9}\u{1f1ea}', '\u{1f44b}\u{1f3fd}', 'क्षि', '한', '각', '&', '<', ' ', '\n', ' \u0301', '\t'];
const text = fc.string({ unit: fc.constantFrom(...WORLD), minLength: 1, maxLength: 400 });

describe('a long text', () => {
  it('stays whole when it fits, also the empty one', () => {
    expect(splitText('', 64)).toEqual(['']);
    expect(splitText('a<b'.repeat(10), 60)).toEqual(['a<b'.repeat(10)]);
  });

  it('is cut behind lines, else behind words, else between graphemes', () => {
    expect(splitText(`${'x'.repeat(50)}\n${'y'.repeat(40)}`, 64)).toEqual([`${'x'.repeat(50)}\n`, 'y'.repeat(40)]);
    expect(splitText(`${'x'.repeat(10)}\n${'y'.repeat(48)} ${'z'.repeat(40)}`, 64)).toEqual([`${'x'.repeat(10)}\n${'y'.repeat(48)} `, 'z'.repeat(40)]);
    expect(splitText('👩‍👩‍👧'.repeat(8), 64)).toEqual(['👩‍👩‍👧'.repeat(3), '👩‍👩‍👧'.repeat(3), '👩‍👩‍👧'.repeat(2)]);
    expect(splitText(`${'x'.repeat(62)} \u0301${'y'.repeat(9)}`, 64)[0]).toBe('x'.repeat(62));
    expect(splitText(`${'x'.repeat(59)} \u0301${'\u0301'.repeat(3)}y`, 64)[0]).toBe('x'.repeat(59));
    expect(splitText('&'.repeat(20), 64).map((part) => part.length)).toEqual([12, 8]);
  });

  it('is cut inside a grapheme only when that alone is too long, and never inside a character', () => {
    const parts = splitText(`a${'\u0301'.repeat(100)}${'\u{1f600}'.repeat(40)}`, 64);
    expect(parts.join('')).toBe(`a${'\u0301'.repeat(100)}${'\u{1f600}'.repeat(40)}`);
    expect(parts.every((part) => Buffer.from(part, 'utf8').toString('utf8') === part)).toBe(true);
  });

  it('is all there, in parts that fit, cut where a reader sees borders', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 64, max: 200 }), (whole, most) => {
        const parts = splitText(whole, most);
        expect(parts.join('')).toBe(whole);
        const borders = new Set([...graphemes.segment(whole)].map(({ index }) => index));
        let at = 0;
        for (const part of parts) {
          expect(textSize(part)).toBeLessThanOrEqual(most);
          expect(part).not.toBe('');
          expect(borders.has(at)).toBe(true);
          at += part.length;
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each(['语', 'سلام ', '\u{1f600}', 'word '])('of 2 MB is cut in a moment: %s', (unit) => {
    const whole = unit.repeat(Math.ceil(2_000_000 / Buffer.byteLength(unit)));
    const started = process.cpuUsage();
    expect(splitText(whole, 60_000).join('')).toBe(whole);
    expect(worked(started)).toBeLessThan(2_000);
  });
});
