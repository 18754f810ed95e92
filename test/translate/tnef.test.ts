import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileBytes } from '../../src/translate/file-bytes.js';
import { fromMail } from '../../src/translate/from-mail.js';
import { TnefReader, type Tnef } from '../../src/translate/tnef.js';
import { gathered, inPieces, mailOf } from '../web/mails.js';
import { FACTS, read } from './mail-helpers.js';
import { attribute, block, number, tnef, unicode, value, type PackedFile } from './tnef-writer.js';
import { worked } from '../worked.js';

function unpack(bytes: Buffer, size = 1_000): { tnef: Tnef | undefined; data: Buffer[] } {
  const data: Buffer[][] = [];
  const reader = new TnefReader((file, piece) => (data[file] ??= []).push(Buffer.from(piece)));
  for (let at = 0; at < bytes.length; at += size) reader.write(bytes.subarray(at, at + size));
  const found = reader.end();
  return { tnef: found, data: (found?.files ?? []).map((_, i) => Buffer.concat(data[i] ?? [])) };
}

const file: fc.Arbitrary<PackedFile> = fc.record(
  {
    title: fc.stringMatching(/^[\w~]{1,8}\.[a-z]{3}$/),
    long: fc.stringMatching(/^[^\s\0\ud800-\udfff](?:[^\0\ud800-\udfff]{0,30}[^\s\0\ud800-\udfff])?$/),
    bytes: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    contentId: fc.stringMatching(/^[\w.]{1,20}@[\w.]{1,9}$/),
    asProperty: fc.boolean(),
    dataFirst: fc.boolean(),
  },
  { requiredKeys: ['title', 'bytes'] },
);

describe('a winmail.dat', () => {
  it('is read as it was written, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(file, { maxLength: 5 }), fc.integer({ min: 1, max: 400 }), (files, size) => {
        const { tnef: found, data } = unpack(tnef({ codePage: 1252, files }), size);
        expect(found?.files).toMatchObject(files.map(({ title, long, bytes, contentId }) => ({ name: long ?? title, size: bytes.length, ...(contentId !== undefined && { contentId }) })));
        expect(data).toEqual(files.map(({ bytes }) => bytes));
        expect(found).toMatchObject({ hasRtf: false, isTruncated: false });
      }),
    );
  });

  it('has its text in the charset that it names', () => {
    expect(unpack(tnef({ codePage: 1251, body: Buffer.from('cfeee7e4f0e0e2ebffe521', 'hex') })).tnef?.plain).toBe('Поздравляе!');
    const properties = [number(0x3fde, 28592), value(0x102, 0x1013, Buffer.from('<p>Vr\u00eb\u00b3</p>', 'latin1')), unicode(0x1000, 'Plain\r\ntext'), value(0x102, 0x1009, Buffer.from('rtf'))];
    expect(unpack(tnef({ properties })).tnef).toEqual({ files: [], plain: 'Plain\ntext', html: '<p>Vrëł</p>', hasRtf: true, isTruncated: false });
  });

  it('may hold a message: its files and its text are files', () => {
    const inner = tnef({ codePage: 1252, body: Buffer.from('See it'), files: [{ title: 'A.TXT', bytes: Buffer.from('a') }] });
    const { tnef: found, data } = unpack(tnef({ files: [{ long: 'Last week', bytes: inner, isMessage: true }, { title: 'B.TXT', bytes: Buffer.from('b') }] }));
    expect(found?.files.map(({ name, type, size }) => [name, type, size])).toEqual([['A.TXT', 'text/plain', 1], ['Last week.txt', 'text/plain', 6], ['B.TXT', 'text/plain', 1]]);
    expect(data.map(String)).toEqual(['a', 'See it', 'b']);
  });

  it('within twenty others is read as deep as is sensible', () => {
    let bytes = tnef({ files: [{ title: 'deep.txt', bytes: Buffer.from('x') }] });
    for (let i = 0; i < 20; i++) bytes = tnef({ files: [{ long: 'in', bytes, isMessage: true }] });
    expect(unpack(bytes).tnef?.files).toHaveLength(1);
  });
});

describe('a hostile winmail.dat', () => {
  it('gives what can be read when it is truncated, anywhere', () => {
    const whole = tnef({ codePage: 1252, body: Buffer.from('text'), files: [{ title: 'A.TXT', long: 'a long.txt', bytes: Buffer.from('abc') }, { title: 'B.TXT', bytes: Buffer.alloc(50, 'b') }] });
    for (let size = 0; size < whole.length; size++) {
      const { tnef: found, data } = unpack(whole.subarray(0, size), 7);
      expect(found?.files.map((one) => one.size) ?? []).toEqual(data.map((bytes) => bytes.length));
    }
    expect(unpack(whole.subarray(0, -20)).tnef).toMatchObject({ isTruncated: true, files: [{ name: 'a long.txt', size: 3 }, { name: 'B.TXT', size: 32 }] });
  });

  it('never makes it throw, or tell of bytes that are not there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), fc.nat(255), (noise, at, byte) => {
        const good = tnef({ codePage: 1252, body: Buffer.from('text'), properties: [unicode(0x1000, 'text')], files: [{ title: 'A.TXT', long: 'a', bytes: Buffer.from('abc') }] });
        good[at % good.length] = byte;
        for (const bytes of [good, Buffer.concat([good.subarray(0, 6), Buffer.from(noise)]), Buffer.from(noise)]) {
          const { tnef: found, data } = unpack(bytes, 11);
          expect(found?.files.map((one) => one.size) ?? []).toEqual(data.map((piece) => piece.length));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['properties without number', block([]).fill(0xff)],
    ['a value longer than its block', Buffer.concat([block([unicode(0x3707, 'x')]).subarray(0, 12), Buffer.from('ffffffff', 'hex')])],
    ['numbers without number', Buffer.from('01000000031001370000ffffff7f00000000', 'hex')],
    ['a type that nobody knows', Buffer.from('010000007f10013700000000', 'hex')],
    ['a name without end', Buffer.from(`010000001f000180${'00'.repeat(16)}01000000fcffffff`, 'hex')],
  ])('%s: the next attribute is read', (_, properties) => {
    const bytes = Buffer.concat([tnef({}), attribute(2, 0x00069002, Buffer.alloc(14)), attribute(2, 0x00069005, properties), attribute(2, 0x0006800f, Buffer.from('data'))]);
    expect(unpack(bytes).tnef).toMatchObject({ files: [{ size: 4 }], isTruncated: false });
  });

  it('of 100,000 attributes, or files, takes no time and no room', () => {
    const started = process.cpuUsage();
    const nothings = Buffer.concat([tnef({}), ...Array<Buffer>(100_000).fill(attribute(1, 0x00018004, Buffer.from('x')))]);
    expect(unpack(nothings, 65_536).tnef?.files).toEqual([]);
    const files = Buffer.concat([tnef({}), ...Array<Buffer[]>(100_000).fill([attribute(2, 0x00069002, Buffer.alloc(14)), attribute(2, 0x0006800f, Buffer.from('x'))]).flat()]);
    expect(unpack(files, 65_536).tnef).toBeUndefined();
    expect(worked(started)).toBeLessThan(5_000);
  });
});

describe('a mail with a winmail.dat', () => {
  const packed = { codePage: 1252, body: Buffer.from('From inside'), files: [{ title: 'PLAN~1.PDF', long: 'Plan für Mai.pdf', bytes: Buffer.alloc(5_000, 'p') }, { title: 'A.TXT', bytes: Buffer.from('a') }] };
  const outlook = (plain: string, bytes: Buffer, name = 'winmail.dat', type = 'application/ms-tnef'): Buffer =>
    mailOf({ plain, files: [{ name: 'before.bin', type: 'application/x-test', bytes: Buffer.from('1') }, { name, type, bytes }, { name: 'after.bin', type: 'application/x-test', bytes: Buffer.from('22') }] });

  it.each([['winmail.dat', 'application/ms-tnef'], ['x', 'application/vnd.ms-tnef'], ['WINMAIL.DAT', 'application/octet-stream']])('called %s, of type %s: its files are those of the mail', async (name, type) => {
    const mail = outlook('Hello', tnef(packed), name, type);
    const parsed = await read(mail);
    expect(parsed.attachments.map(({ name: called, size, where }) => [called, size, where])).toEqual([
      ['before.bin', 1, { part: 0 }],
      ['Plan für Mai.pdf', 5_000, { part: 1, inside: 0 }],
      ['A.TXT', 1, { part: 1, inside: 1 }],
      ['after.bin', 2, { part: 2 }],
    ]);
    expect(fromMail(parsed, FACTS).text).toBe('Hello');
    const bytes = await Promise.all([gathered(fileBytes(inPieces(mail), 1, 0)), gathered(fileBytes(inPieces(mail, 7), 1, 1)), gathered(fileBytes(inPieces(mail), 2)), gathered(fileBytes(inPieces(mail), 1, 2))]);
    expect(bytes.map((found) => found.toString())).toEqual(['p'.repeat(5_000), 'a', '22', '']);
    expect(await gathered(fileBytes(inPieces(mail), 1))).toEqual(tnef(packed));
  });

  it('says what is inside where it says nothing itself', async () => {
    const message = fromMail(await read(outlook(' ', tnef(packed))), FACTS);
    expect(message.text).toBe('From inside');
    expect(message.attachments).toHaveLength(4);
  });

  it.each([
    ['is none', Buffer.from('something else'), 'Hello', true],
    ['has nothing inside, and the mail says nothing', tnef({}), '', true],
    ['has nothing inside, and the mail speaks', tnef({}), 'Hello', false],
    ['has a text that cannot be read, and the mail says nothing', tnef({ properties: [value(0x102, 0x1009, Buffer.from('rtf'))], files: packed.files }), '', true],
  ])('is itself a file when it %s', async (_, bytes, plain, stays) => {
    const { attachments } = await read(outlook(plain, bytes));
    expect(attachments.some(({ name }) => name === 'winmail.dat')).toBe(stays);
  });

  it('tells its reader when it is truncated', async () => {
    const message = fromMail(await read(outlook('Hello', tnef(packed).subarray(0, 3_000))), FACTS);
    expect(message.text).toBe('Hello\n\n[Parts of this mail are damaged and could not be read.]');
    expect(message.attachments.map(({ name }) => name)).toEqual(['before.bin', 'Plan für Mai.pdf', 'after.bin']);
  });
});
