/** Badges as PNG, twice as large as they are shown: for mail programs and pages that take no SVG. */
import type { Drawing } from '../../drawing.js';
import { CONDENSED, CONDENSED_BOLD, REGULAR } from '../../font.js';
import type { MachineFonts } from '../../machine-fonts.js';
import type { View } from '../../presence/view.js';
import { badgeSvg, pictureOn, wordsOf, type BadgeOptions } from './badge.js';
import { tagOf } from './etag.js';
import { handFor } from './hand.js';
import { ENGLISH } from './language.js';
import { standingOf } from './standing.js';
import type { Thumbnails } from './thumbnails.js';

/** Drawn ones that are kept, a few KiB each. */
const MOST_KEPT = 500;

const SCALE = 2;

export interface BadgePicturesParts {
  readonly drawing: Pick<Drawing, 'draw'>;
  readonly thumbnails: Pick<Thumbnails, 'of'>;
  readonly fonts: Pick<MachineFonts, 'families'>;
}

export class BadgePictures {
  /** By what is drawn: whoever looks the same has the same picture. The one that was asked for longest ago goes first. */
  private readonly kept = new Map<string, Promise<Uint8Array | undefined>>();

  constructor(private readonly parts: BadgePicturesParts) {}

  /** @returns undefined when too many wait, or it cannot be drawn */
  async of(view: View | undefined, options: BadgeOptions): Promise<Uint8Array | undefined> {
    const { name = '', status = '' } = view === undefined ? {} : wordsOf(view);
    const language = options.language ?? ENGLISH;
    const ours = [language.standing[standingOf(view)], language.label];
    const hand = await handFor([name, status, ...ours], this.parts.fonts, language.tag === 'ja' ? 'JP' : 'SC');
    const picture = pictureOn(view, options);
    // Where no font has the words of a language, English ones stand there.
    const spoken = ours.every((words) => hand.legible(words) === words) ? language : ENGLISH;
    const svg = badgeSvg(view, { ...options, language: spoken }, { hand, ...(picture !== undefined && { thumbnail: await this.parts.thumbnails.of(picture) }) });
    return this.drawn(svg, [...(options.style === 'flat' ? [REGULAR.file] : [CONDENSED.file, CONDENSED_BOLD.file]), ...hand.files]);
  }

  private drawn(svg: string, fontFiles: readonly string[]): Promise<Uint8Array | undefined> {
    const key = tagOf(svg);
    const picture = this.kept.get(key) ?? this.draw(key, svg, fontFiles);
    this.kept.delete(key);
    this.kept.set(key, picture);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return picture;
  }

  private async draw(key: string, svg: string, fontFiles: readonly string[]): Promise<Uint8Array | undefined> {
    const drawn = await this.parts.drawing.draw({ svg, fontFiles, zoom: SCALE });
    if (drawn !== undefined && drawn !== 'busy') return drawn.png;
    this.kept.delete(key);
    return undefined;
  }
}
