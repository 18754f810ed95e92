import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure, isFailure } from '../../src/failure.js';
import type { Report } from '../../src/message.js';
import { readReport } from '../../src/translate/read-report.js';
import { toReportMail } from '../../src/translate/report-mail.js';
import { ANNA, chat, GATEWAY, good, ID, NOW, plainText, read, wireFields } from './mail-helpers.js';

const REPORT: Report = {
  state: 'failed',
  about: { id: ID, ids: { mail: '<m1@example.net>' }, subject: 'Grüße', acceptedAt: NOW - 3_600_000, envelopeId: 'QQ314159' },
  recipient: { ...ANNA, resource: '' },
  failure: Failure.permanent('no-such-recipient', 'There is no such user.', { remote: 'User does not exist' }).toRecord(),
};

const written = (report: Report, text = 'Your message was not delivered.') =>
  good(toReportMail(chat({ source: 'gateway', origin: 'auto-replied', text, report, ids: {} }), { gateway: GATEWAY, now: NOW }));

describe('a report to a mail sender', () => {
  test('is a DSN with all required fields', () => {
    const raw = (written(REPORT)).raw.toString();
    expect(raw).toMatch(/^Content-Type: multipart\/report; report-type=delivery-status;\r\n boundary=/m);
    expect(raw).toContain(
      [
        'Content-Type: message/delivery-status',
        '',
        'Reporting-MTA: dns; mail.example.com',
        'Original-Envelope-Id: QQ314159',
        'Arrival-Date: Thu, 15 Jan 2026 11:00:00 +0000',
        '',
        'Final-Recipient: rfc822; anna@mail.example.com',
        'Action: failed',
        'Status: 5.1.1',
        'Diagnostic-Code: x-xmpp; User does not exist',
        '',
      ].join('\r\n'),
    );
    expect(raw).toContain('Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <m1@example.net>\r\nSubject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n');
  });

  test('cannot be answered, and names what it is about', async () => {
    const mail = written(REPORT);
    expect(wireFields(mail)).toEqual(expect.arrayContaining(['From: Mail Delivery System <postmaster@mail.example.com>', 'Auto-Submitted: auto-replied', 'In-Reply-To: <m1@example.net>', 'References: <m1@example.net>']));
    expect((await read(mail.raw)).subject).toBe('Not delivered: Grüße');
  });

  test('reads back as what was reported', async () => {
    const mail = await read((written(REPORT)).raw);
    expect(plainText(mail)).toBe('Your message was not delivered.');
    expect(mail.attachments).toEqual([]);
    expect(readReport(mail)).toEqual({
      envelopeId: 'QQ314159',
      messageId: '<m1@example.net>',
      recipients: [{ action: 'failed', status: '5.1.1', diagnostic: 'User does not exist', finalRecipient: { kind: 'mail', local: 'anna', domain: 'mail.example.com' } }],
    });
  });

  test.each([
    ['delayed', '4.0.0', /^Will-Retry-Until: Tue, 20 Jan 2026 12:00:00 \+0000\r$/m],
    ['delivered', '2.0.0', /^Action: delivered\r$/m],
  ] as const)('may say %s', async (state, status, line) => {
    const { failure: _, ...about } = REPORT;
    const mail = written({ ...about, state, expiresAt: NOW + 5 * 86_400_000 });
    expect(mail.raw.toString()).toMatch(line);
    expect(readReport(await read(mail.raw))?.recipients[0]).toMatchObject({ action: state, status });
  });

  test('what is not ASCII is spelt in ASCII', async () => {
    const failure = Failure.permanent('no-such-recipient', 'No.', { remote: 'Benutzer »jörg« unbekannt' }).toRecord();
    const mail = written({ ...REPORT, failure, recipient: { ...ANNA, local: 'jörg' } });
    expect(mail.raw.toString('latin1')).toMatch(/^[\t\r\n -~]*$/);
    expect(mail.raw.toString()).toContain('Final-Recipient: utf-8; j\\x{F6}rg@mail.example.com\r\n');
    expect(readReport(await read(mail.raw))?.recipients[0]?.diagnostic).toBe('Benutzer »jörg« unbekannt');
  });

  test('no foreign words can inject a field', async () => {
    const words = fc.array(fc.oneof(fc.constantFrom('\r\n', '\n', '\r', '\n\nFinal-Recipient: rfc822; x@y', '\u2028', '\u0085', '\0', 'w'.repeat(3000)), fc.string()), { maxLength: 6 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(words, words, words, async (remote, subject, envelopeId) => {
        const failure = Failure.permanent('remote-refused', 'No.', { remote }).toRecord();
        const mail = written({ ...REPORT, failure, about: { ...REPORT.about, subject, envelopeId, ids: { mail: subject } } });
        expect(Math.max(...mail.raw.toString('latin1').split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
        expect(mail.raw.toString('latin1')).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
        expect(readReport(await read(mail.raw))?.recipients).toHaveLength(1);
      }),
      { numRuns: 100 },
    );
  });

  test('nothing else becomes a report', () => {
    expect(isFailure(toReportMail(chat(), { gateway: GATEWAY, now: NOW }))).toBe(true);
  });
});

const DSN = (status: string) =>
  `From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n${status}\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <m1@mail.example.com>\nSubject: x\n\nbody\n--b--\n`;

describe('reports that come back', () => {
  test.each([
    ['folded diagnostics', 'Final-Recipient: rfc822; Bob@Example.NET\nAction: failed\nStatus: 5.1.1 (bad mailbox)\nDiagnostic-Code: smtp; 550 5.1.1\n <bob@example.net>:\n\tno such user', { action: 'failed', status: '5.1.1', diagnostic: '550 5.1.1 <bob@example.net>: no such user', finalRecipient: { kind: 'mail', local: 'Bob', domain: 'example.net' } }],
    ['an action with a comment', 'Final-Recipient: RFC822;<bob@example.net>\nAction: delayed (will try until Friday)\nStatus: 4.4.1', { action: 'delayed', status: '4.4.1', finalRecipient: { kind: 'mail', local: 'bob', domain: 'example.net' } }],
    ['no action', 'Final-Recipient: rfc822; bob@example.net\nStatus: 5.2.2', { action: 'failed', status: '5.2.2', finalRecipient: { kind: 'mail', local: 'bob', domain: 'example.net' } }],
    ['a relay', 'Original-Recipient: rfc822; b@example.net\nFinal-Recipient: unknown; none\nAction: RELAYED\nStatus: 2.0.0', { action: 'relayed', status: '2.0.0', originalRecipient: { kind: 'mail', local: 'b', domain: 'example.net' } }],
    ['a status that is none', 'Final-Recipient: rfc822; bob@example.net\nAction: failed\nStatus: 250 OK 10.5.1.2.3', { action: 'failed', finalRecipient: { kind: 'mail', local: 'bob', domain: 'example.net' } }],
  ])('%s', async (_, status, expected) => {
    expect(readReport(await read(DSN(status)))).toEqual({ messageId: '<m1@mail.example.com>', recipients: [expected] });
  });

  test('several recipients', async () => {
    const report = readReport(await read(DSN('Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.0.0\n\nFinal-Recipient: rfc822; b@x.example\nAction: delivered\nStatus: 2.0.0')));
    expect(report?.recipients.map((each) => [each.finalRecipient?.local, each.action])).toEqual([['a', 'failed'], ['b', 'delivered']]);
  });

  test.each([
    ['qmail', 'From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\nHi. This is the qmail-send program at mx.example.\nI wasn\'t able to deliver your message to the following addresses.\n\n<bob@example.net>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nFrom: <other@example.org>\n', { action: 'failed', status: '5.1.1', diagnostic: 'Sorry, no mailbox here by that name. (#5.1.1)', finalRecipient: { kind: 'mail', local: 'bob', domain: 'example.net' } }],
    ['Exim', 'From: Mail Delivery System <Mailer-Daemon@mx.example>\nX-Failed-Recipients: bob@example.net\nAuto-Submitted: auto-replied\nSubject: Mail delivery failed\n\nA message that you sent could not be delivered.\n\n  bob@example.net\n    host mx.example [192.0.2.1]: 550 no such user\n', { action: 'failed', status: '5.0.0', diagnostic: 'host mx.example [192.0.2.1]: 550 no such user', finalRecipient: { kind: 'mail', local: 'bob', domain: 'example.net' } }],
    ['a warning', 'From: postmaster@mx.example\nSubject: Warning: message delayed\n\nYou do not need to resend your message.\n\nbob@example.net\n', { action: 'delayed', status: '4.0.0', finalRecipient: { kind: 'mail', local: 'bob', domain: 'example.net' } }],
  ])('by their words: %s', async (_, mail, expected) => expect(readReport(await read(mail))?.recipients).toEqual([expected]));

  test.each([
    ['a person who says so', 'From: bob@example.net\nSubject: Undeliverable\n\nYour letter could not be delivered.\n'],
    ['a vacation answer', 'From: bob@example.net\nAuto-Submitted: auto-replied\nReturn-Path: <>\nSubject: Out of office\n\nI am away until Monday.\n'],
  ])('are not %s', async (_, mail) => expect(readReport(await read(mail))).toBeUndefined());
});
