import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newMessageId } from '../../src/message.js';
import { recipientTag } from '../../src/recipient-tag.js';
import { checkLoop, hopsOf, loopCount, loopValue } from '../../src/translate/mail-loop.js';
import { isMessageId, messageIdsIn } from '../../src/translate/mail-ids.js';
import { bareSubject, subjectOf } from '../../src/translate/mail-subject.js';
import { cutText, displayText, fileName } from '../../src/translate/mail-text.js';
import { decodeText } from '../../src/translate/mail-charset.js';
import { makeReturnAddress, parseReturnAddress } from '../../src/translate/mail-verp.js';
import { ID, read } from './mail-helpers.js';

describe('the return address', () => {
  test('names its message, in any case', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 47 }), (now) => {
        const id = newMessageId(now);
        const address = makeReturnAddress(id, 'mail.example.com');
        expect(parseReturnAddress({ ...address, local: address.local.toUpperCase() }, 'MAIL.example.com')).toEqual({ messageId: id });
        const one = makeReturnAddress(id, 'mail.example.com', recipientTag('Joe.O\'Neill@b.example'));
        expect(one.local.length).toBeLessThanOrEqual(64);
        expect(parseReturnAddress({ ...one, local: one.local.toUpperCase() }, 'mail.example.com')).toEqual({ messageId: id, tag: recipientTag('Joe.O\'Neill@b.example') });
      }),
    );
  });

  test.each([`bounces+${ID}x`, `bounces+${ID.slice(1)}`, `xbounces+${ID}`, `bounces-${ID}`, `bounces+${ID.replace('a', 'u')}`, `bounces+${ID}\n`, `bounces+${ID}-`, `bounces+${ID}-0123456`, `bounces+${ID}-0123456x`])('is not %j', (local) => {
    expect(parseReturnAddress({ kind: 'mail', local, domain: 'mail.example.com' }, 'mail.example.com')).toBeUndefined();
  });

  test('belongs to this gateway only', () => {
    expect(parseReturnAddress(makeReturnAddress(ID, 'other.example'), 'mail.example.com')).toBeUndefined();
  });
});

describe('Message-IDs', () => {
  test.each([
    ['<a@b> <c@d>', ['<a@b>', '<c@d>']],
    ['<a@b>,<c@d>', ['<a@b>', '<c@d>']],
    ['<no-at> <a@b@c> <a b@c> <ä@b>', []],
    ['a@b', []],
    ['Your message of "Tue" <a@b>', ['<a@b>']],
    [`<${'x'.repeat(300)}@b>`, []],
  ])('in %j', (value, ids) => expect(messageIdsIn(value)).toEqual(ids));

  test('are whole or nothing', () => {
    expect(isMessageId('<a@b>')).toBe(true);
    expect(isMessageId('<a@b>\r\nBcc: x')).toBe(false);
    expect(isMessageId('')).toBe(false);
  });
});

describe('subjects', () => {
  test.each([
    ['the first words, cut between words', { text: '> quoted\nWould you be so kind as to bring the blue folder to the meeting?' }, {}, 'Would you be so kind as to bring the blue folder to the…'],
    ['the conversation', { text: 'Yes' }, { subject: 'Lunch' }, 'Re: Lunch'],
    ['the same subject again is an answer', { text: 'Yes', subject: 'Lunch' }, { subject: 'Lunch' }, 'Re: Lunch'],
    ['a new subject begins anew', { text: 'Yes', subject: 'Dinner' }, { subject: 'Lunch' }, 'Dinner'],
    ['one line', { text: 'x', subject: 'a\r\nBcc: evil@e.example' }, {}, 'a Bcc: evil@e.example'],
    ['never empty', { text: ' \n' }, {}, 'Chat message'],
  ])('%s', (_, message, context, expected) => expect(subjectOf(message, context)).toBe(expected));

  test('without Re:', () => expect(bareSubject('Re: AW: re[2]: Lunch')).toBe('Lunch'));
});

describe('file names', () => {
  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\a.doc', 'a.doc'],
    ['a\u202egpj.exe', 'agpj.exe'],
    ['a\r\nb.txt', 'a b.txt'],
    ['', 'attachment-3'],
    ['..', 'attachment-3'],
    ['.bashrc', 'bashrc'],
    [`${'x'.repeat(4000)}.pdf`, `${'x'.repeat(116)}.pdf`],
  ])('%j', (given, name) => expect(fileName(given, 2)).toBe(name));
});

test('a text is never cut inside a character', () => expect(cutText('a🙂', 2)).toBe('a'));

test('shown text reorders nothing', () => expect(displayText('a\u202eb\u2066c\u200f', 10)).toBe('abc'));

describe('charsets', () => {
  test.each([
    ['', Buffer.from('Grüße'), 'Grüße'],
    ['', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'Grüße'],
    ['us-ascii', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'Grüße'],
    ['no-such-charset', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'Grüße'],
    ['koi8-r', Buffer.from([0xd0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4]), 'привет'],
    ['shift_jis', Buffer.from([0x82, 0xb1]), 'こ'],
    ['iso-2022-jp', Buffer.from('\x1b$B$3\x1b(B', 'latin1'), 'こ'],
    ['cp437', Buffer.from([0x81]), 'ü'],
    ['gb2312', Buffer.from([0xc4, 0xe3]), '你'],
    ['utf-7', Buffer.from('+ADw-script+AD4-'), '+ADw-script+AD4-'],
    ['UTF-8', Buffer.from('\ufeffa'), 'a'],
  ])('%s', (charset, bytes, text) => expect(decodeText(bytes, charset)).toBe(text));
});

test('a mail that has gone round is a loop', async () => {
  const round = await read(`${'Received: from a by b; Thu, 15 Jan 2026 12:00:00 +0000\n'.repeat(50)}X-Stanzapost-Loop: mail.example.com\nFrom: a@b.example\n\nx\n`);
  expect(loopCount(round)).toBe(51);
  expect(checkLoop(round)?.reason).toBe('loop');
  expect(checkLoop(await read(`${'Received: x\n'.repeat(50)}\nx\n`))).toBeUndefined();
});

test.each([
  [`X-Stanzapost-Loop: ${loopValue('mail.example.com')}`, 0],
  [`X-Stanzapost-Loop: ${loopValue('mail.example.com', 2)}\nX-Stanzapost-Loop: ${loopValue('mail.example.net', 1)}`, 2],
  ['X-Stanzapost-Loop: mail.example.com; n=-1; n=x', 0],
  ['Subject: ; n=3', 0],
])('the hops of %j are %i', async (field, hops) => expect(hopsOf(await read(`${field}\n\nx\n`))).toBe(hops));
