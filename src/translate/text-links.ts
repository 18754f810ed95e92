/** Links in plain text. */
import { parseUrl } from '../url.js';

export interface Piece {
  readonly words: string;
  /** Where the words lead, when they are a link. */
  readonly href?: string;
}

/** Longer ones are text. */
const LONGEST = 2_000;
/** What can do no harm when it is clicked: no `javascript:`, `data:`, `file:`. Characters that reorder text end a link. */
const LINK = /(?<![\p{L}\p{N}])(?:https?:\/\/|mailto:|xmpp:)[^\s<>"`\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/giu;
/** What follows a link in a sentence. */
const AFTER = new Set(".,;:!?'’”»*_~");
const BRACKETS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** The text in pieces; joined, their words are the text. */
export function linksIn(text: string): Piece[] {
  const pieces: Piece[] = [];
  let plain = 0;
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const words = withoutRest(found);
    const href = hrefOf(words);
    if (href === undefined) continue;
    if (index > plain) pieces.push({ words: text.slice(plain, index) });
    pieces.push({ words, href });
    plain = index + words.length;
  }
  if (plain < text.length) pieces.push({ words: text.slice(plain) });
  return pieces;
}

/** A closing bracket belongs to the link only if one was opened in it. */
function withoutRest(found: string): string {
  let end = found.length;
  for (; end > 0; end--) {
    const last = found.charAt(end - 1);
    const opening = BRACKETS[last];
    if (opening === undefined ? !AFTER.has(last) : found.includes(opening)) break;
  }
  return found.slice(0, end);
}

function hrefOf(words: string): string | undefined {
  if (words.length > LONGEST) return undefined;
  const address = /^(?:mailto|xmpp):(.*)$/is.exec(words)?.[1];
  if (address !== undefined) return /^[^@/?]+@[^@/?]+/.test(address) ? words : undefined;
  return parseUrl(words) && words;
}
