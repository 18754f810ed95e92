/** What draws: apart, so that neither what takes long nor what breaks it costs more than itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Drawing, MOST_UNDER_WAY, type Drawable } from '../src/drawing.js';

const svg = (content: string, side = 4): Drawable => ({ svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">${content}</svg>`, fontFiles: [], zoom: 2 });
const SQUARE = svg('<rect width="4" height="4"/>');
/** The renderer aborts: a Rust panic in src/options.rs of resvg-js. */
const FATAL: Drawable = { ...svg('', 9_000), zoom: 1e9 };
/** Some 10 s of a core. */
const ENDLESS = svg('<filter id="f"><feTurbulence baseFrequency=".1" numOctaves="60"/></filter><rect width="2000" height="2000" filter="url(#f)"/>', 2_000);

let drawing: Drawing;
afterEach(() => drawing.close());

describe('drawing', () => {
  it('is of what was given, and tells what nobody would see', async () => {
    drawing = new Drawing();
    const [square, blank] = await Promise.all([drawing.draw(SQUARE), drawing.draw(svg(''))]);
    if (typeof square !== 'object' || typeof blank !== 'object') return expect.fail();
    expect([square.isBlank, blank.isBlank]).toEqual([false, true]);
    const png = Buffer.from(square.png);
    expect([png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(['PNG', 8, 8]);
  });

  it('goes on after what breaks it', async () => {
    drawing = new Drawing();
    const [before, fatal, after] = await Promise.all([SQUARE, FATAL, SQUARE].map((one) => drawing.draw(one)));
    expect(fatal).toBeUndefined();
    expect(after).toEqual(before);
    expect(await drawing.draw(svg('no <svg'))).toBeUndefined();
    expect(await drawing.draw(SQUARE)).toEqual(before);
  });

  it('goes on after what takes too long', async () => {
    drawing = new Drawing({ slowest: 1_500 });
    expect(await drawing.draw(ENDLESS)).toBeUndefined();
    expect(await drawing.draw(SQUARE)).toMatchObject({ isBlank: false });
  });

  it('starts nothing again when it is closed: what waits has its answer', async () => {
    drawing = new Drawing();
    const waiting = [SQUARE, SQUARE, SQUARE].map((one) => drawing.draw(one));
    drawing.close();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined, undefined]);
    expect(await drawing.draw(SQUARE)).toBeUndefined();
  });

  it('is of what is asked for in the moment in which the process ends for want of work', async () => {
    drawing = new Drawing({ idle: 1 });
    for (let round = 0; round < 5; round++) {
      expect(await drawing.draw(SQUARE)).toMatchObject({ isBlank: false });
      await sleep(1);
    }
  });

  it('is for later where the process does not start: the picture has no part in that', async () => {
    drawing = new Drawing({ program: new URL('./no-such-program.mjs', import.meta.url) });
    expect(await Promise.all([drawing.draw(SQUARE), drawing.draw(SQUARE)])).toEqual(['busy', 'busy']);
  });

  it('has a queue that ends', async () => {
    drawing = new Drawing();
    const all = await Promise.all(Array.from({ length: MOST_UNDER_WAY + 10 }, () => drawing.draw(SQUARE)));
    expect(all.filter((one) => one === 'busy')).toHaveLength(10);
    expect(await drawing.draw(SQUARE)).toMatchObject({ isBlank: false });
  });
});
