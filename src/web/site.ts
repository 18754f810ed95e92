/**
 * The pages behind links: what is answered to which request, without a socket. A mail's page, its HTML in a frame of its own, its
 * files, and the mail as it came.
 */
import type { Clock } from '../clock.js';
import { isFailure } from '../failure.js';
import type { Log } from '../log.js';
import type { Attachment, ContentId } from '../message.js';
import { withoutBcc } from '../translate/mail-without-bcc.js';
import { DISCREET, page, type Answer } from './answer.js';
import { fileHeaders, rangeOf, slice } from './files.js';
import type { Linked, Links } from './links.js';
import { viewOf, type MailView } from './mail-view.js';
import { Manners } from './manners.js';
import { emptyPage, framePage, mailPage } from './page.js';
import { PAGE_STYLE_HASH } from './page-style.js';
import { RecentViews } from './recent-views.js';

export type StoredAnswer = Answer<string | AsyncIterable<Uint8Array>>;

export type FilePlace = Exclude<Attachment['where'], { url: string }>;

export interface SiteParts {
  readonly links: Links;
  /** The bytes of an original mail; none when it is no longer kept. */
  readonly content: (id: ContentId) => AsyncIterable<Uint8Array>;
  /** The decoded bytes of one file of a mail, in pieces. */
  readonly fileIn: (mail: AsyncIterable<Uint8Array>, where: FilePlace) => AsyncIterable<Uint8Array>;
  /** Without the slash at its end. */
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SiteRequest {
  readonly method: string;
  /** Path and query, without the path of the public URL. */
  readonly target: string;
  readonly range?: string;
  /** Whose wrong links are counted together. */
  readonly address: string;
}

/** The first segment, the token, and what is asked for behind it. */
const PATH = /^\/([mf])\/([0-9a-z.-]{1,120})(?:\/([^?#]{0,2000}))?$/;
const FILE = /^(\d{1,4})(?:\.(\d{1,4}))?\/[^/]+$/;

export class Site {
  private readonly manners: Manners;
  private readonly views: RecentViews<MailView | 'gone' | 'unreadable'>;
  private readonly framePolicy: string;

  constructor(private readonly parts: SiteParts) {
    this.manners = new Manners(parts.clock);
    this.views = new RecentViews(parts.clock);
    const { origin } = new URL(parts.publicUrl);
    this.framePolicy = `sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src 'self' ${origin} data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self' ${origin}`;
  }

  /** Never rejects. The answer's body may fail while it is read: then the original is damaged, or the store has gone. */
  async answer(request: SiteRequest): Promise<StoredAnswer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return discreet({ ...NOT_SO, headers: { ...NOT_SO.headers, allow: 'GET, HEAD' } });
    }
    return discreet(await this.find(request));
  }

  private async find(request: SiteRequest): Promise<StoredAnswer> {
    const path = request.target.split(/[?#]/)[0] ?? '';
    if (path === '/robots.txt') return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'User-agent: *\nDisallow: /\n' };
    const [, kind = '', text = '', rest] = PATH.exec(path) ?? [];
    const token = this.parts.links.read(text);
    if (token === undefined || (kind === 'm') !== (token.linked.kind === 'page')) return this.wrong(request.address);
    if (token.expiresAt <= this.parts.clock()) return GONE;
    const { linked } = token;
    try {
      return linked.kind === 'file' ? await this.file(linked.original, linked, request.range) : await this.below(linked, text, token.expiresAt, rest, request);
    } catch (error) {
      this.parts.log.error({ content: linked.original, err: error }, 'a mail could not be shown');
      return BROKEN;
    }
  }

  /** The same for what never was, and for what somebody made up. */
  private wrong(address: string): StoredAnswer {
    if (this.manners.isTooMany(address)) return { ...TOO_MANY, headers: { ...TOO_MANY.headers, 'retry-after': '60' } };
    return NOTHING;
  }

  private async below(linked: Linked & { kind: 'page' }, base: string, expiresAt: number, rest: string | undefined, { range }: SiteRequest): Promise<StoredAnswer> {
    const { original, authenticity } = linked;
    const [file, part = '', inside] = FILE.exec(rest ?? '') ?? [];
    if (file !== undefined) return this.file(original, { part: Number(part), ...(inside !== undefined && { inside: Number(inside) }) }, range);
    if (rest !== undefined && rest !== 'html' && rest !== 'mail.eml') return NOTHING;
    const view = await this.view(original);
    if (view === 'gone') return GONE;
    if (rest === 'mail.eml') return this.raw(original);
    if (view === 'unreadable') return BROKEN;
    if (rest === undefined) return page(200, PAGE_POLICY, mailPage(view, { authenticity, expiresAt, base }));
    const { html } = view;
    return html === undefined ? NOTHING : page(200, this.framePolicy, framePage({ ...view, html }));
  }

  private async file(original: ContentId, where: FilePlace, range: string | undefined): Promise<StoredAnswer> {
    const view = await this.view(original);
    if (view === 'gone') return GONE;
    if (view === 'unreadable') return BROKEN;
    const file = view.attachments.find((one) => 'part' in one.where && one.where.part === where.part && one.where.inside === where.inside);
    if (file === undefined) return NOTHING;
    const bytes = this.parts.fileIn(this.parts.content(original), where);
    const headers = fileHeaders(file);
    if (file.size < 0) return { status: 200, headers, body: bytes };
    const asked = rangeOf(range, file.size);
    if (asked === 'unsatisfiable') return { status: 416, headers: { 'content-range': `bytes */${file.size}`, 'content-length': '0' }, body: '' };
    const whole = { ...headers, 'accept-ranges': 'bytes' };
    if (asked === undefined) return { status: 200, headers: { ...whole, 'content-length': `${file.size}` }, body: bytes };
    const { first, last } = asked;
    return { status: 206, headers: { ...whole, 'content-length': `${last - first + 1}`, 'content-range': `bytes ${first}-${last}/${file.size}` }, body: slice(bytes, asked) };
  }

  private raw(original: ContentId): StoredAnswer {
    const headers = {
      'content-type': 'message/rfc822',
      'content-disposition': 'attachment; filename="mail.eml"',
      'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    };
    return { status: 200, headers, body: withoutBcc(this.parts.content(original)) };
  }

  private view(original: ContentId): Promise<MailView | 'gone' | 'unreadable'> {
    return this.views.of(original, async () => {
      const view = await viewOf(this.parts.content(original));
      if (!isFailure(view)) return view ?? 'gone';
      this.parts.log.warn({ content: original, failure: view }, 'an original mail cannot be read');
      return 'unreadable';
    });
  }
}

const PAGE_POLICY = `default-src 'none'; style-src ${PAGE_STYLE_HASH}; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

function empty(status: number, title: string, text: string): StoredAnswer {
  return page(status, PAGE_POLICY, emptyPage(title, text));
}

const NOTHING = empty(404, 'There is nothing here', 'The link is not whole, or it was never one of ours. Copy it again from the chat.');
const GONE = empty(410, 'This link has expired', 'What it showed is no longer here. Whoever sent the mail can send it again.');
const BROKEN = empty(500, 'This cannot be shown now', 'The gateway could not read the mail. Try again later, or ask its administrator.');
const NOT_SO = empty(405, 'Not this way', 'There is only something to read here.');
const TOO_MANY = empty(429, 'Too many wrong links', 'Wait a minute, then try again.');

function discreet(answer: StoredAnswer): StoredAnswer {
  return { ...answer, headers: { ...DISCREET, ...answer.headers } };
}
