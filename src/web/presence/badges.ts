/** `/badge/NAME.svg` and `.png`. A badge on a busy page costs little: it is made once for each change, and asked for again only after a while. */
import type { Publisher } from '../../presence/publisher.js';
import type { View } from '../../presence/view.js';
import { DISCREET, type Answer, type Part, type WebRequest } from '../answer.js';
import { nameIn } from './names.js';
import { badgeSvg, type BadgeOptions } from './badge.js';
import { badgeOptions } from './badge-options.js';
import type { BadgePictures } from './badge-png.js';
import { isAnswer, type Door, type Entered } from './door.js';
import { problem } from './problem.js';
import { tagOf, unlessKnown } from './sheet.js';

export interface BadgesParts {
  readonly publisher: Pick<Publisher, 'look'>;
  readonly door: Pick<Door, 'enter' | 'asked'>;
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

export class Badges implements Part {
  private readonly made = new WeakMap<View, Map<string, string>>();

  constructor(private readonly parts: BadgesParts) {}

  async answer(request: WebRequest): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return problem(405, 'Only GET and HEAD.', { allow: 'GET, HEAD' });
    const [, segment = '', kind, query = ''] = PATH.exec(request.target) ?? [];
    const asker = this.parts.door.enter(request, 'referrer');
    if (isAnswer(asker)) return asker;
    return this.badge(nameIn(segment), kind === 'png' ? 'png' : 'svg', badgeOptions(query), { request, asker });
  }

  private async badge(name: string | undefined, kind: Kind, options: BadgeOptions, { request, asker }: { request: WebRequest; asker: Entered }): Promise<Answer> {
    const { publisher, door } = this.parts;
    const view = name === undefined ? undefined : publisher.look(name, asker);
    if (view === undefined) door.asked(request, asker, 1, 1);
    const svg = this.svg(view, kind === 'svg' ? options : forPicture(options));
    const body = kind === 'svg' ? svg : await this.parts.pictures.of(svg, options.style);
    if (body === undefined) return problem(503, 'Too many pictures are being drawn; the .svg is there at once.', { 'retry-after': '2' });
    const isOpen = view !== undefined && publisher.look(view.name, {}) !== undefined;
    return unlessKnown(answerOf(body, kind, view === undefined ? 404 : 200, isOpen), request.headers);
  }

  /** One of a label of the asker's own is made anew each time. */
  private svg(view: View | undefined, options: BadgeOptions): string {
    if (view === undefined || options.label !== undefined) return badgeSvg(view, options);
    const known = this.made.get(view) ?? new Map<string, string>();
    this.made.set(view, known);
    const key = `${options.style} ${options.theme}`;
    const svg = known.get(key) ?? badgeSvg(view, options);
    known.set(key, svg);
    return svg;
  }
}

/** A picture follows nobody's system, and has no words of the asker's: there are only so many of them. */
function forPicture({ style, theme }: BadgeOptions): BadgeOptions {
  return { style, theme: theme === 'dark' ? 'dark' : 'light' };
}

function answerOf(body: string | Uint8Array, kind: Kind, status: number, isOpen: boolean): Answer {
  const headers = {
    ...DISCREET,
    ...(isOpen ? { 'cache-control': OPEN_CACHE } : CLOSED),
    'content-type': kind === 'svg' ? 'image/svg+xml; charset=utf-8' : 'image/png',
    'content-length': `${Buffer.byteLength(body)}`,
    'content-security-policy': POLICY,
    // Any page may show it, also one that shuts out what does not say so.
    'cross-origin-resource-policy': 'cross-origin',
    etag: tagOf(body),
  };
  return { status, headers, body };
}
