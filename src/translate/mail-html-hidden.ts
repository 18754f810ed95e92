/** What of HTML a reader of the mail does not see, or sees nothing in. */
import type { HtmlElement } from './mail-html-tree.js';

const NEVER_SHOWN = new Set('style script head title template noscript object iframe select textarea audio video canvas map svg math'.split(' '));
const HIDING = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$))/i;
const NO_HEIGHT = /(?:^|;)\s*(?:max-)?height\s*:\s*0(?:px)?\s*(?:;|!|$)/i;
const CLIPPED = /(?:^|;)\s*overflow(?:-y)?\s*:\s*hidden/i;
const NO_SIZE = /(?:^|;)\s*font-size\s*:\s*0(?:px|pt)?\s*(?:;|!|$)/i;
const STYLE_LIMIT = 2_000;

/**
 * The first lines of newsletters, which only the list of mails shows, are hidden so. A size of 0 hides text alone: around
 * elements it is how layouts close gaps. `mso-hide` hides from Outlook what all others show.
 */
export function isHidden({ name, attributes, children }: HtmlElement): boolean {
  if (NEVER_SHOWN.has(name) || attributes.hidden !== undefined) return true;
  const style = attributes.style;
  if (style === undefined || style.length > STYLE_LIMIT) return false;
  return HIDING.test(style) || (NO_HEIGHT.test(style) && CLIPPED.test(style)) || (NO_SIZE.test(style) && children.every((child) => typeof child === 'string'));
}

// eslint-disable-next-line no-misleading-character-class -- each is looked for by itself
const INVISIBLE = /[\u00ad\u034f\u061c\u115f\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff\ufdd0-\ufdef]/g;
const SPACES = /(?:\u200c|\u200d|[\u2007\u00a0 \t\r\n]){2,}/g;

/** Without the characters that show nothing, and the runs of them by which a preview is filled up. A joiner inside a word or emoji stays. */
export function visibleText(text: string): string {
  return text.replace(INVISIBLE, '').replace(SPACES, (run) => (/\u200c|\u200d|\u2007/.test(run) ? ' ' : run));
}

const EMPTY_WORDS = new Set('image img picture photo logo icon spacer pixel blank banner header footer placeholder divider line'.split(' '));
const FILE_NAME = /^[\w\s().-]{1,100}\.(?:png|jpe?g|gif|webp|svg|bmp)$/i;

/** What an image says in words; empty where it says nothing, or is there to count readers. */
export function alternativeOf({ attributes: { alt = '', width, height } }: HtmlElement): string {
  const words = visibleText(alt).replace(/\s+/g, ' ').trim();
  if (words.length > 300 || isTiny(width) || isTiny(height) || FILE_NAME.test(words)) return '';
  return EMPTY_WORDS.has(words.toLowerCase()) || /^(?:Inline image|Image removed|image\d*)\b/i.test(words) ? '' : words;
}

function isTiny(length: string | undefined): boolean {
  return length !== undefined && /^\s*[0-3](?:px)?\s*$/.test(length);
}
