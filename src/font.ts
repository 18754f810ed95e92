/** The fonts that come with us: for which characters they have a picture, and how wide it is. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** As each of the files names itself. */
export const FONT_FAMILY = 'DejaVu Sans';

/** Some characters one after the other, whose glyphs are so as well. */
interface Group {
  readonly first: number;
  readonly last: number;
  readonly glyph: number;
}

interface Metrics {
  readonly groups: readonly Group[];
  /** Of each glyph, in em; the last one is that of all further glyphs. */
  readonly advances: readonly number[];
}

/** A TrueType file, read when it is first asked. Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew, Arabic and more; no Chinese, Japanese or Korean. */
export class Font {
  readonly file: string;
  private metrics: Metrics | undefined;

  /** @param name of a file of the package `dejavu-fonts-ttf`, without its ending */
  constructor(name: string) {
    this.file = createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);
  }

  /** Whether every character of the text has a glyph of its own. */
  covers(text: string): boolean {
    return [...text].every((character) => this.glyphOf(character) !== undefined);
  }

  /** In em, without kerning and ligatures; 1 for each character that has no glyph. */
  width(text: string): number {
    const { advances } = this.read();
    let sum = 0;
    for (const character of text) {
      const glyph = this.glyphOf(character);
      sum += glyph === undefined ? 1 : (advances[Math.min(glyph, advances.length - 1)] ?? 0);
    }
    return sum;
  }

  private glyphOf(character: string): number | undefined {
    const code = character.codePointAt(0) ?? 0;
    const group = this.read().groups.find(({ last }) => code <= last);
    return group === undefined || code < group.first ? undefined : group.glyph + code - group.first;
  }

  private read(): Metrics {
    return (this.metrics ??= metricsOf(readFileSync(this.file)));
  }
}

export const REGULAR = new Font('DejaVuSans');
export const BOLD = new Font('DejaVuSans-Bold');
export const CONDENSED = new Font('DejaVuSansCondensed');
export const CONDENSED_BOLD = new Font('DejaVuSansCondensed-Bold');

/** OpenType: `head` has the units of an em, `hhea` how many glyphs have an advance of their own in `hmtx`. */
function metricsOf(font: Buffer): Metrics {
  const unitsPerEm = font.readUInt16BE(tableAt(font, 'head') + 18);
  const count = font.readUInt16BE(tableAt(font, 'hhea') + 34);
  const hmtx = tableAt(font, 'hmtx');
  return { groups: groupsOf(font), advances: Array.from({ length: count }, (_, i) => font.readUInt16BE(hmtx + 4 * i) / unitsPerEm) };
}

/** The groups of the font's `cmap` of format 12, which every font with characters outside the BMP has (OpenType, `cmap`); in ascending order. */
function groupsOf(font: Buffer): Group[] {
  const cmap = tableAt(font, 'cmap');
  for (let i = 0; i < font.readUInt16BE(cmap + 2); i++) {
    const table = cmap + font.readUInt32BE(cmap + 8 + 8 * i);
    if (font.readUInt16BE(table) === 12) return groupsAt(font, table);
  }
  throw new Error('the font has no cmap of format 12');
}

function groupsAt(font: Buffer, table: number): Group[] {
  const count = font.readUInt32BE(table + 12);
  return Array.from({ length: count }, (_, i) => {
    const at = table + 16 + 12 * i;
    return { first: font.readUInt32BE(at), last: font.readUInt32BE(at + 4), glyph: font.readUInt32BE(at + 8) };
  });
}

function tableAt(font: Buffer, tag: string): number {
  for (let i = 0; i < font.readUInt16BE(4); i++) {
    const record = 12 + 16 * i;
    if (font.toString('latin1', record, record + 4) === tag) return font.readUInt32BE(record + 8);
  }
  throw new Error(`the font has no ${tag}`);
}
