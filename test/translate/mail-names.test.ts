/** What is a file of a mail to its reader, and what it is called. */
import { expect, it } from 'vitest';
import { fromMail } from '../../src/translate/from-mail.js';
import { fileBytes } from '../../src/translate/file-bytes.js';
import { gathered, inPieces, mailOf, png } from '../web/mails.js';
import { FACTS, read } from './mail-helpers.js';

const multipart = (...parts: string[]): string => `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n${parts.map((part) => `--b\n${part}\n`).join('')}--b--\n`;

it.each([
  ['Subject: Where he is', 'Where he is.eml'],
  ['Subject: =?utf-8?q?Re:_a/b=0D=0A..=5Cc?=', 'Re: a-b ..-c.eml'],
  ['From: nobody@example.net', 'mail.eml'],
])('a mail within a mail is a file named by its subject: %s', async (head, name) => {
  const mail = await read(multipart('Content-Type: text/plain\n\nSee this.', `Content-Type: message/rfc822\n\n${head}\n\nIn the garden.`));
  expect(mail.attachments).toMatchObject([{ name, type: 'message/rfc822', size: `${head}\r\n\r\nIn the garden.`.length }]);
});

it('of pictures that the HTML shows, the small ones are no files; what is attached is one', async () => {
  const [icon, photo] = [png(8, 8), Buffer.alloc(5_000, 'x')];
  const html = '<p>Hello</p><img src="cid:icon@x"><img src="cid:photo@x">';
  const files = [
    { name: 'icon.png', type: 'image/png', bytes: icon, contentId: 'icon@x' },
    { name: 'photo.png', type: 'image/png', bytes: photo, contentId: 'photo@x' },
    { name: 'other.png', type: 'image/png', bytes: icon, contentId: 'other@x' },
    { name: 'attached.png', type: 'image/png', bytes: icon },
  ];
  const bytes = mailOf({ html, files });
  const { attachments } = fromMail(await read(bytes), FACTS);
  expect(attachments.map(({ name }) => name)).toEqual(['photo.png', 'other.png', 'attached.png']);
  const [shown] = attachments;
  if (shown === undefined || 'url' in shown.where) throw new Error('no file of the mail');
  expect((await gathered(fileBytes(inPieces(bytes), shown.where.part))).equals(photo)).toBe(true);
  const wordless = fromMail(await read(mailOf({ html: '<img src="cid:icon@x">', files: files.slice(0, 1) })), FACTS);
  expect(wordless.attachments).toHaveLength(wordless.text === '' ? 1 : 0);
});
