/** What our own hand writes: names without boxes. */
import { afterAll, describe, expect, it } from 'vitest';
import { Drawing } from '../../../src/drawing.js';
import type { Family } from '../../../src/machine-fonts.js';
import { MachineFonts } from '../../../src/machine-fonts.js';
import type { View } from '../../../src/presence/view.js';
import { badgeSvg, BADGE_STYLES } from '../../../src/web/presence/badge.js';
import { BadgePictures } from '../../../src/web/presence/badge-png.js';
import { handFor } from '../../../src/web/presence/hand.js';
import { STRONG, TEXT } from '../../../src/web/presence/lettering.js';
import { idOf } from './world.js';

/** Has the characters that the pattern matches. */
function familyOf(name: string, pattern: RegExp): Family {
  const metrics = { glyphOf: (code: number) => (pattern.test(String.fromCodePoint(code)) ? 7 : 0), advanceOf: () => 0.9 };
  return { name, regular: { file: `/fonts/${name}.otf`, metrics }, bold: { file: `/fonts/${name} Bold.otf`, metrics } };
}

const HAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Hangul}\p{Script=Latin}]/u;
const CJK = ['JP', 'KR', 'SC'].map((forms) => familyOf(`Noto Sans CJK ${forms}`, HAN));
const INSTALLED = [familyOf('Noto Sans Thai', /\p{Script=Thai}/u), ...CJK, familyOf('Noto Sans Devanagari', /\p{Script=Devanagari}/u)];
const handOf = (text: string, installed = INSTALLED, han: 'SC' | 'JP' = 'SC') => handFor([text], { families: () => Promise.resolve(installed) }, han);

describe('a text', () => {
  it.each([
    ['Juliet Capulet', 'Juliet Capulet'],
    ['Zoë 👩‍👩‍👧‍👦', 'Zoë'],
    ['Hi 🎉 there 🇩🇪 👍🏽 ok', 'Hi there ok'],
    ['Love ❤️', 'Love ❤️'],
    ['🎉', undefined],
    ['漢字かな', undefined],
    ['Wang 王', undefined],
    ['สวัสดี', undefined],
    ['مرحبا (hello) 123!', 'مرحبا (hello) 123!'],
    ['שָׁלוֹם', 'שָׁלוֹם'.normalize('NFC')],
    ['Zoe\u0308 e\u0302\u0301', 'Zoë ế'],
    ['Ўзбекистон ქართული Հայ', 'Ўзбекистон ქართული Հայ'],
    ['', undefined],
  ])('%j is, by our own fonts, %j', async (text, legible) => expect((await handOf(text, [])).legible(text)).toBe(legible));

  it.each([
    ['漢字かな', '漢字かな'],
    ['Wang 王', 'Wang 王'],
    ['王 สวัสดี 🎉!', '王 สวัสดี !'],
    ['한'.normalize('NFD'), '한'],
    // The letters are there, but would be drawn upon each other.
    ['नमस्ते', undefined],
    ['दुनिया', undefined],
    ['น้ำ', undefined],
    ['उमर', 'उमर'],
  ])('%j is, with fonts of the machine, %j', async (text, legible) => expect((await handOf(text)).legible(text)).toBe(legible));

  it('of our own letters makes nobody look at the machine', async () => {
    const { legible } = await handFor(['Juliet', 'Привет', 'a\u200bb'], { families: () => Promise.reject(new Error('looked')) }, 'SC').then((hand) => ({ legible: hand.legible('Juliet') }));
    expect(legible).toBe('Juliet');
  });

  it.each([
    ['かな漢字', 'SC', 'JP'], ['김민준', 'SC', 'KR'], ['王小明', 'SC', 'SC'], ['王小明', 'JP', 'JP'],
  ] as const)('%s is, where Han is as in %s, written in the forms of %s, with the file of its weight', async (text, han, forms) => {
    const hand = await handOf(text, INSTALLED, han);
    expect(hand.family(text, STRONG)).toBe(`'Noto Sans CJK ${forms}',${STRONG.family}`);
    expect(hand.files).toEqual([`/fonts/Noto Sans CJK ${forms} Bold.otf`]);
    expect(hand.family('Juliet', TEXT)).toBe(TEXT.family);
    expect(hand.files).toHaveLength(1);
  });

  it('is as wide as the fonts say', async () => {
    const hand = await handOf('王b');
    expect([hand.advance('王', '王b', TEXT), hand.advance('b', '王b', TEXT), hand.advance('b', 'b', TEXT)]).toEqual([0.9, 0.9, TEXT.font.advance('b')]);
  });
});

function viewOf(name: string, status?: string): View {
  return { name: idOf('a'), seq: 1, online: true, face: { name }, ...(status !== undefined && { status }) };
}

const drawing = new Drawing();
afterAll(() => drawing.close());

function picturesBy(fonts: MachineFonts): BadgePictures {
  return new BadgePictures({ drawing, thumbnails: { of: () => expect.fail() }, fonts });
}

describe('a badge as PNG', () => {
  const widthOf = (png: Uint8Array | undefined): number => Buffer.from(png ?? []).readUInt32BE(16);

  it('leaves out a name that it cannot write, and is never a box', async () => {
    const pictures = picturesBy(new MachineFonts([]));
    for (const style of BADGE_STYLES) {
      const [strange, other, none] = await Promise.all([viewOf('漢字', '王'), viewOf('नमस्ते दुनिया', '👍'), viewOf('')].map((view) => pictures.of(view, { style, theme: 'light' })));
      expect([strange === none, other === none]).toEqual([true, true]);
    }
  });

  it('is written with a font of the machine', async () => {
    // Debian's fonts-droid-fallback.
    const pictures = picturesBy(new MachineFonts(['/usr/share/fonts/truetype/droid']));
    const [one, other, none] = await Promise.all([viewOf('漢字'), viewOf('王明'), viewOf('')].map((view) => pictures.of(view, { style: 'pill', theme: 'light' })));
    expect(widthOf(one)).toBeGreaterThan(widthOf(none));
    expect(widthOf(one)).toBe(widthOf(other));
    // Boxes would be the same.
    expect(Buffer.from(one ?? []).equals(Buffer.from(other ?? []))).toBe(false);
  });
});

it('Arabic is as wide as it is joined, and begins at its right', () => {
  const widthOf = (name: string): number => Number(/width="(\d+)"/.exec(badgeSvg(viewOf(name), { style: 'pill', theme: 'light' }))?.[1]);
  // Alone, these letters are half as wide again.
  expect(widthOf('مرحبا بالعالم') - widthOf('')).toBeLessThan(90);
  expect(badgeSvg(viewOf('مرحبا!'), { style: 'pill', theme: 'light' })).toContain('>\u2068مرحبا!\u2069<');
  expect(badgeSvg(viewOf('Juliet!'), { style: 'pill', theme: 'light' })).not.toMatch(/[\u2066-\u2069]/);
});
