/** A mail's plain text as HTML: quotes as quotes, the signature apart, links to click. Pure; takes time in proportion to the text. */
import { escape, made, type Html } from './markup.js';
import { parseUrl } from '../url.js';

/** Deeper quotes are shown at this depth. */
const DEEPEST = 8;
const LINK = /https?:\/\/[^\s<>"]+/g;
const AFTER_LINK = /[.,;:!?'*_)\]}]+$/;
const LONGEST_LINK = 2_000;

export function plainBody(text: string): Html {
  const out: string[] = [];
  let depth = 0;
  let signed = false;
  for (const line of text.split('\n')) {
    const quoted = quoteOf(line);
    for (; depth < quoted.depth; depth++) out.push('<blockquote>');
    for (; depth > quoted.depth; depth--) out.push('</blockquote>');
    if (!signed && /^-- ?$/.test(line)) {
      signed = true;
      out.push('<div class="signature">');
    }
    out.push(`${withLinks(quoted.text)}\n`);
  }
  out.push('</blockquote>'.repeat(depth), signed ? '</div>' : '');
  return made(`<div class="plain">${out.join('')}</div>`);
}

function quoteOf(line: string): { depth: number; text: string } {
  const marks = /^(?:> ?){1,40}/.exec(line)?.[0] ?? '';
  return { depth: Math.min(marks.split('>').length - 1, DEEPEST), text: line.slice(marks.length) };
}

function withLinks(line: string): string {
  let out = '';
  let at = 0;
  for (const { 0: found, index } of line.matchAll(LINK)) {
    const words = withoutTail(found);
    const url = words.length > LONGEST_LINK ? undefined : parseUrl(words);
    if (url === undefined) continue;
    out += `${escape(line.slice(at, index))}<a href="${escape(url.href)}" target="_blank" rel="noopener noreferrer nofollow">${escape(words)}</a>`;
    at = index + words.length;
  }
  return out + escape(line.slice(at));
}

/** A bracket at its end belongs to it where it was opened in it. */
function withoutTail(url: string): string {
  const tail = AFTER_LINK.exec(url.slice(-20))?.[0] ?? '';
  const bare = url.slice(0, url.length - tail.length);
  return tail.startsWith(')') && bare.includes('(') ? `${bare})` : bare;
}
