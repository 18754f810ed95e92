/**
 * The HTML of a mail made safe to show. Everything is written anew: tags and attributes that are on the lists below, with values that
 * were checked, and text, all of it escaped. So whatever a browser makes of it, there is no script, no form and no frame in it,
 * and nothing is fetched but the mail's own images. Pure, but for giving way to others.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Parser } from 'htmlparser2';
import { parseUrl } from '../url.js';
import { escape } from './markup.js';
import { isColour, safeStyle } from './safe-css.js';

export interface SafeHtml {
  /** What stands in a body element. */
  readonly html: string;
  /** Images that would have been fetched from elsewhere, without those that nobody would see. */
  readonly remoteImages: number;
  /** It has colours of its own, and was thought for a white page. */
  readonly hasColours: boolean;
}

/** The parser looks through all open elements at an end tag: depth times tags. */
const DEPTH_LIMIT = 256;
/** A browser would be slow with more, and no mail for people has them. */
const ELEMENT_LIMIT = 50_000;
/** Characters parsed before others have their turn: some ms. */
const PIECE = 16_384;

const TAGS = new Set(
  (
    'a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption ' +
    'figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section small span strike ' +
    'strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr'
  ).split(' '),
);
const VOID = new Set(['br', 'col', 'hr', 'img', 'wbr']);
/** Their content is not for reading, or is read by other rules than HTML's. */
const WITH_CONTENT = new Set(
  'script style title template svg math iframe frame frameset noframes object embed applet audio video canvas map noembed xmp plaintext textarea select datalist'.split(' '),
);

const NUMBER = /^\d{1,4}(?:px|%)?$/i;
const WORD = /^[a-z-]{1,20}$/i;
const COLOUR = /^#?[\w(),.% -]{1,40}$/;
const TEXT = /^[^]{0,1000}$/;
const ATTRIBUTES = new Map<string, RegExp>(
  Object.entries({
    align: WORD, valign: WORD, dir: WORD, lang: /^[\w-]{1,35}$/, nowrap: /^$|^nowrap$/i, type: /^(?:1|a|i|disc|circle|square)$/i,
    width: NUMBER, height: NUMBER, border: NUMBER, cellpadding: NUMBER, cellspacing: NUMBER, colspan: NUMBER, rowspan: NUMBER, span: NUMBER, start: NUMBER, value: NUMBER,
    bgcolor: COLOUR, color: COLOUR, face: /^[\w\s,'-]{1,200}$/, size: /^[+-]?\d$/, scope: WORD,
    title: TEXT, alt: TEXT, role: /^(?:presentation|none)$/, 'aria-hidden': /^true$/, 'aria-label': TEXT,
  }),
);
const SCHEMES = new Set(['http:', 'https:', 'mailto:', 'tel:', 'xmpp:']);
const LONGEST_LINK = 8_192;
const DATA_IMAGE = /^data:image\/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]+$/i;

/**
 * @param imageOf where an image of the mail's own is (RFC 2392), by its Content-ID without brackets
 * @returns undefined when it is too much: then its text must do
 */
export async function safeHtml(html: string, imageOf: (contentId: string) => string | undefined): Promise<SafeHtml | undefined> {
  const writer = new Writer(imageOf);
  const parser = new Parser(
    {
      onopentag: (name, attributes) => writer.open(name, attributes),
      onclosetag: (name) => writer.close(name),
      ontext: (text) => writer.text(text),
    },
    { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
  );
  for (let at = 0; at < html.length; at += PIECE) {
    parser.write(html.slice(at, at + PIECE));
    if (writer.tooMuch) return undefined;
    await nextTurn();
  }
  parser.end();
  return writer.result();
}

class Writer {
  private readonly out: string[] = [];
  /** Of every open element, whether its end tag is written. */
  private readonly opened: { readonly name: string; readonly written: boolean }[] = [];
  /** How many open elements are left out with their content. */
  private hidden = 0;
  private elements = 0;
  private remoteImages = 0;
  private hasColours = false;

  constructor(private readonly imageOf: (contentId: string) => string | undefined) {}

  get tooMuch(): boolean {
    return this.elements > ELEMENT_LIMIT || this.opened.length > DEPTH_LIMIT;
  }

  open(given: string, attributes: Readonly<Record<string, string>>): void {
    this.elements++;
    const name = given === 'body' ? 'div' : given;
    const hides = WITH_CONTENT.has(name);
    if (hides) this.hidden++;
    const tag = !hides && this.hidden === 0 && TAGS.has(name) ? this.tag(name, attributes) : undefined;
    if (tag !== undefined) this.out.push(tag);
    this.opened.push({ name: given, written: tag !== undefined && !VOID.has(name) });
  }

  close(given: string): void {
    const open = this.opened.at(-1);
    // At the end of the mail the parser also closes a tag that was cut in its middle, and so never opened.
    if (open?.name !== given) return;
    this.opened.pop();
    if (WITH_CONTENT.has(given)) this.hidden--;
    if (open.written) this.out.push(`</${given === 'body' ? 'div' : given}>`);
  }

  text(text: string): void {
    if (this.hidden === 0) this.out.push(escape(text));
  }

  result(): SafeHtml | undefined {
    if (this.tooMuch) return undefined;
    return { html: this.out.join(''), remoteImages: this.remoteImages, hasColours: this.hasColours };
  }

  private tag(name: string, given: Readonly<Record<string, string>>): string | undefined {
    if (name === 'img') return this.image(given);
    const attributes = Object.entries(given).flatMap(([attribute, value]) => this.attribute(attribute, value));
    if (name === 'a') attributes.push(...linkAttributes(given.href ?? ''));
    return `<${name}${attributes.join('')}>`;
  }

  /** What is not shown is its description, set apart, where it has one. */
  private image(given: Readonly<Record<string, string>>): string | undefined {
    const source = this.source(given);
    const alt = (given.alt ?? '').trim().slice(0, 300);
    if (source === undefined) return alt === '' ? undefined : `<span class="off">${escape(alt)}</span>`;
    const attributes = Object.entries(given).flatMap(([attribute, value]) => (attribute === 'alt' ? [] : this.attribute(attribute, value)));
    return `<img src="${escape(source)}" alt="${escape(alt)}"${attributes.join('')}>`;
  }

  private attribute(name: string, value: string): string[] {
    if (isColour(name) || (name === 'style' && /color|background/i.test(value))) this.hasColours = true;
    if (name === 'style') {
      const style = safeStyle(value);
      return style === '' ? [] : [` style="${escape(style)}"`];
    }
    return ATTRIBUTES.get(name)?.test(value.trim()) ? [` ${name}="${escape(value.trim())}"`] : [];
  }

  /** Of the mail itself only; what is elsewhere would tell its sender who reads when and where. */
  private source({ src = '', width, height }: Readonly<Record<string, string>>): string | undefined {
    const url = src.trim();
    if (/^cid:/i.test(url)) return this.imageOf(decoded(url.slice('cid:'.length)));
    if (DATA_IMAGE.test(url)) return url.replace(/\s+/g, '');
    if (/^(?:https?:)?\/\//i.test(url) && !isDot(width) && !isDot(height)) this.remoteImages++;
    return undefined;
  }
}

function isDot(length: string | undefined): boolean {
  return length !== undefined && /^[01](?:px)?$/.test(length.trim());
}

/** As the browser's own parser reads the URL, so that nothing is another scheme in disguise. */
function linkAttributes(href: string): string[] {
  const url = href.length > LONGEST_LINK ? undefined : parseUrl(href);
  return url !== undefined && SCHEMES.has(url.protocol) ? [` href="${escape(url.href)}" target="_blank" rel="noopener noreferrer nofollow"`] : [];
}

function decoded(percent: string): string {
  try {
    return decodeURIComponent(percent);
  } catch {
    return percent; // not encoded, with a stray %
  }
}
