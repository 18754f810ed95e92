/** Files in mails: any bytes, any names, read back by a parser that is not ours. */
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import type { Attachment } from '../../src/message.js';
import { withoutLinks, wordsOf } from '../../src/translate/file-links.js';
import { mailTypeOf } from '../../src/translate/mail-files.js';
import { MailPieces } from '../../src/translate/mail-pieces.js';
import { fileName } from '../../src/translate/mail-text.js';
import { base64, base64Length, base64Stream } from '../../src/translate/mail-transfer.js';
import { toMailWithFiles, type FileEnd } from '../../src/translate/to-mail.js';
import { chat, GATEWAY, good, NOW } from './mail-helpers.js';

const bytes = fc.uint8Array({ maxLength: 1_000 }).map((array) => Buffer.from(array));
const cuts = fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 20 });

/** In pieces as they come off a disk that has its own mind; the buffer of a piece is used again. */
async function* inPieces(all: Buffer, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  const shared = Buffer.alloc(1_000);
  let at = 0;
  for (const length of [...lengths, Infinity]) {
    const piece = all.subarray(at, at + length);
    at += piece.length;
    piece.copy(shared);
    yield await Promise.resolve(shared.subarray(0, piece.length));
    shared.fill(0);
  }
}

async function all(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

describe('base64 in pieces', () => {
  it('is that of the whole, in lines, and as long as was said', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, cuts, async (whole, lengths) => {
        const written = await all(base64Stream(inPieces(whole, lengths)));
        expect(written.toString('latin1')).toBe((whole.toString('base64').match(/.{1,76}/g) ?? []).map((line) => `${line}\r\n`).join(''));
        expect(written.equals(base64(whole))).toBe(true);
        expect(written.length).toBe(base64Length(whole.length));
      }),
      { numRuns: 1_000 },
    );
  });
});

const link = (n: number): string => `https://up.example/${n}`;
const attachment = (name: string, n = 0): Attachment => ({ name, type: 'application/octet-stream', size: -1, where: { url: link(n) } });
const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 150 }), fc.string({ maxLength: 20 }), fc.constantFrom('../../etc/passwd', 'a"b\\c.txt', 'счёт за ноябрь.pdf', '名前.png', 'a; b=c.txt', "it's.txt", '=?', `${'long '.repeat(30)}.txt`))
  // mailparser decodes an encoded word also where RFC 2231 says what the name is.
  .map((text) => text.replace(/=\?.*\?=/gs, '=?'));

describe('a mail with files', () => {
  it('gives each of them back, with its name, and the text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(bytes, name, cuts), { minLength: 1, maxLength: 4 }), fc.constantFrom('', 'Hello', '.', '--=_x', '-- ', 'Grüße\n\n. \n'), async (files, text) => {
        const named = files.map(([content, given, lengths], n) => ({ content, lengths, name: fileName(given, n), n }));
        const ends = new Map(named.map((file): [string, FileEnd] => [link(file.n), { name: file.name, type: 'image/png', size: file.content.length, bytes: () => inPieces(file.content, file.lengths) }]));
        const delivery = chat({ text: [text, ...named.map(({ n }) => link(n))].join('\n'), attachments: named.map((file) => attachment(file.name, file.n)) });
        const { raw } = good(toMailWithFiles(delivery, { gateway: GATEWAY, now: NOW, files: ends }));
        if (Buffer.isBuffer(raw)) throw new Error('not in pieces');
        const written = await all((async function* () { for await (const piece of raw.read()) yield piece.bytes; })());
        expect(written.length).toBe(raw.length);
        expect(written.toString('latin1')).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
        expect(Math.max(...written.toString('latin1').split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
        const mail = await simpleParser(written);
        expect(mail.attachments.map((file) => file.content.toString('hex'))).toEqual(named.map((file) => file.content.toString('hex')));
        expect(mail.attachments.map((file) => file.filename?.trim())).toEqual(named.map((file) => file.name.trim()));
        expect((mail.text ?? '').trimEnd()).toBe(text.trimEnd());
      }),
      { numRuns: 150 },
    );
  });

  it('keeps what is styled styled', async () => {
    const delivery = chat({ text: `a *bold* word\n${link(0)}`, attachments: [attachment('a.txt')] });
    const file: FileEnd = { name: 'a.txt', type: 'text/plain', size: 3, bytes: () => inPieces(Buffer.from('abc'), []) };
    const { raw } = good(toMailWithFiles(delivery, { gateway: GATEWAY, now: NOW, files: new Map([[link(0), file]]) }));
    if (Buffer.isBuffer(raw)) throw new Error('not in pieces');
    const mail = await simpleParser(await all((async function* () { for await (const piece of raw.read()) yield piece.bytes; })()));
    expect(mail.text?.trim()).toBe('a *bold* word');
    expect(mail.html).toMatch(/<(b|strong)\b/);
    expect(mail.html).not.toContain(link(0));
    expect(mail.attachments.map(({ content }) => content.toString())).toEqual(['abc']);
  });

  it('is the plain mail when none rides along', () => {
    const delivery = chat({ text: 'Hello', attachments: [attachment('a')] });
    expect(good(toMailWithFiles(delivery, { gateway: GATEWAY, now: NOW, files: new Map([[link(0), { note: 'the file is gone' }]]) })).raw).toBeInstanceOf(Buffer);
  });
});

describe('a mail in pieces', () => {
  it.each([3, 5])('is not given out when a file of 4 bytes has %i', async (length) => {
    const mail = new MailPieces([Buffer.from('a: b\r\n\r\n'), { size: 4, bytes: () => inPieces(Buffer.alloc(length * 57), []) }]);
    await expect(all((async function* () { for await (const piece of mail.read()) yield piece.bytes; })())).rejects.toThrow('changed');
  });
});

describe('the media type in a mail', () => {
  it.each([
    ['image/jpeg', 'text/plain', 'a.gif', 'image/jpeg'],
    ['application/octet-stream', 'image/png', 'a.gif', 'image/png'],
    ['application/octet-stream', '', 'a.gif', 'image/gif'],
    ['application/octet-stream', 'multipart/mixed', 'a', 'application/octet-stream'],
    ['message/rfc822', 'text/html\r\nX: y', 'a', 'application/octet-stream'],
  ])('told %s, served %j, named %s is %s', (told, served, file, type) => {
    expect(mailTypeOf(told, served, file)).toBe(type);
  });
});

describe('the text', () => {
  const files = [attachment('a.png'), { ...attachment('b.png'), where: { url: `${link(0)}.jpg` } }];

  it.each([
    [link(0), ''],
    [`see\n  ${link(0)}  \nthere`, 'see\nthere'],
    [`see ${link(0)}, or (${link(0)}.jpg).`, 'see [a.png], or ([b.png]).'],
    [`${link(0)}?x=1 ${link(0)}x`, `${link(0)}?x=1 ${link(0)}x`],
  ])('%j without links is %j', (text, expected) => {
    expect(withoutLinks(text, files)).toBe(expected);
  });

  it('that was only links gives the first file\'s name to the subject', () => {
    expect(wordsOf(`${link(0)}\n`, files)).toBe('a.png');
    expect(wordsOf(`Our cat\n${link(0)}`, files)).toBe('Our cat');
    expect(wordsOf(link(0), [])).toBe(link(0));
  });
});
