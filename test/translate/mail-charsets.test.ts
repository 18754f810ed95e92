/** Which charset a text is read in: declared, wrongly declared, not at all. Bytes by iconv of the C library. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeHtml, decodeText, guess } from '../../src/translate/mail-charset.js';
import { plainText, read } from './mail-helpers.js';
import { worked } from '../worked.js';

const encoded = (text: string, charset: string) => execFileSync('iconv', ['-f', 'utf-8', '-t', charset], { input: text });

describe('a guess', () => {
  test.each([
    ['windows-1251', 'Привет, как дела? Завтра встречаемся в семь.'],
    ['windows-1251', 'Спасибо!'],
    ['koi8-r', 'Добрый день! Высылаю вам договор.'],
    ['koi8-r', 'Привет'],
    ['iso-8859-5', 'Добрый день! Высылаю вам договор.'],
    ['iso-8859-2', 'Ahoj, jak se máš? Sejdeme se zítra v sedm večer, těším se.'],
    ['windows-1250', 'Cześć, jak się masz? Spotkajmy się jutro o siódmej wieczorem.'],
    ['iso-8859-7', 'Καλημέρα, τι κάνεις; Θα τα πούμε αύριο στις επτά.'],
    ['iso-8859-8', 'שלום, מה שלומך? ניפגש מחר בשבע בערב.'],
    ['iso-8859-9', 'Merhaba, nasılsın? Yarın akşam yedide buluşalım, görüşürüz.'],
    ['shift_jis', 'こんにちは、お元気ですか。明日の夜七時に会いましょう。'],
    ['shift_jis', 'ありがとう'],
    ['euc-jp', '了解しました'],
    ['iso-2022-jp', '了解しました'],
    ['gb18030', '你好，最近怎么样？明天晚上七点见面吧。'],
    ['big5', '你好，最近怎麼樣？明天晚上七點見面吧。'],
    ['euc-kr', '안녕하세요, 잘 지내세요? 내일 저녁 일곱 시에 만나요.'],
    ['windows-1252', 'Grüße'],
    ['windows-1252', 'It’s “fine” – see you.'],
    ['windows-1252', 'Chère Madame, très cordialement, François Lefèvre'],
    ['utf-8', 'Grüße 👍'],
    ['utf-16', 'Grüße'],
    ['utf-16le', 'Hello, at one?'],
    ['utf-16be', 'Hello, at one?'],
  ])('%s: %s', (charset, text) => expect(guess(encoded(text, charset)).replace(/^\ufeff/, '')).toBe(text));

  test('is made of any bytes, and in a short time', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('', 'utf-8', 'iso-8859-1', 'x-unknown', 'iso-2022-kr', 'hz-gb-2312', 'big5'), (bytes, charset) => {
      expect(typeof decodeHtml(Buffer.from(bytes), charset)).toBe('string');
    }));
    const thanks = encoded('Спасибо! ', 'windows-1251');
    const start = process.cpuUsage();
    guess(Buffer.concat(Array.from({ length: 200_000 }, () => thanks)));
    expect(worked(start)).toBeLessThan(1_000);
  });
});

describe('declared wrongly', () => {
  test.each([
    ['iso-8859-1', 'utf-8', 'Grüße'],
    ['windows-1252', 'utf-8', 'naïve 👍'],
    ['us-ascii', 'windows-1252', 'Schöne Grüße'],
    ['utf-8', 'windows-1252', 'Schöne Grüße'],
    ['utf-8', 'windows-1251', 'Привет, как дела?'],
    ['utf-8', 'utf-16', 'Grüße'],
    ['iso-8859-1', 'windows-1252', '“Grüße” – 5 €'],
  ])('%s for %s: %s', (declared, charset, text) => expect(decodeText(encoded(text, charset), declared).replace(/^\ufeff/, '')).toBe(text));

  test('one broken character does not spoil the others', () => {
    expect(decodeText(Buffer.concat([Buffer.from('Grüße, schöne '), Buffer.of(0xff)]), 'utf-8')).toBe('Grüße, schöne \ufffd');
  });
});

test('HTML may say it itself', () => {
  const html = (charset: string) => encoded(`<html><head><meta http-equiv="Content-Type" content="text/html; charset=${charset}"></head><p>Да</p>`, charset);
  expect(decodeHtml(html('koi8-r'), '')).toContain('<p>Да</p>');
  expect(decodeHtml(html('koi8-r'), 'us-ascii')).toContain('<p>Да</p>');
  expect(decodeHtml(Buffer.from('<meta charset=koi8-r><p>Да</p>'), '')).toContain('<p>Да</p>');
});

describe('broken mails', () => {
  const mail = (head: string, body: string) => read(`From: a@b.example\nMIME-Version: 1.0\n${head}\n\n${body}`);

  test.each([
    ['blanks behind delimiters', 'Content-Type: multipart/mixed; boundary=b', '--b \t\nContent-Type: text/plain\n\nHello\n--b-- \n', 'Hello'],
    ['no closing delimiter', 'Content-Type: multipart/mixed; boundary=b', '--b\n\nHello\n', 'Hello'],
    ['cut within a header', 'Content-Type: multipart/mixed; boundary=b', '--b\n\nHello\n--b\nContent-Ty', 'Hello'],
    ['no boundary told', 'Content-Type: multipart/mixed', '--b\n\nHello\n--b--\n', '--b\n\nHello\n--b--'],
    ['a type that is none', 'Content-Type: text', 'Hello', 'Hello'],
    ['another type that is none', 'Content-Type: ;;;', 'Hello', 'Hello'],
    ['garbage in base64', 'Content-Transfer-Encoding: base64', 'SGVs!!bG8\n*=', 'Hello'],
    ['an unknown transfer encoding', 'Content-Transfer-Encoding: x-gzip64', 'Hello', 'Hello'],
    ['a named text before any other', 'Content-Type: multipart/mixed; boundary=b', '--b\nContent-Type: text/plain; name=a.txt\n\nHello\n--b--\n', 'Hello'],
    ['parts without a header', 'Content-Type: multipart/mixed; boundary=b', '--b\n\nHello\n--b\n\nyou\n--b--', 'Hello\nyou'],
  ])('%s', async (_, head, body, text) => expect(plainText(await mail(head, body)).trim()).toBe(text));

  test('the root of multipart/related need not be first', async () => {
    const related = 'Content-Type: multipart/related; boundary=b; start="<r>"';
    const parts = '--b\nContent-Type: image/png; name=a.png\nContent-ID: <i>\n\nx\n--b\nContent-Type: text/html\nContent-ID: <r>\n\n<p>Hello</p>\n--b--';
    expect((await mail(related, parts)).bodies).toEqual([{ html: '<p>Hello</p>' }]);
  });

  test('a hundred levels', async () => {
    let body = 'Content-Type: text/plain\n\nHello\n';
    for (let level = 100; level > 0; level--) body = `Content-Type: multipart/mixed; boundary=b${level}x\n\n--b${level}x\n${body}\n--b${level}x--\n`;
    expect(plainText(await read(`From: a@b.example\n${body}`)).trim()).toBe('Hello');
  });

  test('raw bytes in the header', async () => {
    const raw = Buffer.concat([Buffer.from('From: a@b.example\r\nSubject: '), encoded('Привет, как дела?', 'windows-1251'), Buffer.from('\r\n\r\nx')]);
    expect((await read(raw)).subject).toBe('Привет, как дела?');
  });
});
