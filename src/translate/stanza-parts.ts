/** A text as one stanza, or as several that say which they are when it is too long for one. */
import type { Element } from '@xmpp/xml';
import { Failure } from '../failure.js';
import { splitText } from './split-text.js';

/** A text in more parts than this is refused: it would bury the conversation. */
const MOST_PARTS = 50;
/** Bytes that a UTF-16 unit takes on the wire, at most (`&quot;`): what surely fits need not be measured. */
const MOST_OCTETS = 6;
/** Bytes kept free for `(12/34)`, its line end, and the part's number in two ids. */
const RESERVED = 64;

/**
 * @param maxBytes largest serialised stanza; at least 8,192
 * @param make the stanza of one part; apart from the text, that of part 0 is the largest
 * @returns a permanent failure `too-large` when the text needs more than 50 stanzas, or finds no room beside the rest
 */
export function inParts(text: string, maxBytes: number, make: (part: string, index: number, count: number) => Element): Element[] | Failure {
  const whole = make(text, 0, 1);
  if (unitsOf(whole) * MOST_OCTETS <= maxBytes) return [whole];
  const most = maxBytes - Buffer.byteLength(make('', 0, 1).toString()) - RESERVED;
  if (most < RESERVED) return Failure.permanent('too-large', 'The message does not fit into a chat message.');
  const parts = splitText(text, most);
  if (parts.length > MOST_PARTS) return Failure.permanent('too-large', 'The text is too long for a chat.');
  return parts.map((part, index) => make(numbered(part, index, parts.length), index, parts.length));
}

function numbered(part: string, index: number, count: number): string {
  return partLine(index, count) + part;
}

/** A part says which it is, in a line of its own; the only one says nothing. */
export function partLine(index: number, count: number): string {
  return count === 1 ? '' : `(${index + 1}/${count})\n`;
}

/** UTF-16 units of an element, markup included, before anything is escaped; never less than it has. */
function unitsOf(element: Element): number {
  let units = 2 * element.name.length + '<></>'.length;
  for (const [name, value] of Object.entries(element.attrs)) units += name.length + (value?.length ?? 0) + ' =""'.length;
  for (const child of element.children) units += typeof child === 'string' ? child.length : unitsOf(child);
  return units;
}
