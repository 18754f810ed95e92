/** Our own hand: badges as PNG, where what no font has a picture of would be a box. */
import { CONDENSED, REGULAR } from '../../font.js';
import type { Face, Family, MachineFonts } from '../../machine-fonts.js';
import { sumOf, type Hand, type Lettering } from './lettering.js';

/** What is not seen, and joins or varies what is before it. */
const UNSEEN = /^[\p{Default_Ignorable_Code_Point}\p{Cf}]$/u;
/** Signs without which the words around them are still whole. */
const ORNAMENT = /^[\p{S}\p{Emoji_Presentation}\p{Emoji_Modifier}\p{Regional_Indicator}\p{Co}\p{Cn}]/u;
/**
 * QUIRK resvg 0.41: of a cluster with more than one spacing glyph only the widest counts, so that what follows is drawn upon it: Indic vowel signs and
 * conjuncts, Thai and Lao AM. Rather no name than one that cannot be read.
 */
const OVERDRAWN = /[\p{Mc}\u0e33\u0eb3]|[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u1039\u17d2]\p{L}/u;
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Families for one picture. */
const MOST_FAMILIES = 4;

const isOurs = (character: string): boolean => UNSEEN.test(character) || (REGULAR.covers(character) && CONDENSED.covers(character));

/**
 * The fonts are chosen for these texts; the machine's are looked for only where ours do not do.
 * @param han whose forms are drawn of characters that China and Japan write differently; what is written tells it where it can
 */
export async function handFor(texts: readonly string[], fonts: Pick<MachineFonts, 'families'>, han: 'SC' | 'JP'): Promise<OurHand> {
  const strange = new Set(texts.flatMap((text) => [...text.normalize('NFC')]).filter((character) => !isOurs(character)));
  if (strange.size === 0) return new OurHand([]);
  return new OurHand(chosen(strange, inOrder(await fonts.families(), formsIn(texts.join(''), han))));
}

/** The forms of Noto Sans CJK and its like. */
function formsIn(text: string, han: 'SC' | 'JP'): string {
  return /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text) ? 'JP' : /\p{Script=Hangul}/u.test(text) ? 'KR' : han;
}

function inOrder(families: readonly Family[], forms: string): readonly Family[] {
  const isFirst = ({ name }: Family): boolean => name.startsWith('Noto Sans CJK') && name.endsWith(forms);
  return [...families.filter(isFirst), ...families.filter((family) => !isFirst(family))];
}

/** Each time the one that has the most of what is left. */
function chosen(strange: ReadonlySet<string>, families: readonly Family[]): readonly Family[] {
  const taken: Family[] = [];
  let left = [...strange];
  while (left.length > 0 && taken.length < MOST_FAMILIES) {
    const counts = families.map((family) => left.filter((character) => has(family, character)).length);
    const most = Math.max(0, ...counts);
    const best = families[counts.indexOf(most)];
    if (best === undefined || most === 0) break;
    taken.push(best);
    left = left.filter((character) => !has(best, character));
  }
  return taken;
}

export class OurHand implements Hand {
  private readonly used = new Set<string>();

  constructor(private readonly families: readonly Family[]) {}

  /** Of the machine: those that the texts so far were drawn with. */
  get files(): readonly string[] {
    return [...this.used].sort();
  }

  /** Without the signs that nothing has a picture of; undefined when a letter is one of them. */
  legible(text: string): string | undefined {
    if (OVERDRAWN.test(text)) return undefined;
    const kept: string[] = [];
    for (const { segment } of graphemes.segment(text.normalize('NFC'))) {
      if ([...segment].every((character) => isOurs(character) || this.familyOf(character) !== undefined)) kept.push(segment);
      else if (!ORNAMENT.test(segment)) return undefined;
    }
    const legible = kept.join('').replace(/\s+/g, ' ').trim();
    return legible === '' ? undefined : legible;
  }

  advance(grapheme: string, text: string, { font, weight }: Lettering): number {
    const first = this.first(text);
    const inOurs = (character: string): number | undefined => font.advance(character) ?? CONDENSED.advance(character);
    return sumOf(grapheme, (character) => (UNSEEN.test(character) ? 0 : (advanceIn(first, weight, character) ?? inOurs(character) ?? advanceIn(this.familyOf(character), weight, character) ?? 0)));
  }

  family(text: string, { family, weight }: Lettering): string {
    for (const character of text) {
      const face = faceOf(isOurs(character) ? undefined : this.familyOf(character), weight);
      if (face !== undefined) this.used.add(face.file);
    }
    const first = this.first(text);
    return first === undefined ? family : `'${first.name.replaceAll("'", '')}',${family}`;
  }

  /** The whole of a text that ours have not is written with one of the machine, as far as that goes: Latin letters in it too. */
  private first(text: string): Family | undefined {
    for (const character of text) if (!isOurs(character)) return this.familyOf(character);
    return undefined;
  }

  private familyOf(character: string): Family | undefined {
    return this.families.find((family) => has(family, character));
  }
}

function has({ regular, bold }: Family, character: string): boolean {
  return ((regular ?? bold)?.metrics.glyphOf(character.codePointAt(0) ?? 0) ?? 0) !== 0;
}

function faceOf(family: Family | undefined, weight: 400 | 700): Face | undefined {
  return weight === 700 ? (family?.bold ?? family?.regular) : (family?.regular ?? family?.bold);
}

function advanceIn(family: Family | undefined, weight: 400 | 700, character: string): number | undefined {
  const metrics = faceOf(family, weight)?.metrics;
  const glyph = metrics?.glyphOf(character.codePointAt(0) ?? 0) ?? 0;
  return glyph === 0 ? undefined : metrics?.advanceOf(glyph);
}
