/** The process that draws; started by src/drawing.ts, and gone with it. */
import process from 'node:process';
import { Resvg } from '@resvg/resvg-js';
import type { Drawable, Drawn } from './drawing.js';
import { FONT_FAMILY } from './font.js';

function draw({ svg, fontFiles, zoom }: Drawable): Drawn {
  const drawn = new Resvg(svg, { font: { fontFiles: [...fontFiles], loadSystemFonts: false, defaultFontFamily: FONT_FAMILY }, fitTo: { mode: 'zoom', value: zoom } }).render();
  const { pixels } = drawn;
  return { png: drawn.asPng(), isBlank: pixels.every((byte) => byte === 0) };
}

process.on('message', (drawable) => process.send?.(draw(drawable as Drawable)));
process.on('disconnect', () => process.exit());
process.send?.('ready');
