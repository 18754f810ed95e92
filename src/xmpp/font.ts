/** The font that comes with us, and for which characters it has a picture. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew, Arabic and more; no Chinese, Japanese or Korean. */
export const FONT_FILE = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');
export const FONT_FAMILY = 'DejaVu Sans';

let ranges: readonly (readonly [first: number, last: number])[] | undefined;

/** Whether every character of the text has a glyph of its own. */
export function canDraw(text: string): boolean {
  const covered = (ranges ??= coverage(readFileSync(FONT_FILE)));
  return [...text].every((character) => {
    const code = character.codePointAt(0) ?? 0;
    return covered.some(([first, last]) => code >= first && code <= last);
  });
}

/** The groups of the font's `cmap` of format 12, which every font with characters outside the BMP has (OpenType, `cmap`). */
function coverage(font: Buffer): [number, number][] {
  const cmap = tableAt(font, 'cmap');
  for (let i = 0; i < font.readUInt16BE(cmap + 2); i++) {
    const table = cmap + font.readUInt32BE(cmap + 8 + 8 * i);
    if (font.readUInt16BE(table) === 12) return groupsOf(font, table);
  }
  throw new Error('the font has no cmap of format 12');
}

function tableAt(font: Buffer, tag: string): number {
  for (let i = 0; i < font.readUInt16BE(4); i++) {
    const record = 12 + 16 * i;
    if (font.toString('latin1', record, record + 4) === tag) return font.readUInt32BE(record + 8);
  }
  throw new Error(`the font has no ${tag}`);
}

function groupsOf(font: Buffer, table: number): [number, number][] {
  const count = font.readUInt32BE(table + 12);
  return Array.from({ length: count }, (_, i) => [font.readUInt32BE(table + 16 + 12 * i), font.readUInt32BE(table + 20 + 12 * i)]);
}
