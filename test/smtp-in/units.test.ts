/** The small pure parts: deadlines, the line guard, the end of the header, each however the bytes are cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overdue } from '../../src/smtp-in/deadlines.js';
import { HeadCollector } from '../../src/smtp-in/head-collector.js';
import { LineGuard } from '../../src/smtp-in/line-guard.js';
import { DEFAULT_LIMITS } from '../../src/smtp-in/options.js';

const QUIET = { session: 0, fruitless: 0, crowded: false };

describe('times', () => {
  it('a TLS handshake that is never made is cut', () => {
    expect(overdue({ ...QUIET, phase: 'handshake', elapsed: 31_000, session: 31_000, dataBytes: 0 }, DEFAULT_LIMITS)).toContain('TLS');
  });

  it.each([
    ['idle', 299_999, 0, false],
    ['idle', 300_001, 0, true],
    ['command', 30_001, 0, true],
    ['data', 29_000, 0, false],
    ['data', 31_000, 14_000, true],
    ['data', 31_000, 16_000, false],
    ['data', 1_800_001, 1e9, true],
    ['working', 9e9, 0, false],
  ] as const)('%s for %i ms with %i bytes: over %s', (phase, elapsed, dataBytes, over) => {
    expect(overdue({ ...QUIET, phase, elapsed, dataBytes }, DEFAULT_LIMITS) !== undefined).toBe(over);
  });

  it.each([
    ['idle', 1_000, 0, 29_000, false],
    ['idle', 1_000, 0, 31_000, true],
    ['command', 1_000, 0, 31_000, true],
    ['data', 9_000, 0, 39_000, false],
    ['data', 11_000, 5_000, 41_000, true],
    ['data', 60_000, 90_000, 90_000, false],
    ['working', 9e9, 0, 9e9, false],
  ] as const)('in a crowd, %s for %i ms with %i bytes, and no mail for %i ms: over %s', (phase, elapsed, dataBytes, fruitless, over) => {
    expect(overdue({ ...QUIET, phase, elapsed, dataBytes, fruitless, crowded: true }, DEFAULT_LIMITS) !== undefined).toBe(over);
  });
});

describe('however the bytes are cut', () => {
  const pieces = fc.array(fc.constantFrom('\r\n', '\n', '\r', '.', 'a', 'bb', '\0', '\r\n\r\n'), { maxLength: 20 }).map((parts) => Buffer.from(parts.join('')));
  const cuts = fc.array(fc.nat(40), { maxLength: 10 });
  const cut = (bytes: Buffer, at: readonly number[]): Buffer[] => {
    const places = [0, ...at.filter((place) => place < bytes.length).toSorted((a, b) => a - b), bytes.length];
    return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
  };

  it('the line guard finds the same fault', () => {
    fc.assert(
      fc.property(pieces, cuts, (bytes, at) => {
        const whole = new LineGuard(1_000).scan(bytes);
        const guard = new LineGuard(1_000);
        const found = cut(bytes, at).map((piece) => guard.scan(piece)).find((fault) => fault !== undefined);
        const bad = /\0|\r(?![\n\0]|$)|(?<!\r)\n/.exec(bytes.toString());
        expect(whole?.what).toBe(bad === null ? undefined : bad[0] === '\0' ? 'nul' : 'line-ending');
        expect(found?.what).toBe(whole?.what);
      }),
      { numRuns: 2_000 },
    );
  });

  it('the header ends where it does', () => {
    fc.assert(
      fc.property(pieces, cuts, (bytes, at) => {
        const collector = new HeadCollector();
        const rest: Buffer[] = [];
        let done = false;
        for (const piece of cut(bytes, at)) {
          const body = done ? piece : collector.take(piece);
          if (body !== undefined) {
            done = true;
            rest.push(body);
          }
        }
        const text = bytes.toString('latin1');
        const end = `\r\n${text}`.indexOf('\r\n\r\n');
        expect(collector.section().toString('latin1')).toBe(end < 0 ? text : text.slice(0, end));
        expect(Buffer.concat(rest).toString('latin1')).toBe(end < 0 ? '' : text.slice(end + 2));
      }),
      { numRuns: 2_000 },
    );
  });
});
