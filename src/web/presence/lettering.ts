/** Text in a picture: measured, cut to its place, and drawn so that no reader's font makes it overflow. Pure. */
import { REGULAR, CONDENSED, CONDENSED_BOLD, type Font } from '../../font.js';
import { html, type Html } from '../markup.js';
import { joined } from './arabic.js';

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

/** Who draws the letters: the reader's machine with whatever it has, or we (src/web/presence/hand.ts). */
export interface Hand {
  /** What is drawn of a text; undefined: nothing, since letters are missing. */
  legible(text: string): string | undefined;
  /** In em. @param grapheme of the text */
  advance(grapheme: string, text: string, lettering: Lettering): number;
  /** For `font-family`. */
  family(text: string, lettering: Lettering): string;
}

const IDEOGRAPH = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Yi}\u3000-\u303f\uff01-\uff60]/u;
const EMOJI = /\p{Emoji_Presentation}|\p{Regional_Indicator}|\ufe0f/u;

/** He has a font for every text. How wide it is, is a guess where ours has not the letter. */
export const READER: Hand = {
  legible: (text) => text,
  advance: (grapheme, _text, { font }) => (EMOJI.test(grapheme) ? 1.3 : sumOf(grapheme, (character) => font.advance(character) ?? (IDEOGRAPH.test(character) ? 1 : /\p{Mn}|\p{Cf}/u.test(character) ? 0 : 0.7))),
  family: (_text, { family }) => family,
};

/** @param grapheme of any text */
export function sumOf(grapheme: string, advance: (character: string) => number): number {
  let sum = 0;
  for (const character of grapheme) sum += advance(character);
  return sum;
}

/** Of these the sum of the letters' widths is the width of the word. */
const SIMPLE = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Common}]*$/u;
/** Letters that are written from the right. */
const LEFTWARDS = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
/** Letters that join, or that only the reader has, may be so much wider with him; ideographs are as wide everywhere. */
const LEEWAY = 1.06;
/** Pixels that are free behind every line. */
const BESIDE = 5;

export interface Line {
  readonly text: string;
  readonly lettering: Lettering;
  readonly family: string;
  /** Pixels. */
  readonly size: number;
  readonly width: number;
  /** Whether the width is what a reader's font can be made to keep. */
  readonly isExact: boolean;
}

/** @param size pixels. @param most pixels; a longer text ends in an ellipsis */
export function lineOf(hand: Hand, text: string, lettering: Lettering, size: number, most: number): Line {
  const isExact = SIMPLE.test(text) && lettering.font.covers(text);
  const scale = [...text].every((character) => SIMPLE.test(character) || IDEOGRAPH.test(character)) ? size : size * LEEWAY;
  const widthOf = (part: string): number => {
    let sum = 0;
    for (const { segment } of graphemes.segment(joined(part))) sum += hand.advance(segment, text, lettering);
    return Math.ceil(sum * scale * 10) / 10;
  };
  const shown = widthOf(text) <= most ? text : cut(text, (part) => widthOf(part) <= most);
  return { text: shown, lettering, family: hand.family(text, lettering), size, width: widthOf(shown), isExact };
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
export function draw({ text, lettering: { weight }, family, size, width, isExact }: Line, x: number, y: number, className: string): Html {
  const font = html`font-family="${family}" font-size="${size}" font-weight="${weight}"`;
  if (text === '') return html``;
  if (isExact) return html`<text class="${className}" x="${x}" y="${y}" ${font} textLength="${width}" lengthAdjust="spacingAndGlyphs">${text}</text>`;
  // As wide as they are; what is too much, and more than the space beside them, is not seen.
  return html`<svg x="${x}" y="0" width="${width + BESIDE}" height="100%"><text class="${className}" x="0" y="${y}" ${font}>${directed(text)}</text></svg>`;
}

/** Within an isolate the first letter decides from which side it is written (UAX #9, FSI and PDI). */
function directed(text: string): string {
  return LEFTWARDS.test(text) ? `\u2068${text}\u2069` : text;
}
