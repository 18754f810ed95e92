/** Badges as PNG, twice as large as they are shown: for mail programs and pages that take no SVG. */
import { renderAsync } from '@resvg/resvg-js';
import { CONDENSED, CONDENSED_BOLD, FONT_FAMILY, REGULAR } from '../../font.js';
import type { BadgeStyle } from './badge.js';

/** Drawn ones that are kept, a few KiB each. */
const MOST_KEPT = 500;
/** Drawn at once and waiting; a picture takes some 20 ms of a core. */
const MOST_UNDER_WAY = 20;

const SCALE = 2;

export class BadgePictures {
  /** By their SVG: whoever looks the same has the same picture. The one that was asked for longest ago goes first. */
  private readonly kept = new Map<string, Promise<Uint8Array>>();
  private underWay = 0;
  /** One after the other: drawing takes a core for itself. */
  private last: Promise<unknown> = Promise.resolve();

  /** @returns undefined when too many wait */
  of(svg: string, style: BadgeStyle): Promise<Uint8Array | undefined> {
    const known = this.kept.get(svg);
    if (known === undefined && this.underWay >= MOST_UNDER_WAY) return Promise.resolve(undefined);
    const picture = known ?? this.draw(svg, style);
    this.keep(svg, picture);
    return picture;
  }

  private draw(svg: string, style: BadgeStyle): Promise<Uint8Array> {
    this.underWay++;
    const picture = this.last.then(() => render(svg, style));
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
async function render(svg: string, style: BadgeStyle): Promise<Uint8Array> {
  const fontFiles = style === 'flat' ? [REGULAR.file] : [CONDENSED.file, CONDENSED_BOLD.file];
  const drawn = await renderAsync(svg, { font: { fontFiles, loadSystemFonts: false, defaultFontFamily: FONT_FAMILY }, fitTo: { mode: 'zoom', value: SCALE } });
  return drawn.asPng();
}
