import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { bodyText, displayText } from '../../src/translate/mail-text.js';
import { toMail } from '../../src/translate/to-mail.js';
import { ANNA, chat, GATEWAY, good, ID, NOW, plainText, read, wireFields } from './mail-helpers.js';
import type { Message, ReplyContext } from '../../src/message.js';

const options = { gateway: GATEWAY, now: NOW };
const written = (message: Partial<Message> = {}, context: Partial<ReplyContext> = {}, senderName?: string) =>
  good(toMail(chat(message, context), senderName === undefined ? options : { ...options, senderName }));

describe('a chat message as a mail', () => {
  test('carries the fields of a first message', () => {
    const mail = written({ text: 'Lunch at one?', senderName: 'Anna K.' });
    expect(wireFields(mail)).toEqual([
      'From: "Anna K." <anna@mail.example.com>',
      'To: bob@example.net',
      'Subject: Lunch at one?',
      'Date: Thu, 15 Jan 2026 12:00:00 +0000',
      `Message-ID: <${ID}@mail.example.com>`,
      'X-Stanzapost-Loop: mail.example.com',
      'Jabber-ID: anna@example.com',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8; format=flowed',
      'Content-Transfer-Encoding: quoted-printable',
    ]);
    expect(mail.needsSmtpUtf8).toBe(false);
    expect(mail.from).toEqual({ kind: 'mail', local: 'anna', domain: 'mail.example.com' });
  });

  test('an answer names what it answers', async () => {
    const context = { answered: { mail: '<b@example.net>' }, references: ['<a@example.net>', 'not an id', '<b@example.net>'], subject: 'Re: RE: Lunch' };
    const mail = await read((written({}, context)).raw);
    expect(mail.subject).toBe('Re: Lunch');
    expect(mail.inReplyTo).toEqual(['<b@example.net>']);
    expect(mail.references).toEqual(['<a@example.net>', '<b@example.net>']);
  });

  test('only what is automatic says so', async () => {
    expect((await read((written({ origin: 'auto-generated' })).raw)).headers.first('auto-submitted')).toBe('auto-generated');
    expect((await read((written()).raw)).headers.has('auto-submitted')).toBe(false);
  });

  test('dates it when it was written, but never later than now', async () => {
    expect((await read((written({ sentAt: NOW - 86_400_000 })).raw)).date).toBe(NOW - 86_400_000);
    expect((await read((written({ sentAt: NOW + 86_400_000 })).raw)).date).toBe(NOW);
  });

  test('needs SMTPUTF8 for a sender whose name is not ASCII', () => {
    const mail = written({ sender: { ...ANNA, local: 'jörg' } });
    expect(mail.needsSmtpUtf8).toBe(true);
    expect(wireFields(mail)).toContain('Jabber-ID: j%C3%B6rg@example.com');
  });

  test('a display name that looks like an address is left out', () => {
    expect(wireFields(written({}, {}, 'ceo@victim.example'))[0]).toBe('From: anna@mail.example.com');
  });

  test('the link of a file is in the text once', async () => {
    const file = { name: 'a.png', type: 'image/png', size: 3, where: { url: 'https://up.example.com/a.png' } };
    expect(plainText(await read((written({ text: 'look', attachments: [file] })).raw))).toBe('look\n\nhttps://up.example.com/a.png');
    expect(plainText(await read((written({ text: file.where.url, attachments: [file] })).raw))).toBe(file.where.url);
  });

  test('a mail sender is refused, not relayed', () => {
    const result = toMail(chat({ source: 'mail', sender: { kind: 'mail', local: 'x', domain: 'y.example' } }), options);
    expect(isFailure(result) && result.reason).toBe('bad-address');
  });
});

describe('the text arrives exactly', () => {
  test.each([
    ['Chinese', '你好，世界。這是一個測試。\n'.repeat(6000)],
    ['Arabic', 'مرحبا بالعالم، هذه رسالة طويلة جدا\n\n'.repeat(3500)],
    ['emoji', '👩‍👩‍👧‍👦🏳️‍🌈🙂 '.repeat(6000)],
    ['one word', 'x'.repeat(200_000)],
  ])('200 KB of %s', async (_, text) => {
    const mail = written({ text });
    expect(plainText(await read(mail.raw))).toBe(text);
    expect(longestLine(mail.raw)).toBeLessThanOrEqual(78);
  });

  const piece = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\n', '\n\n', ' ', '-- ', '.', '..', 'From ', '> ', '>>', '=', '=20', '\u2028', '\u0085', '\ufeff', 'w'.repeat(1200)));

  test('any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        // A leading U+FEFF is the mark of an encoding in a mail, not text.
        const text = bodyText(pieces.join('')).replace(/^\ufeff+/, '');
        const mail = written({ text });
        expect(plainText(await read(mail.raw))).toBe(text);
        expect(longestLine(mail.raw)).toBeLessThanOrEqual(998);
      }),
      { numRuns: 150 },
    );
  });
});

describe('header fields', () => {
  test('are folded within 78 columns, and no line of them is blank', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(' ', ' '.repeat(90), 'a', 'word', '漢字', '𠮷', '🙂', '"', '=?', 'w'.repeat(60)), { maxLength: 40 }), (pieces) => {
        const lines = wireFields(written({ subject: `a${pieces.join('')}`, senderName: pieces.join('') })).flatMap((field) => field.split('\r\n'));
        expect(lines.filter((line) => line.trim() === '')).toEqual([]);
        expect(lines.filter((line) => line.length > 78 && / ./.test(line.slice(10)) && !/^ *\S+$/.test(line))).toEqual([]);
      }),
    );
  });

  test('read back as they were given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.string({ unit: 'grapheme', maxLength: 60 }), async (subject, name) => {
        const mail = await read(written({ subject: `x${subject}`, senderName: `N${name}`.replace(/@/g, '') }).raw);
        expect(mail.subject).toBe(displayText(`x${subject}`, 200));
        expect(mail.from[0]?.name.replace(/\s+/g, ' ')).toBe(displayText(`N${name}`.replace(/@/g, ''), 100).replace(/\s+/g, ' '));
      }),
    );
  });
});

describe('no chat text can inject a header', () => {
  const NAMES = ['From', 'To', 'Subject', 'Date', 'Message-ID', 'In-Reply-To', 'References', 'X-Stanzapost-Loop', 'Jabber-ID', 'Content-Transfer-Encoding', 'MIME-Version', 'Content-Type'];
  const evil = fc
    .array(fc.oneof(fc.constantFrom('\r', '\n', '\r\n', '\u2028', '\u0085', '\u010d\u010a', '\0', 'Bcc: evil@e.example', 'To: x@y.example', '"', '<', '>', ',', '=?utf-8?q?a=0D=0AB:_c?=', 'w'.repeat(2000), ' '), fc.string()), { maxLength: 8 })
    .map((parts) => parts.join(''));

  test('in any field it gets into', async () => {
    await fc.assert(
      fc.asyncProperty(evil, evil, evil, evil, evil, async (subject, name, thread, id, text) => {
        const mail = written(
          { subject, text, thread, senderName: name, ids: { stanza: id, origin: id, mail: id } },
          { answered: { mail: id, stanza: id }, references: [id, thread], thread, subject: thread },
          name,
        );
        const fields = wireFields(mail);
        expect(fields.map((field) => field.slice(0, field.indexOf(':'))).filter((field) => !NAMES.includes(field))).toEqual([]);
        expect(new Set(fields.map((field) => field.slice(0, field.indexOf(':')))).size).toBe(fields.length);
        expect(mail.raw.toString('latin1')).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
        expect(longestLine(mail.raw)).toBeLessThanOrEqual(998);
        const parsed = await read(mail.raw);
        expect(parsed.to).toEqual([{ name: '', address: 'bob@example.net' }]);
        expect(parsed.from.map((from) => from.address)).toEqual(['anna@mail.example.com']);
      }),
      { numRuns: 200 },
    );
  });
});

function longestLine(raw: Buffer): number {
  return Math.max(...raw.toString('latin1').split('\r\n').map((line) => line.length));
}
