/**
 * Each directory `cases/mail-NAME` holds a mail and the message it must become. `message.json` is compared with the
 * message without the facts that every case shares; a case is added by adding a directory.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fromMail } from '../../src/translate/from-mail.js';
import { FACTS, ID, read } from './mail-helpers.js';

const CASES = join(import.meta.dirname, 'cases');
const names = readdirSync(CASES).filter((name) => name.startsWith('mail-'));

test.each(names)('%s', async (name) => {
  const mail = await read(new Uint8Array(readFileSync(join(CASES, name, 'mail.eml'))));
  const expected: unknown = JSON.parse(readFileSync(join(CASES, name, 'message.json'), 'utf8'));
  expect(withoutFacts(fromMail(mail, FACTS))).toEqual(expected);
});

test('there are cases', () => expect(names.length).toBeGreaterThan(15));

function withoutFacts(message: ReturnType<typeof fromMail>): unknown {
  const { id, source, sender, authenticity, acceptedAt, wantsReceipt, ids, ...rest } = message;
  expect({ id, source, sender, authenticity, acceptedAt, wantsReceipt, stanza: ids.stanza }).toEqual({
    id: ID,
    source: 'mail',
    sender: FACTS.from,
    authenticity: 'verified',
    acceptedAt: FACTS.now,
    wantsReceipt: false,
    stanza: ID,
  });
  return { ...rest, ...(ids.mail === undefined ? {} : { messageId: ids.mail }) };
}
