/** Badges as PNG, twice as large as they are shown: for mail programs and pages that take no SVG. */
import { renderAsync } from '@resvg/resvg-js';
import { CONDENSED, CONDENSED_BOLD, FONT_FAMILY, REGULAR } from '../../font.js';
import { MachineFonts } from '../../machine-fonts.js';
import type { View } from '../../presence/view.js';
import { badgeSvg, wordsOf, type BadgeOptions } from './badge.js';
import { handFor } from './hand.js';

/** Drawn ones that are kept, a few KiB each. */
const MOST_KEPT = 500;
/** Drawn at once and waiting; a picture takes some 20 ms of a core, one with Chinese of Noto Sans CJK some 100. */
const MOST_UNDER_WAY = 20;

const SCALE = 2;

export class BadgePictures {
  /** By their SVG: whoever looks the same has the same picture. The one that was asked for longest ago goes first. */
  private readonly kept = new Map<string, Promise<Uint8Array>>();
  private underWay = 0;
  /** One after the other: drawing takes a core for itself. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly fonts: Pick<MachineFonts, 'families'> = new MachineFonts()) {}

  /** @returns undefined when too many wait */
  async of(view: View | undefined, options: BadgeOptions): Promise<Uint8Array | undefined> {
    const { name = '', status = '' } = view === undefined ? {} : wordsOf(view);
    const hand = await handFor([name, status], this.fonts, 'SC');
    const svg = badgeSvg(view, options, hand);
    const files = [...(options.style === 'flat' ? [REGULAR.file] : [CONDENSED.file, CONDENSED_BOLD.file]), ...hand.files];
    return this.drawn(svg, files);
  }

  /** @param fontFiles all that it needs */
  drawn(svg: string, fontFiles: readonly string[]): Promise<Uint8Array | undefined> {
    const known = this.kept.get(svg);
    if (known === undefined && this.underWay >= MOST_UNDER_WAY) return Promise.resolve(undefined);
    const picture = known ?? this.draw(svg, fontFiles);
    this.keep(svg, picture);
    return picture;
  }

  private draw(svg: string, fontFiles: readonly string[]): Promise<Uint8Array> {
    this.underWay++;
    const picture = this.last.then(() => render(svg, fontFiles));
    this.last = picture.catch(() => this.kept.delete(svg)).finally(() => this.underWay--);
    return picture;
  }

  private keep(svg: string, picture: Promise<Uint8Array>): void {
    this.kept.delete(svg);
    this.kept.set(svg, picture);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
  }
}

/** In a thread of its own: the event loop does not wait for it. */
async function render(svg: string, fontFiles: readonly string[]): Promise<Uint8Array> {
  const drawn = await renderAsync(svg, { font: { fontFiles: [...fontFiles], loadSystemFonts: false, defaultFontFamily: FONT_FAMILY }, fitTo: { mode: 'zoom', value: SCALE } });
  return drawn.asPng();
}
