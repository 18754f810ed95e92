/**
 * Users' pictures as they stand on cards: small, round, and made anew, so that a stranger's bytes stay here: no animation, no place where the picture
 * was taken, nothing for a decoder elsewhere.
 */
import type { Drawing } from '../../drawing.js';
import type { Picture } from '../../presence/view.js';
import { html } from '../markup.js';

/** Pixels: twice as large as it is shown. */
const SIDE = 92;
/** Kept ones, up to 30 KB each. */
const MOST_KEPT = 300;
/** Of a progressive JPEG. Each goes over the whole picture, and a few bytes are one. */
const MOST_SCANS = 40;

/** The renderer reads these. WebP it does not. */
const READ: readonly Picture['type'][] = ['image/png', 'image/jpeg', 'image/gif'];

/** A URL of a PNG; `none` for a picture that is not to be drawn; `later` when too many wait. */
export type Thumbnail = `data:image/png;base64,${string}` | 'none' | 'later';

export class Thumbnails {
  /** By the picture's id. The one that was asked for longest ago goes first. */
  private readonly kept = new Map<string, Promise<Thumbnail>>();

  constructor(private readonly drawing: Pick<Drawing, 'draw'>) {}

  of(picture: Picture): Promise<Thumbnail> {
    const { id } = picture;
    const thumbnail = this.kept.get(id) ?? this.make(picture);
    this.kept.delete(id);
    this.kept.set(id, thumbnail);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return thumbnail;
  }

  private async make({ id, type, bytes }: Picture): Promise<Thumbnail> {
    if (!READ.includes(type) || scansIn(bytes) > MOST_SCANS) return 'none';
    const drawn = await this.drawing.draw({ svg: round(type, bytes), fontFiles: [], zoom: 1 });
    if (drawn === 'busy') this.kept.delete(id);
    if (drawn === 'busy') return 'later';
    return drawn === undefined || drawn.isBlank ? 'none' : `data:image/png;base64,${Buffer.from(drawn.png).toString('base64')}`;
  }
}

/** Its middle, where it is no square. */
function round(type: string, bytes: Uint8Array): string {
  const href = `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}"><clipPath id="c"><circle cx="${SIDE / 2}" cy="${SIDE / 2}" r="${SIDE / 2}"/></clipPath><image width="${SIDE}" height="${SIDE}" preserveAspectRatio="xMidYMid slice" clip-path="url(#c)" href="${href}"/></svg>`.text;
}

/** At least as many as a JPEG has (ISO/IEC 10918-1, B.2.3: SOS). */
function scansIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) if (bytes[at + 1] === 0xda) count++;
  return count;
}
