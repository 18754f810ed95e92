/** What DATA carries: the same message at the other end, whatever is in it and wherever a piece of it ends. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StuffedMessage } from '../../src/smtp-out/dot-stuffing.js';

function stuffed(raw: Buffer, piece?: number): string {
  const message = new StuffedMessage(raw, piece);
  const pieces: Buffer[] = [];
  while (!message.done) pieces.push(message.next());
  return Buffer.concat(pieces).toString('latin1');
}

const nasty = fc.array(fc.constantFrom('.', '\r', '\n', '\r\n', 'a', 'MAIL', '\xff'), { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''), 'latin1'));
/** As RFC 5321 §4.5.2 has the receiver do it. */
const unstuff = (data: string): string => data.slice(0, -3).replace(/(^|\r\n)\./g, '$1');
const repaired = (raw: Buffer): string => {
  const text = raw.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n');
  return text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`;
};

describe('a stuffed message', () => {
  it('comes out the same but for its line ends, which are all CRLF, and ends once', () => {
    fc.assert(
      fc.property(nasty, fc.integer({ min: 1, max: 9 }), (raw, piece) => {
        const data = stuffed(raw, piece);
        expect(data).toBe(stuffed(raw));
        expect(data).not.toMatch(/(^|[^\r])\n|\r(?!\n)/);
        expect(`\r\n${data}`.indexOf('\r\n.\r\n')).toBe(data.length - 3);
        expect(unstuff(data)).toBe(repaired(raw));
      }),
      { numRuns: 2_000 },
    );
  });

  it('that needs no change is not copied', () => {
    const raw = Buffer.alloc(200_000, 'line\r\n');
    expect(new StuffedMessage(raw).next().buffer).toBe(raw.buffer);
  });
});
