/** Draws the pictures of those who gave none, and the gateway's own: PNG, 192 × 192. */
import { createHash } from 'node:crypto';
import { renderAsync } from '@resvg/resvg-js';
import { BOLD, FONT_FAMILY } from '../font.js';
import { colourOf } from './colour.js';

export const SIDE = 192;

/** A square of 7 × 7 fields with an edge of one: 5 × 5 fields, the right half the mirror of the left. */
const FIELD = SIDE / 7;
const FIELDS = 5;

/** @param of what the colour and the pattern are made from: the bare JID. @param initials at most two letters */
export function drawInitials(initials: string, of: string): Promise<Buffer> {
  const shape = initials !== '' && BOLD.covers(initials) ? letters(initials) : pattern(of);
  return render(`<rect width="${SIDE}" height="${SIDE}" fill="${colourOf(of)}"/><g fill="#fff">${shape}</g>`);
}

/** An envelope with a speech bubble's tail. */
export function drawLogo(): Promise<Buffer> {
  return render(`<rect width="${SIDE}" height="${SIDE}" fill="#1f6f8b"/>
    <path d="M52 48h88a14 14 0 0 1 14 14v56a14 14 0 0 1-14 14H92l-26 24v-24H52a14 14 0 0 1-14-14V62a14 14 0 0 1 14-14z" fill="#fff"/>
    <path d="M44 60l52 40 52-40" fill="none" stroke="#1f6f8b" stroke-width="9" stroke-linejoin="round"/>`);
}

/** Letters only: nothing in them is markup. */
function letters(text: string): string {
  const size = [...text].length > 1 ? 66 : 100;
  const middle = SIDE / 2;
  return `<text x="${middle}" y="${middle + size * 0.365}" text-anchor="middle" font-family="${FONT_FAMILY}" font-weight="bold" font-size="${size}">${text}</text>`;
}

function pattern(of: string): string {
  const bytes = createHash('sha256').update(of, 'utf8').digest();
  const squares: string[] = [];
  for (let row = 0; row < FIELDS; row++) {
    for (let column = 0; column < FIELDS; column++) {
      const half = Math.min(column, FIELDS - 1 - column);
      if ((bytes[row * 3 + half] ?? 0) % 2 === 0) continue;
      squares.push(`<rect x="${(column + 1) * FIELD}" y="${(row + 1) * FIELD}" width="${FIELD + 0.5}" height="${FIELD + 0.5}" shape-rendering="crispEdges"/>`);
    }
  }
  return squares.join('');
}

/** In a thread of its own: the event loop does not wait for it. */
async function render(content: string): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">${content}</svg>`;
  const font = { fontFiles: [BOLD.file], loadSystemFonts: false, defaultFontFamily: FONT_FAMILY };
  return (await renderAsync(svg, { font })).asPng();
}
