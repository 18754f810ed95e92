import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { fileBytes } from '../../src/translate/file-bytes.js';
import { readMail } from '../../src/translate/read-mail.js';
import { withoutBcc } from '../../src/translate/mail-without-bcc.js';
import { gathered, inPieces, mailOf } from '../web/mails.js';

const CASES = join(import.meta.dirname, 'cases');
const SAMPLES = readdirSync(CASES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.eml'));

describe('the bytes of a file', () => {
  it('are those that another parser finds, however the mail is cut', async () => {
    const files = [randomBytes(100_000), Buffer.from('text\r\n--x\r\n'), Buffer.alloc(0)].map((bytes, i) => ({ name: `${i}.bin`, type: 'application/x-test', bytes }));
    const mail = mailOf({ plain: 'see', html: '<p>see', files });
    const other = await simpleParser(mail);
    for (const size of [1, 7, 1_000, mail.length]) {
      for (const [i, { bytes }] of files.entries()) {
        if (size === 1 && i === 0) continue;
        const found = await gathered(fileBytes(inPieces(mail, size), i));
        expect(found.equals(bytes), `${i} by ${size}`).toBe(true);
        expect(found.equals(other.attachments[i]?.content ?? Buffer.from('?'))).toBe(true);
      }
      expect(await gathered(fileBytes(inPieces(mail, 1_000), files.length))).toHaveLength(0);
    }
  });

  it('are as many as were measured, in every mail of the cases', async () => {
    expect(SAMPLES.length).toBeGreaterThan(0);
    for (const name of SAMPLES) {
      const mail = readFileSync(join(CASES, name));
      const parsed = await readMail(mail);
      if (isFailure(parsed)) continue;
      for (const { where, size } of parsed.attachments) {
        if ('part' in where) expect(await gathered(fileBytes(inPieces(mail), where.part, where.inside)), name).toHaveLength(size);
      }
    }
  });

  it('end where the file ends: what follows is not read', async () => {
    const mail = mailOf({ plain: 'x', files: [{ name: 'a', type: 'application/x-test', bytes: Buffer.from('first') }, { name: 'b', type: 'application/x-test', bytes: randomBytes(500_000) }] });
    let read = 0;
    async function* counted(): AsyncIterable<Uint8Array> {
      for await (const piece of inPieces(mail)) {
        read += piece.length;
        yield piece;
      }
    }
    expect((await gathered(fileBytes(counted(), 0))).toString()).toBe('first');
    expect(read).toBeLessThan(5_000);
  });
});

describe('a mail without its hidden recipients', () => {
  const hidden = (text: string, size = 3): Promise<string> => gathered(withoutBcc(inPieces(Buffer.from(text, 'latin1'), size))).then((bytes) => bytes.toString('latin1'));

  it.each([
    ['A: 1\r\nBcc: x@y\r\nB: 2\r\n\r\nBcc: body\r\n', 'A: 1\r\nB: 2\r\n\r\nBcc: body\r\n'],
    ['Bcc: x@y,\r\n\tz@y,\r\n \r\n w@y\r\nB: 2\r\n\r\n', 'B: 2\r\n\r\n'],
    ['bCC : x\r\nBCC:\r\nResent-Bcc: r@y\r\nX-Bcc: kept\r\n\r\nb', 'X-Bcc: kept\r\n\r\nb'],
    ['A: 1\nBcc: x\n y\nB: \xe4\n\n\xff', 'A: 1\nB: \xe4\n\n\xff'],
    ['A: 1\r\nBcc: x', 'A: 1\r\n'],
    ['A: 1\r\nNo-Body: y', 'A: 1\r\nNo-Body: y'],
    ['', ''],
  ])('%j is %j', async (mail, expected) => {
    for (const size of [1, 3, 10_000]) expect(await hidden(mail, size)).toBe(expected);
  });

  it('is not there at all when its header does not end', async () => {
    await expect(hidden(`X: ${'a'.repeat(400_000)}\r\nBcc: x@secret\r\n\r\n`, 50_000)).rejects.toThrow('does not end');
  });
});
