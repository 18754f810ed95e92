import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transferDecoder } from '../../src/translate/mail-decode.js';
import { Base64Measure } from '../../src/translate/mail-measure.js';

function measured(pieces: readonly Buffer[]): number {
  const measure = new Base64Measure();
  for (const piece of pieces) measure.write(piece);
  return measure.size;
}

function decoded(pieces: readonly Buffer[]): number {
  const decoder = transferDecoder('base64');
  return [...pieces.map((piece) => decoder.write(piece)), decoder.end()].reduce((sum, { length }) => sum + length, 0);
}

/** Cut anywhere, so that pieces begin at odd addresses too. */
function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...at.map((n) => n % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

describe('The length of base64', () => {
  it('is that of the decoded bytes', () => {
    const bytes = Buffer.alloc(10_000, 'wherefore art thou');
    for (const length of [0, 1, 2, 3, 4, 9_999, 10_000]) {
      const lines = bytes.subarray(0, length).toString('base64').replace(/.{76}/g, '$&\r\n');
      expect(measured(cut(Buffer.from(lines), [77, 1_001]))).toBe(length);
    }
  });

  it('is what the decoder makes of anything, however it is cut', () => {
    const like = fc.string({ unit: fc.constantFrom('A', 'z', '0', '+', '/', '=', '\r\n', ' ', '-', '_', '\u00e9'), maxLength: 60 }).map((text) => Buffer.from(text, 'latin1'));
    const any = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(like, any), fc.array(fc.nat(60), { maxLength: 4 }), (bytes, at) => {
        expect(measured(cut(bytes, at))).toBe(decoded(cut(bytes, at)));
      }),
      { numRuns: 2_000 },
    );
  });
});
