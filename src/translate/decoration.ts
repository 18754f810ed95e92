/** Which attachments are no files to their reader: small pictures within the HTML, such as icons and lines; what signs the mail. */
import type { Attachment } from '../message.js';
import type { ParsedMail } from './mail-types.js';

/** Bytes. A picture that somebody took or drew has more, and what has more is shown, be it a logo. */
const SMALL = 2_048;

/** What signs a mail, as mail programs call it; the signature of a file has that file's name. */
const SIGNATURE_TYPE = /^application\/(?:pgp-signature|(?:x-)?pkcs7-signature)$/;
const SIGNATURE_NAME = /^(?:(?:openpgp_(?:digital_)?)?signature\.asc|pgp\.sig|smime\.p7s|attachment-\d+)$/i;

/** The attachments without those; they stay in the original, and on its page. All of them where the mail has no words. */
export function withoutDecoration({ attachments, contentIds, bodies }: ParsedMail, text: string): readonly Attachment[] {
  if (text === '') return attachments;
  const inHtml = (id: string): boolean => bodies.some(({ html }) => html?.includes(`cid:${id}`));
  const within = new Set([...contentIds].flatMap(([id, at]) => (inHtml(id) ? [at] : [])));
  const isDrawn = ({ type, size }: Attachment, at: number): boolean => type.startsWith('image/') && size >= 0 && size < SMALL && within.has(at);
  return attachments.filter((file, at) => !isDrawn(file, at) && !(SIGNATURE_TYPE.test(file.type) && SIGNATURE_NAME.test(file.name)));
}
