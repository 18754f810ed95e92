/** Fonts of the machine: found, and read for what they have, whatever else lies beside them. */
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONDENSED, CONDENSED_BOLD, REGULAR } from '../src/font.js';
import { glyphsIn, namesOf } from '../src/font-tables.js';
import { fontDirectories, MachineFonts } from '../src/machine-fonts.js';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stanzapost-fonts-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function folder(name: string, files: Readonly<Record<string, Buffer | string>>): Promise<string> {
  const path = join(directory, name);
  await mkdir(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) await (typeof content === 'string' ? copyFile(content, join(path, file)) : writeFile(join(path, file), content));
  return path;
}

/** A collection of fonts (OpenType, TTC header): each has its tables where they are in its part. */
function collectionOf(...fonts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(12 + 4 * fonts.length);
  head.write('ttcf', 'latin1');
  head.writeUInt32BE(0x10000, 4);
  head.writeUInt32BE(fonts.length, 8);
  // Their directories come first, as in real ones.
  const directories = fonts.map((font) => Buffer.from(font.subarray(0, 12 + 16 * font.readUInt16BE(4))));
  let at = head.length;
  directories.forEach((one, i) => {
    head.writeUInt32BE(at, 12 + 4 * i);
    at += one.length;
  });
  fonts.forEach((font, i) => {
    const own = directories[i] ?? Buffer.alloc(0);
    for (let record = 12; record < own.length; record += 16) own.writeUInt32BE(own.readUInt32BE(record + 8) + at, record + 8);
    at += font.length;
  });
  return Buffer.concat([head, ...directories, ...fonts]);
}

/** The table of format 4 with these segments, whose glyphs are what `delta` makes of the characters. */
function format4(segments: readonly (readonly [first: number, last: number, delta: number])[]): Buffer {
  const all = [...segments, [0xffff, 0xffff, 1] as const];
  const numbers = [0, 1, 3, 1, 0, 12, 4, 16 + 8 * all.length, 0, all.length * 2, 0, 0, 0, ...all.map(([, last]) => last), 0, ...all.map(([first]) => first), ...all.map(([, , delta]) => delta & 0xffff), ...all.map(() => 0)];
  const cmap = Buffer.alloc(2 * numbers.length);
  numbers.forEach((number, i) => cmap.writeUInt16BE(number, 2 * i));
  return cmap;
}

describe('fonts of the machine', () => {
  it('are found below the directory, by family and weight', async () => {
    const path = await folder('plain/deep/er', { 'a.ttf': CONDENSED.file, 'b.TTF': CONDENSED_BOLD.file, 'README.txt': Buffer.from('no font') });
    const families = await new MachineFonts([join(directory, 'plain')]).families();
    expect(families.map(({ name, regular, bold }) => [name, regular?.file, bold?.file])).toEqual([['DejaVu Sans', join(path, 'a.ttf'), join(path, 'b.TTF')]]);
    const { glyphOf, advanceOf } = families[0]?.regular?.metrics ?? expect.fail();
    for (const character of 'Aä…Жשم😀') expect(advanceOf(glyphOf(character.codePointAt(0) ?? 0))).toBe(CONDENSED.advance(character));
    expect(glyphOf(0x6f22)).toBe(0);
  });

  it('are read out of collections', async () => {
    const path = await folder('collection', { 'both.ttc': collectionOf(readFileSync(CONDENSED_BOLD.file), readFileSync(REGULAR.file)) });
    const [family] = await new MachineFonts([path]).families();
    expect([family?.regular?.metrics.glyphOf(0x41), family?.bold?.file]).toEqual([36, join(path, 'both.ttc')]);
    expect(family?.regular?.metrics.advanceOf(36)).toBe(REGULAR.advance('A'));
  });

  it('that are broken are not there, and harm no other', async () => {
    const whole = readFileSync(CONDENSED.file);
    const path = await folder('broken', { 'good.ttf': whole, 'empty.ttf': Buffer.alloc(0), 'short.otf': whole.subarray(0, 3_000), 'text.ttf': Buffer.from('x'.repeat(100)), 'lies.ttc': Buffer.from('ttcf\0\x01\0\0\xff\xff\xff\xff\xff\xff\xff\xff', 'latin1') });
    await symlink(join(path, 'nowhere'), join(path, 'gone.ttf'));
    await mkdir(join(path, 'folder.ttf'));
    expect(await new MachineFonts([path, '/nowhere/at/all']).families()).toHaveLength(1);
  });

  it.each(['CBDT', 'COLR', 'sbix', 'SVG '])('that draw with coloured pictures (%s) are not there: nothing would be drawn', async (tag) => {
    const coloured = Buffer.from(readFileSync(CONDENSED.file));
    coloured.write(tag, coloured.indexOf('GPOS'), 'latin1');
    expect(await new MachineFonts([await folder(`coloured-${tag.trim()}`, { 'a.ttf': coloured })]).families()).toEqual([]);
  });

  it('are not looked for further down than six directories, nor among more than 2,000 files', async () => {
    await folder('deep/1/2/3/4/5/6', { 'a.ttf': CONDENSED.file });
    await folder('deeper/1/2/3/4/5/6/7', { 'a.ttf': CONDENSED.file });
    const none = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}.ttf`, Buffer.alloc(0)]));
    await folder('many', { ...none(1_999), 'z.ttf': CONDENSED.file });
    await folder('too-many', { ...none(2_000), 'z.ttf': CONDENSED.file });
    for (const [name, count] of [['deep', 1], ['deeper', 0], ['many', 1], ['too-many', 0]] as const) expect([name, (await new MachineFonts([join(directory, name)]).families()).length]).toEqual([name, count]);
  });

  it('are looked for once', async () => {
    const fonts = new MachineFonts([]);
    expect(await fonts.families()).toBe(await fonts.families());
  });
});

it('small fonts have characters by segments', () => {
  const glyphOf = glyphsIn(format4([[0x41, 0x5a, -0x40], [0x905, 0x939, 0x10000 - 0x905 + 30]]));
  expect([0x40, 0x41, 0x5a, 0x5b, 0x904, 0x905, 0x939, 0x10041].map(glyphOf)).toEqual([0, 1, 26, 0, 0, 30, 82, 0]);
});

it('small fonts may have the glyphs of a segment in a list, of which none means that there is none', () => {
  const cmap = format4([[0x41, 0x43, 5], [0x61, 0x62, 3]]);
  const offsets = cmap.length - 6;
  // From where it stands itself, two bytes each: behind the offsets of three segments.
  cmap.writeUInt16BE(6, offsets);
  // That of the last one, 0xFFFF, points anywhere in some fonts.
  cmap.writeUInt16BE(0xfffe, offsets + 4);
  const glyphOf = glyphsIn(Buffer.concat([cmap, Buffer.from([0, 10, 0, 0, 0xff, 0xff])]));
  expect([0x40, 0x41, 0x42, 0x43, 0x44, 0x61, 0x62].map(glyphOf)).toEqual([0, 15, 0, 4, 0, 0x64, 0x65]);
});

it('the name of a font is the English one, of all its styles where it has one', () => {
  const strings = ['Schrift', 'Font Bold', 'Font'].map((text) => Buffer.from(text, 'utf16le').swap16());
  const records = [[3, 0x407, 1], [3, 0x409, 1], [3, 0x409, 16], [1, 0x409, 16]].map(([platform = 0, language = 0, id = 0], i) => {
    const at = strings.slice(0, Math.min(i, 2)).reduce((sum, { length }) => sum + length, 0);
    return [platform, 1, language, id, strings[Math.min(i, 2)]?.length ?? 0, at];
  });
  const table = (kept: readonly number[][]): Buffer => {
    const numbers = [0, kept.length, 6 + 12 * kept.length, ...kept.flat()];
    const head = Buffer.alloc(2 * numbers.length);
    numbers.forEach((number, i) => head.writeUInt16BE(number, 2 * i));
    return Buffer.concat([head, ...strings]);
  };
  const os2 = Buffer.alloc(64);
  os2.writeUInt16BE(700, 4);
  const named = (kept: readonly number[][]) => namesOf((tag) => (tag === 'name' ? table(kept) : os2));
  expect([named(records), named(records.slice(0, 2)), named(records.slice(0, 1)), named(records.slice(3))]).toEqual(['Font', 'Font Bold', '', ''].map((family) => ({ family, weight: 700, isSlanted: false })));
  os2.writeUInt16BE(0x200, 62);
  expect(named(records).isSlanted).toBe(true);
});

it.each([
  [{}, ['/usr/local/share/fonts', '/usr/share/fonts']],
  [{ XDG_DATA_DIRS: '' }, ['/usr/local/share/fonts', '/usr/share/fonts']],
  [{ XDG_DATA_DIRS: '/opt/share:relative:/usr/share/' }, ['/opt/share/fonts', '/usr/share/fonts']],
])('with %j they are below %j', (environment, directories) => expect(fontDirectories(environment)).toEqual(directories));
