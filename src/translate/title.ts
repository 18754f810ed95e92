/** The subject that a person would give to a text, from its first words. */
import { isGreeting } from '../greeting.js';
import { parseUrl } from '../url.js';
import { cutText, displayText } from './mail-text.js';
import { spansOf, type Span } from './styling-spans.js';
import { linksIn, type Piece } from './text-links.js';

/** A title is at most this long, in UTF-16 units. */
const LIMIT = 60;
/** Of the text, so much is looked at. */
const LOOKED_AT = 4_000;
/** A first sentence shorter than this says too little alone. */
const SHORTEST_SENTENCE = 10;
/**
 * The first line that says something: no quotation, no code, no greeting; as a reader sees it, without styling, links by their
 * host; its first sentence, or cut between words. What is only a link or code is called that. Empty for a text without words.
 */
export function titleOf(text: string): string {
  const lines = plainLines(text.slice(0, LOOKED_AT));
  const said = lines.filter((line) => !isOnlyLink(line)).map(readable).filter((line) => /[\p{L}\p{N}]/u.test(line));
  const first = said.find((line) => !isGreeting(line)) ?? said[0];
  if (first !== undefined) return shortTitle(first);
  const [link] = lines.flatMap((line) => linksIn(line)).filter(({ href }) => href !== undefined);
  if (link !== undefined) return displayText(`Link: ${hostOf(link)}`, LIMIT);
  if (text.startsWith('```')) return 'Code';
  return displayText(lines.join(' '), LIMIT);
}

/** Neither quoted nor code. */
function plainLines(text: string): string[] {
  let isCode = false;
  return text.split('\n').filter((line) => {
    const isFence = isCode ? line === '```' : line.startsWith('```');
    if (isFence) isCode = !isCode;
    return !isFence && !isCode && line.trim() !== '' && !line.trimStart().startsWith('>');
  });
}

function isOnlyLink(line: string): boolean {
  const pieces = linksIn(line);
  return pieces.some(({ href }) => href !== undefined) && pieces.every(({ words, href }) => href !== undefined || !/[\p{L}\p{N}]/u.test(words));
}

function readable(line: string): string {
  const shown = linksIn(line).map((piece) => (piece.href === undefined ? piece.words : hostOf(piece))).join('');
  return displayText(wordsIn(spansOf(shown)), LOOKED_AT).replace(/\s+/g, ' ');
}

function wordsIn(spans: readonly Span[]): string {
  return spans.map((span) => ('text' in span ? span.text : wordsIn(span.spans))).join('');
}

function hostOf({ words, href = '' }: Piece): string {
  const url = /^https?:/i.test(href) ? parseUrl(href) : undefined;
  return url === undefined ? words.replace(/^\w+:/, '').replace(/\?.*$/, '') : url.hostname.replace(/^www\./, '');
}

function shortTitle(line: string): string {
  if (line.length <= LIMIT) return trimmed(line);
  const cut = cutText(line, LIMIT);
  const sentence = /^.*?[.!?。！？](?=\s|(?<=[。！？]))/u.exec(cut)?.[0] ?? '';
  if (sentence.length >= SHORTEST_SENTENCE) return trimmed(sentence);
  const space = cut.lastIndexOf(' ');
  return `${trimmed(space > LIMIT / 2 ? cut.slice(0, space) : cut)}…`;
}

/** Without the punctuation at its end that a title does not have, and with one mark of several. */
function trimmed(line: string): string {
  return line.slice(0, LIMIT).replace(/([!?！？])[!?！？]+/g, '$1').replace(/(?<![\s.,;:…–—-])[\s.,;:…–—-]+$/u, '');
}
