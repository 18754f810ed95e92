/** HTML as a tree that is small enough to be walked. */
import { Parser } from 'htmlparser2';
import { withoutMarks } from './line-marks.js';

/** A mail that a program wrote for people has tables in tables some thirty deep. */
const DEPTH_LIMIT = 200;
/** Some hundred times what a long newsletter has. */
const ELEMENT_LIMIT = 150_000;
/** UTF-16 units after which the limits are looked at: the parser's own time grows with the depth that it lets in. */
const PIECE = 4_096;

export interface HtmlElement {
  /** Lower-case. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: HtmlNode[];
}

export type HtmlNode = string | HtmlElement;

/** Undefined when it is nested deeper than 200 or has more than 150,000 elements. Comments are left out. Never throws. */
export function parseHtml(html: string): HtmlElement | undefined {
  const root: HtmlElement = { name: '', attributes: {}, children: [] };
  const open = [root];
  let elements = 0;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        const element = { name, attributes, children: [] };
        open.at(-1)?.children.push(element);
        open.push(element);
        elements++;
      },
      onclosetag: () => open.pop(),
      ontext: (text) => addText(open.at(-1)?.children ?? [], withoutMarks(text)), // an entity may spell one
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  for (let at = 0; at < html.length; at += PIECE) {
    parser.write(html.slice(at, at + PIECE));
    if (open.length > DEPTH_LIMIT || elements > ELEMENT_LIMIT) return undefined;
  }
  parser.end();
  return root;
}

/** The parser tells a text in pieces. */
function addText(children: HtmlNode[], text: string): void {
  const last = children.at(-1);
  if (typeof last === 'string') children[children.length - 1] = last + text;
  else children.push(text);
}

/** All elements inside, the element itself not, in their order. */
export function* elementsIn(element: HtmlElement): Generator<HtmlElement> {
  for (const child of element.children) {
    if (typeof child === 'string') continue;
    yield child;
    yield* elementsIn(child);
  }
}

/** The characters inside, at most about `most` of them. */
export function textIn(element: HtmlElement, most: number): string {
  let text = '';
  for (const child of element.children) {
    if (text.length > most) return text;
    text += typeof child === 'string' ? child : textIn(child, most - text.length);
  }
  return text;
}
