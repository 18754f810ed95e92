/** A tree of HTML as the lines that its reader would see. */
import { own } from '../own.js';
import { HISTORY, marked, SHOWN_QUOTE, SIGNATURE, unmarked, type LineMark } from './line-marks.js';
import { alternativeOf, isHidden, visibleText } from './mail-html-hidden.js';
import { Lines } from './mail-html-lines.js';
import { linkTarget } from './mail-html-links.js';
import { regionOf } from './mail-html-regions.js';
import { styled, withoutStyles, type StyleName } from './mail-html-styling.js';
import { isLayout, tableLines } from './mail-html-table.js';
import { textIn, type HtmlElement, type HtmlNode } from './mail-html-tree.js';

/** Each level of quotation writes each line anew, and longer: deeper ones are not told apart. */
const QUOTE_LIMIT = 12;
/** The same for lines times levels. */
const QUOTING_LIMIT = 100_000;
/** Characters of a link looked at for the spaces around it. */
const LINK_TEXT = 10_000;

interface Context {
  readonly styles: ReadonlySet<StyleName>;
  readonly mark: LineMark;
  readonly isPre: boolean;
  readonly isLink: boolean;
  readonly quotes: number;
  readonly lists: number;
}

const START: Context = { styles: new Set(), mark: '', isPre: false, isLink: false, quotes: 0, lists: 0 };

const STYLE_OF: Readonly<Record<string, StyleName>> = {
  b: 'bold', strong: 'bold', h1: 'bold', h2: 'bold', h3: 'bold', h4: 'bold', h5: 'bold', h6: 'bold',
  i: 'italic', em: 'italic', cite: 'italic', s: 'strike', strike: 'strike', del: 'strike', code: 'code', tt: 'code', samp: 'code', kbd: 'code',
};

const BLOCKS = new Set(
  'address article aside body center dd details div dl dt fieldset figcaption figure footer form header html legend main nav section summary caption tr td th tbody thead tfoot li'.split(' '),
);
const SPACED_BLOCKS = new Set('h1 h2 h3 h4 h5 h6 dl'.split(' '));

/** The lines of a mail, marked (line-marks.ts), with marks for emphasis (mail-html-styling.ts). */
export function linesOf(root: HtmlElement): string[] {
  return new Walk().lines(root.children, START);
}

class Walk {
  /** Everything that comes is quoted history. */
  private isRest = false;

  lines(nodes: readonly HtmlNode[], context: Context): string[] {
    const out = new Lines();
    this.nodes(nodes, context, out);
    return out.done();
  }

  private nodes(nodes: readonly HtmlNode[], context: Context, out: Lines): void {
    for (const node of nodes) {
      if (typeof node === 'string') this.text(node, this.isRest ? { ...context, mark: HISTORY } : context, out);
      else if (!isHidden(node)) {
        const inner = this.within(node, context, out);
        this.element(node, inner, out);
        if (inner.mark !== context.mark) out.border(false);
      }
    }
  }

  /** The context inside an element: its region begins on a line of its own. */
  private within(element: HtmlElement, context: Context, out: Lines): Context {
    if (context.mark === HISTORY) return context;
    if (this.isRest) return { ...context, mark: HISTORY };
    const region = regionOf(element);
    if (region === undefined) return context;
    out.border(false);
    if (region === 'rest') this.isRest = true;
    return { ...context, mark: region === 'signature' ? SIGNATURE : HISTORY };
  }

  private text(text: string, context: Context, out: Lines): void {
    if (!context.isPre) out.text(styledAround(visibleText(text), context.styles), context.mark);
    else {
      const [first = '', ...rest] = text.split('\n');
      out.raw(first, context.mark);
      for (const line of rest) {
        out.break();
        out.raw(line, context.mark);
      }
    }
  }

  private element(element: HtmlElement, context: Context, out: Lines): void {
    const special = own(SPECIAL, element.name);
    if (special !== undefined) special(this, element, context, out);
    else if (element.name === 'p') this.block(element, context, out, isSpaced(element));
    else if (SPACED_BLOCKS.has(element.name)) this.block(element, withStyle(element, context), out, true);
    else if (BLOCKS.has(element.name)) this.block(element, context, out, false);
    else this.nodes(element.children, withStyle(element, context), out);
  }

  block(element: HtmlElement, context: Context, out: Lines, blank: boolean): void {
    out.border(blank);
    this.nodes(element.children, context, out);
    out.border(blank);
  }

  /** Its text in one piece, then where it leads. */
  link(element: HtmlElement, context: Context, out: Lines): void {
    const inner = this.lines(element.children, { ...withStyle(element, context), isLink: true, mark: '' });
    const text = inner.join(' ');
    if (text.trim() === '') return;
    const isBlock = inner.length > 1;
    const [, before = '', after = ''] = /^(\s?).*?(\s?)$/s.exec(textIn(element, LINK_TEXT)) ?? [];
    if (isBlock) out.block(inner.map((line) => marked(line, context.mark)), false);
    else out.text(before + text, context.mark);
    const target = linkTarget(element.attributes.href, withoutStyles(text));
    if (target !== '') out.raw(isBlock ? target.trim() : target, context.mark);
    if (isBlock) out.border(false);
    else out.text(after, context.mark);
  }

  image(element: HtmlElement, context: Context, out: Lines): void {
    const words = alternativeOf(element);
    if (words === '') return;
    const isBare = context.isLink || !/[\p{L}\p{N}]/u.test(words);
    out.text(isBare ? words : `[${words}]`, context.mark);
  }

  quote(element: HtmlElement, context: Context, out: Lines): void {
    if (context.quotes >= QUOTE_LIMIT) {
      this.block(element, context, out, false);
      return;
    }
    const quotes = context.quotes + 1;
    const lines = this.lines(element.children, { ...context, quotes });
    const isTooLong = lines.length * quotes > QUOTING_LIMIT;
    const mark = context.mark === HISTORY ? HISTORY : SHOWN_QUOTE;
    out.block(isTooLong ? lines : lines.map((line) => marked(line, mark, unmarked(line).startsWith('>') || line === '' ? '>' : '> ')), true);
  }

  list(element: HtmlElement, context: Context, out: Lines): void {
    const ordered = element.name === 'ol';
    let number = Number.parseInt(element.attributes.start ?? '1', 10) || 1;
    const lines: string[] = [];
    for (const child of element.children) {
      if (typeof child === 'string' || isHidden(child)) continue;
      const item = this.lines(child.name === 'li' ? child.children : [child], { ...context, lists: context.lists + 1 });
      const head = child.name !== 'li' ? '' : ordered ? `${number++}. ` : '• ';
      item.forEach((line, i) => lines.push(marked(line, context.mark, i === 0 ? head : ' '.repeat(line === '' ? 0 : head.length))));
    }
    out.block(lines, context.lists === 0);
  }

  preformatted(element: HtmlElement, context: Context, out: Lines): void {
    const lines = this.lines(element.children, { ...context, styles: new Set(), isPre: true });
    if (lines.length === 0) return;
    const isFenced = !lines.some((line) => unmarked(line).startsWith('```')) && context.mark === '' && !isWrapped(element);
    out.block(isFenced ? ['```', ...lines, '```'] : lines, true);
  }

  table(element: HtmlElement, context: Context, out: Lines): void {
    if (isLayout(element)) {
      this.block(element, context, out, false);
      return;
    }
    const cell = (nodes: readonly HtmlNode[]): string[] => this.lines(nodes, context);
    out.block(tableLines(element, cell), false);
  }
}

function withStyle({ name }: HtmlElement, context: Context): Context {
  const style = own(STYLE_OF, name);
  return style === undefined || context.styles.has(style) ? context : { ...context, styles: new Set([...context.styles, style]) };
}

/** White space stays outside, where it can be collapsed. */
function styledAround(text: string, styles: ReadonlySet<StyleName>): string {
  if (styles.size === 0) return text;
  const core = text.trim();
  const start = text.indexOf(core);
  return text.slice(0, start) + styled(core, styles) + text.slice(start + core.length);
}

/** Outlook's paragraphs are lines, and blank ones stand between. */
function isSpaced({ attributes: { class: classes = '', style = '' } }: HtmlElement): boolean {
  return !/\bMso/.test(classes) && !/(?:^|;)\s*margin(?:-bottom|-block-end)?\s*:\s*0(?:\w{2})?\s*(?:;|0|$)/.test(style.slice(0, 1_000));
}

/** Text of a mail that was never HTML, not somebody's code. */
function isWrapped({ attributes: { wrap, style = '', class: classes = '' } }: HtmlElement): boolean {
  return wrap !== undefined || /white-space/.test(style) || /\bmoz-/.test(classes);
}

type Special = (walk: Walk, element: HtmlElement, context: Context, out: Lines) => void;

const SPECIAL: Readonly<Record<string, Special>> = {
  br: (_, __, ___, out) => out.break(),
  hr: (_, __, context, out) => out.block([marked('———', context.mark)], false),
  img: (walk, ...rest) => walk.image(...rest),
  a: (walk, ...rest) => walk.link(...rest),
  blockquote: (walk, ...rest) => walk.quote(...rest),
  ul: (walk, ...rest) => walk.list(...rest),
  ol: (walk, ...rest) => walk.list(...rest),
  menu: (walk, ...rest) => walk.list(...rest),
  pre: (walk, ...rest) => walk.preformatted(...rest),
  table: (walk, ...rest) => walk.table(...rest),
};
