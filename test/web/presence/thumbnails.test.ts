/** Users' pictures on cards: made anew of a stranger's bytes, and only of those that can be. */
import { afterAll, describe, expect, it } from 'vitest';
import { Drawing, type Drawable } from '../../../src/drawing.js';
import type { Picture } from '../../../src/presence/view.js';
import { Thumbnails } from '../../../src/web/presence/thumbnails.js';
import { png } from '../mails.js';

const drawing = new Drawing();
afterAll(() => drawing.close());

let count = 0;
const pictureOf = (bytes: Uint8Array, type: Picture['type'] = 'image/png'): Picture => ({ id: `${count++}`, type, bytes });
const GIF = Buffer.from('47494638396102000200910000ff000000ff000000ffffffff21f90400000000002c000000000200020000020344020500 3b'.replace(' ', ''), 'hex');

describe('a thumbnail', () => {
  it.each([['image/png', png(60, 40)], ['image/gif', GIF]] as const)('of %s is a small PNG, whatever else its bytes have in them', async (type, bytes) => {
    const url = await new Thumbnails(drawing).of(pictureOf(Buffer.concat([bytes, Buffer.from('GPS 45.44 N 10.99 E')]), type));
    const [, base64 = ''] = /^data:image\/png;base64,([A-Za-z0-9+/=]+)$/.exec(url) ?? [];
    const drawn = Buffer.from(base64, 'base64');
    expect([drawn.readUInt32BE(16), drawn.readUInt32BE(20), drawn.includes('GPS')]).toEqual([92, 92, false]);
    expect(drawn.length).toBeLessThan(30_000);
  });

  it.each([
    ['of no picture', pictureOf(Buffer.from('x'.repeat(200)))],
    ['of a cut one', pictureOf(png(60, 40).subarray(0, 60))],
    ['of SVG in the clothes of a PNG', pictureOf(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'))],
    ['of SVG with an entity bomb', pictureOf(Buffer.from('<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&b;</text></svg>'), 'image/gif')],
    ['of WebP, which the renderer does not read', pictureOf(Buffer.from('RIFF....WEBPVP8 '), 'image/webp')],
  ])('%s is none', async (_, picture) => expect(await new Thumbnails(drawing).of(picture)).toBe('none'));

  it('of a JPEG that goes over itself again and again is not even tried', async () => {
    const scans = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), ...Array.from({ length: 41 }, () => Buffer.from([0xff, 0xda, 0, 0]))]);
    expect(await new Thumbnails({ draw: () => expect.fail() }).of(pictureOf(scans, 'image/jpeg'))).toBe('none');
  });

  it('is made once, for a bounded number of pictures', async () => {
    const drawn: Drawable[] = [];
    const thumbnails = new Thumbnails({ draw: (one) => (drawn.push(one), Promise.resolve({ png: Buffer.from('png'), isBlank: false })) });
    const pictures = Array.from({ length: 301 }, (_, i) => pictureOf(Buffer.from([i])));
    for (const picture of [...pictures, ...pictures.slice(1)]) await thumbnails.of(picture);
    expect(drawn).toHaveLength(301);
    for (const picture of pictures.slice(0, 1)) await thumbnails.of(picture);
    expect(drawn).toHaveLength(302);
  });

  it('is for later when too many wait', async () => {
    const answers = ['busy', { png: Buffer.from('png'), isBlank: false }] as const;
    let asked = 0;
    const thumbnails = new Thumbnails({ draw: () => Promise.resolve(answers[asked++]) });
    const picture = pictureOf(png(4, 4));
    expect([await thumbnails.of(picture), await thumbnails.of(picture), await thumbnails.of(picture)]).toEqual(['later', 'data:image/png;base64,cG5n', 'data:image/png;base64,cG5n']);
  });
});
