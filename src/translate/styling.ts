/** Message Styling (XEP-0393 1.1): a text as blocks. Pure, never throws, linear in the text. */
import { spansOf, type Span } from './styling-spans.js';

export type Block =
  | { readonly kind: 'line'; readonly spans: readonly Span[] }
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] };

/** Quotes within quotes: deeper ones are text. */
const DEEPEST = 12;

/** @param text LF line ends */
export function blocksOf(text: string): Block[] {
  return blocksIn(text.split('\n'), 0);
}

/** §5.1: code between fences, to the end of its parent where none closes it; quotes; every other line by itself. */
function blocksIn(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const end = blockEnd(lines, at, depth);
    if (line.startsWith('```')) blocks.push({ kind: 'code', lines: lines.slice(at + 1, lines[end - 1] === '```' && end > at + 1 ? end - 1 : end) });
    else if (isQuote(line, depth)) blocks.push({ kind: 'quote', blocks: blocksIn(lines.slice(at, end).map(unquoted), depth + 1) });
    else blocks.push({ kind: 'line', spans: spansOf(line) });
    at = end;
  }
  return blocks;
}

/** Behind the last line of the block that begins here. */
function blockEnd(lines: readonly string[], start: number, depth: number): number {
  const line = lines[start] ?? '';
  let end = start + 1;
  if (line.startsWith('```')) {
    while (end < lines.length && lines[end] !== '```') end++;
    return Math.min(end + 1, lines.length);
  }
  if (isQuote(line, depth)) while (isQuote(lines[end], depth)) end++;
  return end;
}

function isQuote(line: string | undefined, depth: number): boolean {
  return depth < DEEPEST && line?.startsWith('>') === true;
}

/** §5.1.3: without spaces before another block; code keeps its indent. */
function unquoted(line: string): string {
  const content = line.slice(1);
  return /^[ \t]*(?:>|```)/.test(content) ? content.trimStart() : content.replace(/^[ \t]/, '');
}
