/** Which attachments are no files to their reader: small pictures within the HTML, such as icons of a signature and lines. */
import type { Attachment } from '../message.js';
import type { ParsedMail } from './mail-types.js';

/** Bytes. A picture that somebody took or drew has more, and what has more is shown, be it a logo. */
const SMALL = 2_048;

/** The attachments without those; they stay in the original, and on its page. All of them where the mail has no words. */
export function withoutDecoration({ attachments, contentIds, bodies }: ParsedMail, text: string): readonly Attachment[] {
  if (text === '' || contentIds.size === 0) return attachments;
  const inHtml = (id: string): boolean => bodies.some(({ html }) => html?.includes(`cid:${id}`));
  const within = new Set([...contentIds].flatMap(([id, at]) => (inHtml(id) ? [at] : [])));
  return attachments.filter(({ type, size }, at) => !(type.startsWith('image/') && size >= 0 && size < SMALL && within.has(at)));
}
