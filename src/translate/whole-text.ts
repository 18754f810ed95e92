/** A mail whole, for somebody who asks for what was cut: every text of it, quotes and signature included. */
import type { ParsedMail } from './mail-types.js';
import { textsOf } from './reader-text.js';

/** LF line ends; attachments are named in a line each. */
export function wholeText(mail: ParsedMail): string {
  const files = mail.attachments.map(({ name, type }) => `[file: ${name}, ${type}]`);
  return [...textsOf(mail), ...files].filter((text) => text.trim() !== '').join('\n\n');
}
