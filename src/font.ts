/** The fonts that come with us: for which characters they have a picture, and how wide it is. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { directoryOf, metricsOf, type Metrics } from './font-tables.js';

/** As each of the files names itself. */
export const FONT_FAMILY = 'DejaVu Sans';

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
    return [...text].every((character) => this.glyphOf(character) !== 0);
  }

  /** In em, without kerning and ligatures; undefined for a character that has no glyph. */
  advance(character: string): number | undefined {
    const glyph = this.glyphOf(character);
    return glyph === 0 ? undefined : this.read().advanceOf(glyph);
  }

  private glyphOf(character: string): number {
    return this.read().glyphOf(character.codePointAt(0) ?? 0);
  }

  private read(): Metrics {
    return (this.metrics ??= metricsIn(readFileSync(this.file)));
  }
}

export const REGULAR = new Font('DejaVuSans');
export const BOLD = new Font('DejaVuSans-Bold');
export const CONDENSED = new Font('DejaVuSansCondensed');
export const CONDENSED_BOLD = new Font('DejaVuSansCondensed-Bold');

function metricsIn(file: Buffer): Metrics {
  const tables = directoryOf(file, 0);
  return metricsOf((tag) => {
    const { at, length } = tables.get(tag) ?? { at: 0, length: 0 };
    return file.subarray(at, at + length);
  });
}
