/** What would be noise to somebody who reads a mail in a chat. */
import { describe, expect, test } from 'vitest';
import { fromMail } from '../../src/translate/from-mail.js';
import { FACTS, read } from './mail-helpers.js';

async function shown(mail: string): Promise<string> {
  return fromMail(await read(mail), FACTS).text;
}

describe('a plain text is shown without noise', () => {
  test.each([
    ['runs of blank lines', 'Hello\n\n\n\n \t\n\u00a0\nthere', 'Hello\n\nthere'],
    ['the blanks of an empty line', 'Hello\n \nthere', 'Hello\n\nthere'],
    ['an address twice, as Outlook writes it', 'ask bob@example.net<mailto:bob@example.net>.', 'ask bob@example.net.'],
    ['an address behind a name', 'ask Bob Miller<mailto:bob@example.net?subject=x> now', 'ask Bob Miller <bob@example.net> now'],
    ['a link twice', 'www.example.net<http://www.example.net/> and https://b.example/x <https://b.example/x>', 'www.example.net and https://b.example/x'],
    ['a link behind words stays', 'see here <https://b.example/x>', 'see here <https://b.example/x>'],
    ['a bracketed link by itself stays', '<https://b.example/x>', '<https://b.example/x>'],
    ['indentation stays', 'a\n    b\n\tc', 'a\n    b\n\tc'],
    ['quotes of Windows that are no UTF-8 characters', 'It\u0092s 5 \u0080', 'It’s 5 €'],
    ['HTML that says it is plain text', '<p>Dear Anna,</p><p>it <b>rains</b>.</p>', 'Dear Anna,\n\nit *rains*.'],
    ['a text that begins with a tag stays', '<p> is a paragraph, as you know', '<p> is a paragraph, as you know'],
  ])('%s', async (_, text, expected) => expect(await shown(`Content-Type: text/plain; charset=utf-8\n\n${text}\n`)).toBe(expected));
});

test('nothing is called raw text where there is no text', async () => {
  expect(await shown('Content-Type: multipart/mixed; boundary=b\n\n')).toBe('');
  expect(await shown('Content-Type: multipart/mixed; boundary=b\n\nHello\n')).toMatch(/^Hello\n\n\[.* raw text\.\]$/);
});

describe('the copy of a mail below a report about it is cut', () => {
  const REPORT = 'I could not deliver it.\n\n<bob@example.net>: no such mailbox';
  const COPY = 'Return-Path: <anna@example.com>\nReceived: from a by b\n\tfor c\nSubject: Hi\n\nHow are you?';
  const bounce = (text: string): Promise<string> => read(`Subject: failure notice\n\n${text}\n`).then((mail) => facts(mail).text);
  const facts = (mail: Awaited<ReturnType<typeof read>>) => {
    const { envelopeFrom: _, ...rest } = FACTS;
    return fromMail(mail, rest);
  };

  test.each([
    ['qmail', `--- Below this line is a copy of the message.\n\n${COPY}`],
    ['Exim', `------ This is a copy of the message, including all the headers. ------\n\n${COPY}`],
    ['Exchange', `Original message headers:\n\n${COPY}`],
    ['without words', COPY],
  ])('%s', async (_, copy) => expect(await bounce(`${REPORT}\n\n${copy}`)).toBe(REPORT));

  test('but not where there is nothing else', async () => expect(await bounce(COPY)).toContain('Subject: Hi'));
  test('nor from what a person writes', async () => expect(await shown(`\nLook at this:\n\n${COPY}\n`)).toContain('Received: from a by b'));
  test('and is counted', async () => expect(facts(await read(`\n${REPORT}\n\n${COPY}\n`)).cutLines).toBe(7));
});

describe('what signs a mail is no file to its reader', () => {
  const signed = (name: string, type: string, text = 'Hello'): string =>
    `Content-Type: multipart/signed; boundary=b\n\n--b\n\n${text}\n--b\nContent-Type: ${type}; name=${name}\nContent-Disposition: attachment; filename=${name}\n\nxyz\n--b--\n`;

  test.each([
    ['signature.asc', 'application/pgp-signature'],
    ['OpenPGP_signature.asc', 'application/pgp-signature'],
    ['smime.p7s', 'application/pkcs7-signature'],
    ['smime.p7s', 'application/x-pkcs7-signature'],
  ])('%s, %s', async (name, type) => expect(fromMail(await read(signed(name, type)), FACTS).attachments).toEqual([]));

  test.each([
    ['the signature of a file', 'release-1.0.tar.gz.asc', 'application/pgp-signature', 'Hello'],
    ['a file that is only called so', 'signature.asc', 'image/png', 'Hello'],
    ['all that a mail has', 'signature.asc', 'application/pgp-signature', ''],
  ])('but %s is', async (_, name, type, text) => expect(fromMail(await read(signed(name, type, text)), FACTS).attachments).toHaveLength(1));
});
