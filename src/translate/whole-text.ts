/** A mail whole, for somebody who asks for what was cut: every text of it, quotes and signature included. */
import { htmlToPlain } from './html-text.js';
import type { ParsedMail } from './mail-types.js';

/** LF line ends; attachments are named in a line each. */
export function wholeText({ bodies, attachments }: ParsedMail): string {
  const texts = bodies.map(({ plain, html }) => plain ?? (html === undefined ? '' : htmlToPlain(html)));
  const files = attachments.map(({ name, type }) => `[file: ${name}, ${type}]`);
  return [...texts, ...files].filter((text) => text.trim() !== '').join('\n\n');
}
