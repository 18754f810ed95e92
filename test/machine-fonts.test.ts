/** Fonts of the machine: found, and read for what they have, whatever else lies beside them. */
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONDENSED, CONDENSED_BOLD, REGULAR } from '../src/font.js';
import { glyphsIn } from '../src/font-tables.js';
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

  it('are looked for once', async () => {
    const fonts = new MachineFonts([]);
    expect(await fonts.families()).toBe(await fonts.families());
  });
});

it('small fonts have characters by segments', () => {
  const glyphOf = glyphsIn(format4([[0x41, 0x5a, -0x40], [0x905, 0x939, 0x10000 - 0x905 + 30]]));
  expect([0x40, 0x41, 0x5a, 0x5b, 0x904, 0x905, 0x939, 0x10041].map(glyphOf)).toEqual([0, 1, 26, 0, 0, 30, 82, 0]);
});

it.each([
  [{}, ['/usr/local/share/fonts', '/usr/share/fonts']],
  [{ XDG_DATA_DIRS: '' }, ['/usr/local/share/fonts', '/usr/share/fonts']],
  [{ XDG_DATA_DIRS: '/opt/share:relative:/usr/share/' }, ['/opt/share/fonts', '/usr/share/fonts']],
])('with %j they are below %j', (environment, directories) => expect(fontDirectories(environment)).toEqual(directories));
