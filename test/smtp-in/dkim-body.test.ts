/** The body of a mail as a signature means it, where that is most of all line ends; test/smtp-in/dkim.test.ts has the rest. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { BodyHash } from '../../src/smtp-in/dkim-body.js';

const LINE_ENDS = '\r\n'.repeat(20_001);

test.each([
  ['simple', `a${LINE_ENDS}b\r\n`, `a${LINE_ENDS}b\r\n`],
  ['relaxed', `a \t${LINE_ENDS}  b\t c\r\n${LINE_ENDS}`, `a${LINE_ENDS} b c\r\n`],
  ['simple', `a\r\n${LINE_ENDS}`, 'a\r\n'],
] as const)('%s: as many line ends as are followed by something, however they are cut', (form, body, meant) => {
  for (const length of [1_001, 16_384, body.length]) {
    const hash = new BodyHash({ form, most: Infinity });
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at += length) hash.update(bytes.subarray(at, at + length));
    expect(hash.digest()).toBe(createHash('sha256').update(meant).digest('base64'));
  }
});
