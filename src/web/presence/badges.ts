/** `/badge/NAME.svg` and `.png`. A badge on a busy page costs little: it is made once for each change, and asked for again only after a while. */
import type { Drawing } from '../../drawing.js';
import type { MachineFonts } from '../../machine-fonts.js';
import type { Publisher } from '../../presence/publisher.js';
import type { View } from '../../presence/view.js';
import { DISCREET, prepared, type Answer, type Part, type WebRequest } from '../answer.js';
import { nameIn } from './names.js';
import { Made } from './made.js';
import { badgeSvg, pictureOn, type BadgeOptions } from './badge.js';
import { badgeOptions } from './badge-options.js';
import { BadgePictures } from './badge-png.js';
import { isAnswer, type Door } from './door.js';
import { problem } from './problem.js';
import { tagOf, unlessKnown } from './etag.js';
import { Thumbnails, type Thumbnail } from './thumbnails.js';

export interface BadgesParts {
  readonly publisher: Pick<Publisher, 'look'>;
  readonly door: Pick<Door, 'enter'>;
  readonly drawing: Pick<Drawing, 'draw'>;
  readonly fonts: Pick<MachineFonts, 'families'>;
}

const PATH = /^\/badge\/([^/?#]+)\.(svg|png)(?:\?([^#]*))?(?:#|$)/;

/** Seconds: so long a badge may tell what was. */
const FRESH = 30;
const OPEN_CACHE = `public, max-age=${FRESH}, stale-while-revalidate=${FRESH}`;
/** What one site may see, and what there is not to be seen, no cache between us and the reader keeps for others. */
const CLOSED = { 'cache-control': `private, max-age=${FRESH}`, vary: 'origin, referer, sec-fetch-site, authorization' };
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'";

type Kind = 'svg' | 'png';

const USUAL = badgeOptions('');
/** In the place of a View, where there is none. */
const NOBODY = {};

export class Badges implements Part {
  /** By options, but for labels. */
  private readonly made = new Made<Answer<Uint8Array>>();
  private readonly thumbnails: Thumbnails;
  private readonly pictures: BadgePictures;

  constructor(private readonly parts: BadgesParts) {
    const { drawing, fonts } = parts;
    const thumbnails = (this.thumbnails = new Thumbnails(drawing));
    this.pictures = new BadgePictures({ drawing, thumbnails, fonts });
  }

  answer(request: WebRequest): Answer | Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return problem(405, 'Only GET and HEAD.', { allow: 'GET, HEAD' });
    const { publisher, door } = this.parts;
    const [, segment = '', kind, query = ''] = PATH.exec(request.target) ?? [];
    const asker = door.enter(request, 'referrer');
    if (isAnswer(asker)) return asker;
    const name = nameIn(segment);
    const view = name === undefined ? undefined : publisher.look(name, asker);
    const options = query === '' ? USUAL : badgeOptions(query);
    if (kind === 'png') return this.png(view, forPicture(options)).then((answer) => unlessKnown(answer, request.headers));
    const svg = this.svg(view, options);
    return svg instanceof Promise ? svg.then((answer) => unlessKnown(answer, request.headers)) : unlessKnown(svg, request.headers);
  }

  /** One of a label of the asker's own is made anew each time; a card waits for its picture. */
  private svg(view: View | undefined, options: BadgeOptions): Answer<Uint8Array> | Promise<Answer<Uint8Array>> {
    const isOpen = this.isOpen(view);
    const make = (thumbnail: Thumbnail): Answer<Uint8Array> => answerOf(view, 'svg', Buffer.from(badgeSvg(view, options, { thumbnail })), isOpen);
    if (options.label !== undefined) return make('none');
    const key = `${options.style} ${options.theme} ${options.language?.tag} ${isOpen}`;
    const known = this.made.get(view ?? NOBODY, key);
    if (known !== undefined) return known;
    const keep = (made: Answer<Uint8Array>): Answer<Uint8Array> => {
      const answer = prepared(made);
      this.made.put(view ?? NOBODY, key, answer);
      return answer;
    };
    const picture = pictureOn(view, options);
    return picture === undefined ? keep(make('none')) : this.thumbnails.of(picture).then((thumbnail) => (thumbnail === 'later' ? make(thumbnail) : keep(make(thumbnail))));
  }

  private async png(view: View | undefined, options: BadgeOptions): Promise<Answer> {
    const body = await this.pictures.of(view, options);
    return body === undefined ? problem(503, 'It cannot be drawn now; the .svg is there at once.', { 'retry-after': '2' }) : answerOf(view, 'png', body, this.isOpen(view));
  }

  private isOpen(view: View | undefined): boolean {
    return view !== undefined && this.parts.publisher.look(view.name, {}) !== undefined;
  }
}

function answerOf(view: View | undefined, kind: Kind, body: Uint8Array, isOpen: boolean): Answer<Uint8Array> {
  const headers = {
    ...DISCREET,
    ...(isOpen ? { 'cache-control': OPEN_CACHE } : CLOSED),
    'content-type': kind === 'svg' ? 'image/svg+xml; charset=utf-8' : 'image/png',
    'content-length': `${body.length}`,
    'content-security-policy': POLICY,
    // Any page may show it, also one that shuts out what does not say so.
    'cross-origin-resource-policy': 'cross-origin',
    etag: tagOf(body),
  };
  return { status: view === undefined ? 404 : 200, headers, body };
}

/** A picture follows nobody's system, and has no words of the asker's: there are only so many of them. */
function forPicture({ style, theme, language }: BadgeOptions): BadgeOptions {
  return { style, theme: theme === 'dark' ? 'dark' : 'light', ...(language !== undefined && { language }) };
}
