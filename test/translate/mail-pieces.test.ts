/** A mail with files, given out piece by piece: as long as it said, or not at all. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MailPieces, type FileBytes, type MailRest } from '../../src/translate/mail-pieces.js';
import { inPieces } from '../web/mails.js';

const HEAD = Buffer.from('Subject: x\r\n\r\n');

async function given(mail: MailPieces): Promise<{ readonly size: number; readonly error?: unknown; readonly text: string }> {
  const out: Buffer[] = [];
  const done = (more: { error?: unknown } = {}) => ({ size: Buffer.concat(out).length, text: Buffer.concat(out).toString('latin1'), ...more });
  try {
    for await (const { bytes } of mail.read()) out.push(bytes);
    return done();
  } catch (error) {
    return done({ error });
  }
}

const file = (said: number, has: number, step: number): FileBytes => ({ size: said, bytes: () => inPieces(Buffer.alloc(has, 'a'), step) });
const rest = (said: number, has: number, step: number): MailRest => ({ kind: 'rest', eightBit: false, ...file(said, has, step) });

it('is whole where every file is as long as it was, in whatever pieces it comes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 3_000 }), fc.nat({ max: 3_000 }), fc.integer({ min: 1, max: 1_000 }), async (one, other, step) => {
      const mail = new MailPieces([HEAD, file(one, one, step), rest(other, other, step)]);
      const { size, text, error } = await given(mail);
      expect([size, error]).toEqual([mail.length, undefined]);
      expect(Buffer.from(text.slice(HEAD.length, text.length - other), 'base64').toString()).toBe('a'.repeat(one));
    }),
    { numRuns: 50 },
  );
});

it.each([[1_000, 999], [999, 1_000], [1_000, 100_000], [0, 1], [57, 0]])('of a file of %i bytes that has %i by now, nothing is said that goes beyond its length, and it fails', async (said, has) => {
  for (const make of [file, rest]) {
    const mail = new MailPieces([HEAD, make(said, has, 400), Buffer.from('--b--\r\n')]);
    const { size, error } = await given(mail);
    expect(error).toBeInstanceOf(Error);
    expect(size).toBeLessThanOrEqual(mail.length - '--b--\r\n'.length);
  }
});
