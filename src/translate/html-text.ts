/** HTML of a mail as text a chat reader can read: links, lists, tables, quotes, and emphasis as Message Styling (XEP-0393). */
import { withoutMarks } from './line-marks.js';
import { bareHtmlText } from './mail-html-bare.js';
import { resolveStyles } from './mail-html-styling.js';
import { parseHtml } from './mail-html-tree.js';
import { linesOf } from './mail-html-walk.js';
import { bodyText } from './mail-text.js';

/**
 * Readable text of an HTML body: links with their target, lists, tables, quotes with `>`, emphasis where its styling is
 * valid; images by their words; nothing of what is hidden. What holds too much to be laid out is its text without tags:
 * nothing is left out. Takes 0.2 s at most for half a megabyte. Never throws.
 */
export function htmlToPlain(html: string): string {
  return withoutMarks(htmlToMarked(html));
}

/** The same, its lines marked (line-marks.ts) where the mail's program told history and signature. For `cutReply`. */
export function htmlToMarked(html: string): string {
  const source = withoutMarks(html);
  const root = parseHtml(source);
  return tidy(root === undefined ? bareHtmlText(source) : linesOf(root).map(resolveStyles).join('\n'));
}

function tidy(text: string): string {
  return bodyText(text)
    .replace(/\u00a0/g, ' ')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}
