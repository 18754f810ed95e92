/** What a mail tells of its author, for those who see the author as a contact. */
import type { MailAddress } from '../address.js';
import { pictureOnCard } from './card-picture.js';
import { displayName } from './display-name.js';
import type { ParsedMail } from './mail-types.js';
import { faceOf, type GivenPicture } from './picture.js';

export interface MailAuthor {
  readonly name?: string;
  readonly picture?: GivenPicture;
}

/** @param address the one that the From guard read. Nothing in it is believed by itself: only a mail whose author is proven may tell of him. */
export function authorOf({ headers, from, cards }: Pick<ParsedMail, 'headers' | 'from' | 'cards'>, address: MailAddress): MailAuthor {
  const name = displayName(from[0]?.name);
  const picture = faceOf(headers.first('face')) ?? cards.map((card) => pictureOnCard(card, address)).find((one) => one !== undefined);
  return { ...(name !== undefined && { name }), ...(picture !== undefined && { picture }) };
}
