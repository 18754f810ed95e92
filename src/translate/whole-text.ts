/** A mail whole, for somebody who asks for what was cut: every text of it, quotes and signature included. */
import { withoutMarks } from './line-marks.js';
import type { ParsedMail } from './mail-types.js';
import { plainFirst } from './reader-text.js';

/** LF line ends; attachments are named in a line each. */
export function wholeText({ bodies, attachments }: ParsedMail): string {
  const texts = bodies.map((body) => withoutMarks(plainFirst(body)));
  const files = attachments.map(({ name, type }) => `[file: ${name}, ${type}]`);
  return [...texts, ...files].filter((text) => text.trim() !== '').join('\n\n');
}
