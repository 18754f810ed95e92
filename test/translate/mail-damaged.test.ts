/** What is broken is told; what only looks odd is not. */
import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { fromMail } from '../../src/translate/from-mail.js';
import { mailOf } from '../web/mails.js';
import { FACTS, read } from './mail-helpers.js';

const NOTE = '[Parts of this mail are damaged and could not be read.]';

function single(encoding: string, body: string | Buffer, type = 'text/plain; charset=utf-8'): Buffer {
  return Buffer.concat([Buffer.from(`From: bob@example.net\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`), Buffer.from(body)]);
}

async function isTold(mail: Buffer): Promise<boolean> {
  const { notes } = await read(mail);
  return notes.includes('damaged');
}

const WHOLE = mailOf({ plain: 'Hello', files: [{ name: 'a.bin', type: 'application/x-test', bytes: Buffer.alloc(900, 'file') }] });
const upTo = (mark: string, more: number): Buffer => WHOLE.subarray(0, WHOLE.lastIndexOf(mark) + more);
const PROSE = 'This is a line of plain words, which nobody has encoded at all; it says: base64.\r\n';

it.each([
  ['a file that breaks off within a group', upTo('--b--', -20)],
  ['base64 of one character too many', single('base64', 'SGVsb')],
  ['words in the place of base64', single('base64', PROSE.repeat(20))],
  ['a file that is half noise', single('base64', Buffer.from('SGVs\u0001\u0002*!'.repeat(100)), 'application/pdf')],
  ['characters that are none', single('8bit', Buffer.concat([Buffer.from('ж'.repeat(20)), Buffer.alloc(10, 0xff)]), 'text/plain; charset=utf-8')],
])('%s is told', async (_, mail) => {
  expect(await isTold(mail)).toBe(true);
  expect(fromMail(await read(mail), FACTS).text.endsWith(NOTE)).toBe(true);
});

it.each([
  ['the whole mail', WHOLE],
  ['no closing boundary', upTo('--b--', 0)],
  ['no closing boundary, and no line end', upTo('--b--', -2)],
  ['an end within a header', upTo('Content-Disposition', 8)],
  ['base64 without its padding', single('base64', 'SGVsbG8')],
  ['base64 in lines of four', single('base64', 'SGVs\r\n'.repeat(100))],
  ['base64 far to the right', single('base64', `${' '.repeat(40)}SGVs\r\n`.repeat(100))],
  ['a stray character', single('base64', `${'SGVs'.repeat(19)}\r\n`.repeat(5) + '*SGVs')],
  ['characters that its author lost', single('8bit', '\ufffd'.repeat(30))],
  ['four lost characters', single('8bit', Buffer.concat([Buffer.from('ж'.repeat(200)), Buffer.alloc(4, 0xff)]))],
  ['four of a few', single('8bit', Buffer.concat([Buffer.from('ж'.repeat(20)), Buffer.alloc(4, 0xff)]))],
  ['an empty part', single('base64', '')],
])('%s is not', async (_, mail) => expect(await isTold(mail)).toBe(false));

test('of a good mail it is never said, whatever it holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), fc.uint8Array({ maxLength: 400 }), async (plain, bytes) => {
      const mail = mailOf({ plain, html: `<p>${plain}`, files: [{ name: 'f', type: 'application/x-test', bytes: Buffer.from(bytes) }] });
      expect(await isTold(mail)).toBe(false);
    }),
  );
});
