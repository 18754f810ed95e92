/** What a mail tells of its author, and what it may not. */
import { describe, expect, it } from 'vitest';
import { displayName } from '../../src/translate/display-name.js';
import { authorOf } from '../../src/translate/mail-author.js';
import { PICTURE_LIMIT, pictureOf } from '../../src/translate/picture.js';
import { drawInitials } from '../../src/xmpp/draw.js';
import { BOB, read } from './mail-helpers.js';

describe('a name', () => {
  it.each([
    ['Romeo Montague', 'Romeo Montague'],
    ['  Romeo \t\n Montague ', 'Romeo Montague'],
    ['\u202eoemoR', 'oemoR'],
    ['Booking.com', 'Booking.com'],
    ['50% off', '50% off'],
    ['ceo@victim.example', undefined],
    ['The ceo＠victim.example', undefined],
    ['ceo%victim.example', undefined],
    ['ceo\u200b@victim.example', undefined],
    ['\u200b\u2060', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j', (given, name) => expect(displayName(given)).toBe(name));
});

describe('a picture', () => {
  it('is told by its bytes', async () => {
    const png = await drawInitials('R', 'r');
    expect(pictureOf(png)).toEqual({ type: 'image/png', bytes: png });
    expect(pictureOf(Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 64, 0, 64, 3]), Buffer.alloc(200)]))?.type).toBe('image/jpeg');
    expect(pictureOf(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'))).toBeUndefined();
    expect(pictureOf(Buffer.concat([png, Buffer.alloc(PICTURE_LIMIT)]))).toBeUndefined();
    const huge = Buffer.from(png);
    huge.writeUInt32BE(60_000, 16);
    expect(pictureOf(huge)).toBeUndefined();
  });

  it('comes with a Face field', async () => {
    const png = await drawInitials('R', 'r');
    const folded = png.toString('base64').match(/.{1,70}/g)?.join('\n ') ?? '';
    const mail = await read(`From: "Romeo" <romeo@b.example>\nFace: ${folded}\n\nHello\n`);
    expect(authorOf(mail, BOB)).toEqual({ name: 'Romeo', picture: { type: 'image/png', bytes: png } });
    expect(authorOf(await read('From: <romeo@b.example>\nFace: PHN2Zz4=\n\nHello\n'), BOB)).toEqual({});
  });

  it.each([
    ['3.0, folded', (data: string) => `EMAIL;TYPE=INTERNET:Bob@Example.net\nPHOTO;ENCODING=b;TYPE=PNG:${data.match(/.{1,60}/g)?.join('\n ')}`],
    ['2.1', (data: string) => `item1.EMAIL:bob@example.net\nPHOTO;PNG;BASE64:${data}`],
    ['4.0', (data: string) => `EMAIL:mailto:bob@example.net\nPHOTO:data:image/png;base64,${data}`],
  ])("comes with the author's own card: vCard %s", async (_, lines) => {
    const png = await drawInitials('B', 'b');
    const mail = (card: string) =>
      read(`From: bob@example.net\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b\nContent-Type: text/vcard; charset=utf-8\nContent-Disposition: attachment; filename=bob.vcf\n\nBEGIN:VCARD\n${card}\nEND:VCARD\n--b--\n`);
    const card = lines(png.toString('base64'));
    const parsed = await mail(card);
    expect(authorOf(parsed, BOB).picture).toEqual({ type: 'image/png', bytes: png });
    expect(parsed.attachments).toMatchObject([{ name: 'bob.vcf', type: 'text/vcard' }]);
    expect(authorOf(await mail(card.replace(/bob@/i, 'carol@')), BOB)).toEqual({});
    expect(authorOf(await mail(lines(Buffer.from('<svg/>').toString('base64'))), BOB)).toEqual({});
  });
});
