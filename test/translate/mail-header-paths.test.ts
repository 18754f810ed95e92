/** The quick ways through a header (ASCII as it stands, plain addresses, no encoded word) say what the ways for everything say. */
import { Headers } from '@zone-eu/mailsplit';
import fc from 'fast-check';
import libmime from 'libmime';
import addressparser from 'nodemailer/lib/addressparser';
import { expect, it } from 'vitest';
import { guess } from '../../src/translate/mail-charset.js';
import { oneLine } from '../../src/translate/mail-text.js';
import type { HeaderAddress } from '../../src/translate/mail-types.js';
import { read } from './mail-helpers.js';

const VALUE_LIMIT = 100_000;
const ADDRESSES_LIMIT = 32 * 1024;

/** The field's value, whatever it is made of. */
function slowValue(header: Buffer): string {
  const [field] = new Headers(header).getList();
  const line = field?.line ?? '';
  return oneLine(guess(Buffer.from(line.slice(line.indexOf(':') + 1, VALUE_LIMIT).replace(/\r?\n(?=[ \t])/g, ''), 'latin1')));
}

function slowWords(value: string): string {
  try {
    return oneLine(libmime.decodeWords(value));
  } catch {
    return oneLine(value);
  }
}

function slowAddresses(value: string): HeaderAddress[] {
  return addressparser(value.slice(0, ADDRESSES_LIMIT), { flatten: true }).map(({ name, address }) => ({ name: slowWords(name), address }));
}

/** What may stand in a field, in any order: all of it as latin-1 bytes. */
const PIECES = [
  'romeo', 'Montague', 'A', '1', '.', '-', '_', '+', ' ', ' ', '  ', '\t', '@', '@', 'a@b.example', 'romeo@montague.example', '<', '>', ' <a@b.example>', ',', ';', ':', 'Lovers: ',
  '(', ')', '(a comment)', '"', '\\', '"quoted @ local"@x.example', '[192.0.2.1]', "'", '=', '?', '=?', '?=', '=?utf-8?q?Rom=C3=A9o?=', '=?utf-8?b?Um9tw6lv?=', '=?utf-8?b?Um9t?= =?utf-8?b?w6lv?=',
  '=?iso-2022-jp?b?GyRCJF4bKEI=?=', '=?utf-7?q?+AGE-?=', '__\0JOIN\0__', '\0', '\u001b', '\u001b$B$^\u001b(B', '\u0001', '\u007f', '\u0085', '\u00a0', '\u00e9', '\u00c3\u00a9', '\u00ff\u00fe', '\u00fe\u00ff',
  '\r\n ', '\r\n\t', '\n ', '\r', '\n', '\r\r\n ', '\u00e2\u0080\u00ae',
];
const written = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join(''));
/** Nearly plain, so that the quick ways are gone and just missed. */
const nearlyPlain = fc
  .tuple(fc.constantFrom('', 'Romeo ', 'Romeo Montague ', '1 2 3 ', 'Romeo  Montague ', ' Romeo ', 'a@b '), fc.constantFrom('<', ''), fc.constantFrom('romeo', 'a.b', '.a', 'a..b', '-', '_+', ''), fc.constantFrom('montague.example', '-', '.', 'a..b', '.a.', 'x'), fc.constantFrom('>', '', '> ', '\r\n', '>x'))
  .map(([name, open, local, domain, close]) => `${name}${open}${local}@${domain}${close}`);
const long = fc.tuple(fc.constantFrom('a', 'a.', 'a ', 'a@b.example, ', '\u00e9', '=?utf-8?q?a?= '), fc.constantFrom(10_000, 33_000, 101_000)).map(([unit, length]) => unit.repeat(Math.ceil(length / unit.length)));
const atTheLimit = fc.tuple(fc.constantFrom(32_700, 32_750, 32_768, 32_769, 40_000, 99_990, 120_000), fc.constantFrom('', 'Romeo ')).map(([length, name]) => (name === '' ? `${'a'.repeat(length)}@b.example` : `${name}<a@${'b'.repeat(length)}>`));
const values = fc.oneof({ weight: 10, arbitrary: written }, { weight: 6, arbitrary: nearlyPlain }, { weight: 1, arbitrary: fc.tuple(long, written).map((parts) => parts.join('')) }, { weight: 1, arbitrary: atTheLimit });

/** As long as it is, it would fill the log. */
const short = (value: unknown): string => JSON.stringify(value, (_, text: unknown) => (typeof text === 'string' && text.length > 200 ? `${text.slice(0, 50)} … ${text.slice(-50)} (${text.length})` : text)) ?? '';

it('whatever a stranger writes into it', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('From', 'Subject'), values, async (name, value) => {
      const header = Buffer.from(`${name}: ${value}`, 'latin1');
      const fields = new Headers(header).getList();
      if (fields.length !== 1 || fields[0]?.key !== name.toLowerCase() || /\n\r?\n/.test(value)) return;
      compared++;
      const mail = await read(Buffer.concat([header, Buffer.from('\r\n\r\nx')]));
      const slow = slowValue(header);
      expect(short(mail.headers.fields[0]?.value)).toBe(short(slow));
      if (name === 'From') expect(short(mail.from)).toBe(short(slowAddresses(slow)));
      else expect(short(mail.subject)).toBe(short(slowWords(slow)));
    }),
    { numRuns: 800 },
  );
  expect(compared).toBeGreaterThan(400);
}, 30_000);
