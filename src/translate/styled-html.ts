/**
 * Styled chat text as the HTML part of a mail. Only what every mail program shows: old elements and inline styles (Outlook lays
 * out with Word, Gmail drops style sheets), spaces as no-break spaces, a direction for each line by its own letters.
 */
import { linksIn } from './text-links.js';
import type { Block } from './styling.js';
import type { Emphasis, Span } from './styling-spans.js';

const MONOSPACE = 'font-family:Consolas,Menlo,monospace';
const ELEMENTS: Readonly<Record<Emphasis, string>> = { strong: 'b', emphasis: 'i', strike: 's' };
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A whole document. Every character of foreign text is escaped. LF line ends. */
export function htmlOf(blocks: readonly Block[]): string {
  return `<!DOCTYPE html>\n<html>\n<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>\n<body>\n${blocksHtml(blocks)}</body>\n</html>\n`;
}

/** Whether the HTML says more than the text: something is styled, or can be clicked. */
export function saysMore(blocks: readonly Block[]): boolean {
  return blocks.some((block) => block.kind !== 'line' || block.spans.some((span) => span.kind !== 'text' || linksIn(span.text).some(({ href }) => href !== undefined)));
}

function blocksHtml(blocks: readonly Block[]): string {
  return blocks.map((block) => `${blockHtml(block)}\n`).join('');
}

function blockHtml(block: Block): string {
  if (block.kind === 'quote') return `<blockquote type="cite" style="margin:0 0 0 4px;padding-left:10px;border-left:2px solid #bbbbbb;color:#555555">\n${blocksHtml(block.blocks)}</blockquote>`;
  if (block.kind === 'code') {
    // A parser drops a line end right behind the tag.
    return `<pre dir="ltr" style="margin:6px 0;padding:6px 8px;background-color:#f3f3f3;${MONOSPACE};white-space:pre-wrap">\n${escaped(block.lines.join('\n'))}</pre>`;
  }
  return `<div dir="auto">${block.spans.length === 0 ? '<br>' : spansHtml(block.spans).replace(/^ /, '&nbsp;')}</div>`;
}

function spansHtml(spans: readonly Span[]): string {
  return spans.map(spanHtml).join('');
}

function spanHtml(span: Span): string {
  if (span.kind === 'text') return linked(span.text);
  if (span.kind === 'code') return `<code style="background-color:#f3f3f3;${MONOSPACE}">${spaced(escaped(span.text))}</code>`;
  const element = ELEMENTS[span.kind];
  return `<${element}>${spansHtml(span.spans)}</${element}>`;
}

function linked(text: string): string {
  return linksIn(text)
    .map(({ words, href }) => (href === undefined ? spaced(escaped(words)) : `<a href="${escaped(href)}">${escaped(words)}</a>`))
    .join('');
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** Of several spaces all but the last would not be shown, nor one at the beginning of a line. */
function spaced(html: string): string {
  return html.replace(/\t/g, '    ').replace(/ (?= )/g, '&nbsp;');
}
