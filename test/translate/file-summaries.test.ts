/** Calendars and contact cards in words; the cases mail-invitation and mail-contact-card show them in mails. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendarSummary } from '../../src/translate/calendar.js';
import { contactSummary } from '../../src/translate/contact-card.js';
import { bodyOf } from '../../src/translate/stanza-body.js';
import { chat } from './mail-helpers.js';
import { worked } from '../worked.js';

const event = (lines: string, method = '') => `BEGIN:VCALENDAR\r\n${method === '' ? '' : `METHOD:${method}\r\n`}BEGIN:VEVENT\r\n${lines.replace(/\n/g, '\r\n')}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;

describe('a calendar', () => {
  test.each([
    ['in UTC', 'SUMMARY:A\nDTSTART:20260116T090000Z\nDURATION:PT1H30M', '', 'Event: A\nWhen: Friday, 16 January 2026, 09:00–10:30 (UTC)'],
    ['floating', 'SUMMARY:A\nDTSTART:20260116T090000', '', 'Event: A\nWhen: Friday, 16 January 2026, 09:00'],
    ['of a day', 'SUMMARY:A\nDTSTART;VALUE=DATE:20260116\nDTEND;VALUE=DATE:20260117', '', 'Event: A\nWhen: Friday, 16 January 2026, all day'],
    ['of days', 'SUMMARY:A\nDTSTART;VALUE=DATE:20260130\nDTEND;VALUE=DATE:20260202', '', 'Event: A\nWhen: Friday, 30 January 2026 – Sunday, 1 February 2026'],
    ['over night', 'SUMMARY:A\nDTSTART;TZID=Europe/Berlin:20260116T220000\nDTEND;TZID=Europe/Berlin:20260117T010000', '', 'Event: A\nWhen: Friday, 16 January 2026, 22:00 – Saturday, 17 January 2026, 01:00 (Europe/Berlin)'],
    ['cancelled', 'SUMMARY:A', 'CANCEL', 'Cancelled: A'],
    ['cancelled by its status', 'SUMMARY:A\nSTATUS:CANCELLED', 'REQUEST', 'Cancelled: A'],
    ['answered', 'SUMMARY:A\nATTENDEE;CN=Anna;PARTSTAT=ACCEPTED:mailto:anna@b.example', 'REPLY', 'Accepted by Anna <anna@b.example>: A'],
    ['that returns', 'SUMMARY:A\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20261231T000000Z', '', 'Event: A\nRepeats: every month on the last Friday, until 31 December 2026'],
    ['that is tentative, without a title', 'STATUS:TENTATIVE', 'REQUEST', 'Invitation: (no title)\nStatus: tentative'],
    ['with line ends in it', 'SUMMARY:A\\nBcc: x\nLOCATION:\u202eB', '', 'Event: A Bcc: x\nWhere: B'],
  ])('%s', (_, lines, method, words) => expect(calendarSummary(event(lines, method))).toBe(words));

  test('of thousands is told by its first three, in a short time', () => {
    const start = process.cpuUsage();
    const words = calendarSummary(`BEGIN:VCALENDAR\r\n${'BEGIN:VEVENT\r\nSUMMARY:A\r\nEND:VEVENT\r\n'.repeat(5_000)}END:VCALENDAR`);
    expect(words).toBe('Event: A\n\nEvent: A\n\nEvent: A\n\nand 4997 more');
    calendarSummary('BEGIN:VEVENT\r\n'.repeat(18_000));
    expect(worked(start)).toBeLessThan(1_000);
  });

  test('that is none says nothing', () => {
    for (const text of ['', 'Hello', 'BEGIN:VEVENT', event('SUMMARY'), event('DTSTART:never')]) expect(() => calendarSummary(text)).not.toThrow();
    expect(calendarSummary('BEGIN:VCALENDAR\r\nEND:VCALENDAR')).toBeUndefined();
  });
});

describe('a contact card', () => {
  test.each([
    ['version 3', 'VERSION:3.0\nFN:Eva Müller\nORG:Example;Sales\nTITLE:Head\nTEL;TYPE=cell:+49 170\nitem1.EMAIL:eva@b.example', 'Name: Eva Müller\nOrganisation: Head, Example, Sales\nPhone: +49 170\nMail: eva@b.example'],
    ['version 4', 'VERSION:4.0\nFN:Eva\nTEL;VALUE=uri;TYPE="voice,home":tel:+49-30\nURL:https://b.example/', 'Name: Eva\nPhone: +49-30\nWeb: https://b.example/'],
    ['without a name', 'VERSION:3.0\nEMAIL:eva@b.example', 'Mail: eva@b.example'],
  ])('of %s', (_, lines, words) => expect(contactSummary(`BEGIN:VCARD\r\n${lines.replace(/\n/g, '\r\n')}\r\nEND:VCARD\r\n`)).toBe(words));

  test('that is none says nothing', () => {
    for (const text of ['', 'FN:x', 'BEGIN:VCARD\nEND:VCARD']) expect(contactSummary(text)).toBeUndefined();
  });
});

test('no file breaks them', () => {
  const pieces = fc.array(fc.constantFrom('BEGIN:VEVENT', 'END:VEVENT', 'BEGIN:VCARD', 'END:VCARD', '\r\n', '\n ', ':', ';', '=', '"', 'DTSTART', 'RRULE:FREQ=', 'TZID=', 'TEL', 'FN', 'ORG', 'SUMMARY', '99999999999', '20260116T', 'DURATION:P', 'QUOTED-PRINTABLE', '\u0000', 'ATTENDEE;CN=')).map((all) => all.join(''));
  fc.assert(fc.property(pieces, (text) => {
    for (const words of [calendarSummary(text), contactSummary(text)]) {
      // eslint-disable-next-line no-control-regex
      expect(words ?? '').not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    }
  }), { numRuns: 500 });
});

test('stand behind the text, before the files', () => {
  const { message } = chat({ source: 'mail', text: 'See', attachments: [{ name: 'a.ics', type: 'text/calendar', size: 10, where: { part: 0 }, summary: 'Event: A\nWhere: B' }] });
  expect(bodyOf(message, { references: [] }, {})).toBe('See\n\nEvent: A\nWhere: B\n\n[file: a.ics, 10 bytes]');
});
