/** What a mail tells of its author, for those who see the author as a contact. */
import { displayName } from './display-name.js';
import type { ParsedMail } from './mail-types.js';
import { faceOf, type GivenPicture } from './picture.js';

export interface MailAuthor {
  readonly name?: string;
  readonly picture?: GivenPicture;
}

/** Nothing in it is believed by itself: only a mail whose author is proven may tell of him. */
export function authorOf({ headers, from }: Pick<ParsedMail, 'headers' | 'from'>): MailAuthor {
  const name = displayName(from[0]?.name);
  const picture = faceOf(headers.first('face'));
  return { ...(name !== undefined && { name }), ...(picture !== undefined && { picture }) };
}
