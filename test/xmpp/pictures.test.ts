/** What is drawn for people who gave no picture. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MailAddress } from '../../src/address.js';
import { colourOf, hueOf } from '../../src/xmpp/colour.js';
import { drawInitials, drawLogo, SIDE } from '../../src/xmpp/draw.js';
import { BOLD } from '../../src/font.js';
import { initialsOf } from '../../src/xmpp/initials.js';
import { Portraits } from '../../src/xmpp/portraits.js';
import { pictureOf } from '../../src/translate/picture.js';
import { MemoryPeople } from './harness.js';

describe('a colour', () => {
  // XEP-0392 §8, test vectors.
  it.each([
    ['Romeo', 327.255249, [0.865, 0, 0.686]],
    ['juliet@capulet.lit', 209.4104, [0, 0.515, 0.573]],
    ['😺', 331.199341, [0.872, 0, 0.659]],
    ['council', 359.994507, [0.918, 0, 0.394]],
  ])('%s', (text, hue, rgb) => {
    expect(hueOf(text)).toBeCloseTo(hue, 4);
    const made = (colourOf(text).slice(1).match(/../g) ?? []).map((hex) => parseInt(hex, 16) / 255);
    made.forEach((channel, i) => expect(channel).toBeCloseTo(rgb[i] ?? -1, 2));
  });
});

describe('initials', () => {
  it.each([
    ['Romeo Montague', 'RM'],
    ['Jean-Luc de la Tour', 'JT'],
    ['anna', 'A'],
    ['Жанна Щукина', 'ЖЩ'],
    ['Ωμέγα ψι', 'ΩΨ'],
    ['محمد علي', 'م'],
    ['王小明', '王'],
    ['"Åsa" (work)', 'ÅW'],
    ['🌹 Rose 🌹', 'R'],
    ['🌹', 'X'],
    ['ßtraße', 'ß'],
    [undefined, 'X'],
  ])('of %s', (name, initials) => expect(initialsOf(name, 'x')).toBe(initials));

  it('are at most two letters that are no markup, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (name, address) => {
        expect(initialsOf(name, address)).not.toMatch(/[<>&"\s]/);
      }),
    );
  });
});

describe('a drawn picture', () => {
  it.each(['RM', 'ЖЩ', 'م', '王', ''])('of %j is a PNG of its size', async (initials) => {
    const bytes = await drawInitials(initials, `x${initials}@mail.example.com`);
    expect(pictureOf(bytes)?.type).toBe('image/png');
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([SIDE, SIDE]);
    expect(await drawInitials(initials, `x${initials}@mail.example.com`)).toEqual(bytes);
  });

  it('shows a pattern of its own where the font has no letter', async () => {
    expect(BOLD.covers('Ж')).toBe(true);
    expect(BOLD.covers('王')).toBe(false);
    expect(await drawInitials('王', 'a@mail.example.com')).toEqual(await drawInitials('', 'a@mail.example.com'));
    expect(await drawInitials('王', 'a@mail.example.com')).not.toEqual(await drawInitials('王', 'b@mail.example.com'));
    expect(pictureOf(await drawLogo())?.type).toBe('image/png');
  });
});

/** A picture's bytes up to where its sides stand, and as many behind as a real one would have. */
const bytesOf = (hex: string): Buffer => Buffer.concat([Buffer.from(hex.replaceAll(' ', ''), 'hex'), Buffer.alloc(200)]);
const jpeg = (height: string, width: string, frame = 'c0'): Buffer => bytesOf(`ffd8 ffe0 0010 4a46494600010100000100010000 ff${frame} 0011 08 ${height} ${width} 03`);
const webp = (chunk: string): Buffer => bytesOf(`52494646 00000000 57454250 ${chunk}`);

describe('a given picture', () => {
  it.each([
    ['a JPEG', jpeg('0200', '0200'), 'image/jpeg'],
    ['a progressive JPEG', jpeg('0200', '0200', 'c2'), 'image/jpeg'],
    ['a WebP with loss', webp('56503820 00000000 000000 9d012a 0002 0002'), 'image/webp'],
    ['a WebP without loss', webp('5650384c 00000000 2f ffc17f00'), 'image/webp'],
    ['an extended WebP', webp('56503858 0a000000 00000000 ff0100 ff0100'), 'image/webp'],
  ])('is shown when its sides are believable: %s', (_, bytes, type) => expect(pictureOf(bytes)?.type).toBe(type));

  it.each([
    ['a JPEG', jpeg('ffff', 'ffff')],
    ['a progressive JPEG', jpeg('0200', '4000', 'c2')],
    ['a JPEG that tells no sides', bytesOf('ffd8 ffe0 0010 4a46494600010100000100010000')],
    ['a JPEG whose segments lead nowhere', bytesOf('ffd8 ffe0 0000')],
    ['a WebP with loss', webp('56503820 00000000 000000 9d012a ff3f ff3f')],
    ['a WebP without loss', webp('5650384c 00000000 2f ffffff0f')],
    ['an extended WebP', webp('56503858 0a000000 00000000 ffff00 ffff00')],
    ['a WebP of no known kind', webp('41424344 00000000')],
  ])('that would fill the memory of a client is not shown: %s', (_, bytes) => expect(pictureOf(bytes)).toBeUndefined());
});

it('a number’s is drawn without asking whose it is', async () => {
  const gateway = { domain: 'gw.example', home: 'capulet.example', separator: '%', phones: true } as const;
  const asked: MailAddress[] = [];
  const portraits = new Portraits({ gateway, people: new MemoryPeople(), admits: (_, mail) => asked.push(mail) > 0, nameOf: () => Promise.resolve('Juliet Capulet') });
  const of = (local: string) => portraits.of({ kind: 'contact', mail: { kind: 'mail', local, domain: 'gw.example' } }, { kind: 'jid', local: 'romeo', domain: 'capulet.example', resource: '' });
  expect(await of('+15551234567')).not.toHaveProperty('name');
  expect(asked).toEqual([]);
  await of('nurse');
  expect(asked).toHaveLength(1);
});
