/** HTML of a mail as text a chat reader can read. */
import { convert, type HtmlToTextOptions } from 'html-to-text';
import { bareHtmlText, isDeep } from './mail-html-bare.js';

const OPTIONS: HtmlToTextOptions = {
  wordwrap: false,
  limits: { maxInputLength: 1024 * 1024, maxDepth: 100, maxChildNodes: 5000, ellipsis: '…' },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true, linkBrackets: [' <', '>'] } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'ul', options: { itemPrefix: ' • ' } },
    { selector: 'p', options: { leadingLineBreaks: 2, trailingLineBreaks: 2 } },
    { selector: 'blockquote', options: { trimEmptyLines: true } },
  ],
};

/**
 * Readable text of an HTML body: links with their target, lists, quotes with `>`; no images. What is nested too deep for
 * the parser, which takes quadratic time for depth, is its text without tags. Never throws.
 */
export function htmlToPlain(html: string): string {
  if (isDeep(html)) return tidy(bareHtmlText(html));
  try {
    return tidy(convert(html, OPTIONS));
  } catch {
    return tidy(bareHtmlText(html)); // unreadable for the parser
  }
}

function tidy(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\u00a0/g, ' ')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}
