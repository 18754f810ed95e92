/** `/badge/NAME.svg` and `.png`. A badge on a busy page costs little: it is made once for each change, and asked for again only after a while. */
import type { Publisher } from '../../presence/publisher.js';
import type { View } from '../../presence/view.js';
import { DISCREET, type Answer, type Part, type WebRequest } from '../answer.js';
import { nameIn } from './names.js';
import { badgeSvg, type BadgeOptions } from './badge.js';
import { badgeOptions } from './badge-options.js';
import type { BadgePictures } from './badge-png.js';
import { isAnswer, type Door } from './door.js';
import { problem } from './problem.js';
import { tagOf, unlessKnown } from './etag.js';

export interface BadgesParts {
  readonly publisher: Pick<Publisher, 'look'>;
  readonly door: Pick<Door, 'enter'>;
  readonly pictures: Pick<BadgePictures, 'of'>;
}

const PATH = /^\/badge\/([^/?#]+)\.(svg|png)(?:\?([^#]*))?(?:#|$)/;

/** Seconds: so long a badge may tell what was. */
const FRESH = 30;
const OPEN_CACHE = `public, max-age=${FRESH}, stale-while-revalidate=${FRESH}`;
/** What one site may see, and what there is not to be seen, no cache between us and the reader keeps for others. */
const CLOSED = { 'cache-control': `private, max-age=${FRESH}`, vary: 'origin, referer, authorization' };
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";

type Kind = 'svg' | 'png';

const USUAL = badgeOptions('');
/** In the place of a View, where there is none. */
const NOBODY = {};

export class Badges implements Part {
  /** What was made of each View, by options: few, as labels are not among them. */
  private readonly made = new WeakMap<object, Map<string, Answer<Uint8Array>>>();

  constructor(private readonly parts: BadgesParts) {}

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
    return unlessKnown(this.svg(view, options), request.headers);
  }

  /** One of a label of the asker's own is made anew each time. */
  private svg(view: View | undefined, options: BadgeOptions): Answer<Uint8Array> {
    const make = (): Answer<Uint8Array> => this.answerOf(view, 'svg', Buffer.from(badgeSvg(view, options)));
    return options.label === undefined ? this.once(view, `${options.style} ${options.theme} ${this.isOpen(view)}`, make) : make();
  }

  private async png(view: View | undefined, options: BadgeOptions): Promise<Answer> {
    const body = await this.parts.pictures.of(view, options);
    return body === undefined ? problem(503, 'Too many pictures are being drawn; the .svg is there at once.', { 'retry-after': '2' }) : this.answerOf(view, 'png', body);
  }

  private once(view: View | undefined, key: string, make: () => Answer<Uint8Array>): Answer<Uint8Array> {
    const all = this.made.get(view ?? NOBODY) ?? new Map<string, Answer<Uint8Array>>();
    const answer = all.get(key) ?? make();
    this.made.set(view ?? NOBODY, all.set(key, answer));
    return answer;
  }

  private isOpen(view: View | undefined): boolean {
    return view !== undefined && this.parts.publisher.look(view.name, {}) !== undefined;
  }

  private answerOf(view: View | undefined, kind: Kind, body: Uint8Array): Answer<Uint8Array> {
    const headers = {
      ...DISCREET,
      ...(this.isOpen(view) ? { 'cache-control': OPEN_CACHE } : CLOSED),
      'content-type': kind === 'svg' ? 'image/svg+xml; charset=utf-8' : 'image/png',
      'content-length': `${body.length}`,
      'content-security-policy': POLICY,
      // Any page may show it, also one that shuts out what does not say so.
      'cross-origin-resource-policy': 'cross-origin',
      etag: tagOf(body),
    };
    return { status: view === undefined ? 404 : 200, headers, body };
  }
}

/** A picture follows nobody's system, and has no words of the asker's: there are only so many of them. */
function forPicture({ style, theme }: BadgeOptions): BadgeOptions {
  return { style, theme: theme === 'dark' ? 'dark' : 'light' };
}
