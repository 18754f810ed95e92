/** Text in a picture: measured, cut to its place, and drawn so that no reader's font makes it overflow. Pure. */
import { REGULAR, CONDENSED, CONDENSED_BOLD, type Font } from '../../font.js';
import { html, type Html } from '../markup.js';

/** `plain` is as wide as Verdana, `text` and `strong` about as wide as the readers' own system fonts. */
export interface Lettering {
  readonly font: Font;
  readonly family: string;
  readonly weight: 400 | 700;
}

const SYSTEM = 'system-ui,-apple-system,Segoe UI,Roboto,Helvetica Neue,Arial,DejaVu Sans,sans-serif';
export const PLAIN: Lettering = { font: REGULAR, family: 'Verdana,DejaVu Sans,Geneva,sans-serif', weight: 400 };
export const TEXT: Lettering = { font: CONDENSED, family: SYSTEM, weight: 400 };
export const STRONG: Lettering = { font: CONDENSED_BOLD, family: SYSTEM, weight: 700 };

/** Of these the sum of the letters' widths is the width of the word. */
const SIMPLE = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Common}]*$/u;
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

export interface Line {
  readonly text: string;
  readonly lettering: Lettering;
  /** Pixels. */
  readonly size: number;
  readonly width: number;
  /** Whether the width is what a reader's font can be made to keep. */
  readonly isExact: boolean;
}

/** @param size pixels. @param most pixels; a longer text ends in an ellipsis */
export function lineOf(text: string, lettering: Lettering, size: number, most: number): Line {
  const { font } = lettering;
  const widthOf = (part: string): number => Math.ceil(font.width(part) * size * 10) / 10;
  const shown = widthOf(text) <= most ? text : cut(text, (part) => widthOf(part) <= most);
  return { text: shown, lettering, size, width: widthOf(shown), isExact: SIMPLE.test(shown) && font.covers(shown) };
}

function cut(text: string, fits: (part: string) => boolean): string {
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    if (!fits(`${kept}${segment}…`)) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** @param x left end. @param y base line. @param className gives it its colour */
export function draw({ text, lettering: { family, weight }, size, width, isExact }: Line, x: number, y: number, className: string): Html {
  const font = html`font-family="${family}" font-size="${size}" font-weight="${weight}"`;
  if (text === '') return html``;
  if (isExact) return html`<text class="${className}" x="${x}" y="${y}" ${font} textLength="${width}" lengthAdjust="spacingAndGlyphs">${text}</text>`;
  // Letters that join, or that only the reader has: they are as wide as they are, and what is too much is not seen.
  return html`<svg x="${x}" y="0" width="${width}" height="100%"><text class="${className}" x="0" y="${y}" ${font}>${text}</text></svg>`;
}
