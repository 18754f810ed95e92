import { describe, expect, test } from 'vitest';
import { fromMail } from '../../src/translate/from-mail.js';
import { BOB, FACTS, read } from './mail-helpers.js';

const { envelopeFrom: _, ...NULL_PATH } = FACTS;

describe('who wrote it, and whether it may be answered', () => {
  test.each([
    ['a person', '', 'person', true],
    ['Auto-Submitted: no', 'Auto-Submitted: no', 'person', true],
    ['a vacation answer', 'Auto-Submitted: auto-replied (vacation)', 'auto-replied', false],
    ['a cron job', 'Auto-Submitted: Auto-Generated', 'auto-generated', false],
    ['an unknown kind of machine', 'Auto-Submitted: auto-notified', 'auto-generated', false],
    ['an old vacation answer', 'Precedence: auto_reply', 'auto-replied', false],
    ['a list', 'List-Id: The list <list.example.org>', 'list', false],
    ['a newsletter', 'List-Unsubscribe: <mailto:leave@example.org>', 'list', false],
    ['Precedence: bulk alone', 'Precedence: bulk', 'person', true],
    ['Precedence: list alone', 'Precedence: list', 'person', true],
    ['one that wants no reports', 'X-Auto-Response-Suppress: DR, NDR, OOF', 'person', false],
    ['one that wants no out-of-office', 'X-Auto-Response-Suppress: OOF', 'person', true],
    ['a DSN', 'Content-Type: multipart/report; report-type=delivery-status; boundary=b', 'bounce', false],
    ['a read receipt', 'Content-Type: multipart/report; report-type=disposition-notification; boundary=b', 'auto-replied', false],
  ])('%s', async (_name, field, origin, answerable) => {
    const message = fromMail(await read(`${field === '' ? '' : `${field}\n`}From: bob@example.net\n\n--b\n\nx\n--b--\n`), FACTS);
    expect([message.origin, message.returnTo]).toEqual([origin, answerable ? BOB : undefined]);
  });

  test('a null return path is a bounce, if it is no automatic answer', async () => {
    expect(fromMail(await read('Subject: failed\n\nx\n'), NULL_PATH)).toMatchObject({ origin: 'bounce' });
    expect(fromMail(await read('Auto-Submitted: auto-replied\n\nx\n'), NULL_PATH)).toMatchObject({ origin: 'auto-replied' });
  });
});
