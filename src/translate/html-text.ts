/** HTML of a mail as text a chat reader can read. */
import { convert, type HtmlToTextOptions } from 'html-to-text';
import { bareHtmlText, isTooMuch } from './mail-html-bare.js';
import { bodyText } from './mail-text.js';

/** What the converter puts where it leaves something out; a noncharacter, so that no mail has it. */
const LEFT_OUT = '\ufdd0';

const OPTIONS: HtmlToTextOptions = {
  wordwrap: false,
  limits: { maxInputLength: 1024 * 1024, maxDepth: 1000, ellipsis: LEFT_OUT },
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
 * Readable text of an HTML body: links with their target, lists, quotes with `>`; no images. What holds too much for the
 * converter, which takes a long time for many elements and quadratic time for depth, is its text without tags: nothing
 * is left out. Takes 0.2 s at most for half a megabyte. Never throws.
 */
export function htmlToPlain(html: string): string {
  return tidy((isTooMuch(html) ? undefined : converted(html)) ?? bareHtmlText(html));
}

/** Undefined when the converter cannot read it, or would leave something out. */
function converted(html: string): string | undefined {
  try {
    const text = convert(html, OPTIONS);
    return text.includes(LEFT_OUT) ? undefined : text;
  } catch {
    return undefined; // unreadable for the parser
  }
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
