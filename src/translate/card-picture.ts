/** The picture on a contact card (vCard 2.1, 3.0, RFC 6350). Pure. */
import { formatMailAddress, type MailAddress } from '../address.js';
import { pictureOf, type GivenPicture } from './picture.js';

const EMAIL = /^(?:[\w-]+\.)?EMAIL(?:;[^:\n]*)?:(.*)$/gim;
const PHOTO = /^(?:[\w-]+\.)?PHOTO((?:;[^:\n]*)?):(.*)$/im;

/** Only of a card that names the person's own address: anybody's card may be attached. @param card LF line ends */
export function pictureOnCard(card: string, owner: MailAddress): GivenPicture | undefined {
  const lines = card.replace(/\n[ \t]/g, '');
  const own = formatMailAddress(owner).toLowerCase();
  if (![...lines.matchAll(EMAIL)].some(([, address = '']) => address.trim().replace(/^mailto:/i, '').toLowerCase() === own)) return undefined;
  const [, parameters = '', value = ''] = PHOTO.exec(lines) ?? [];
  const encoded = /^data:image\/[\w.+-]+;base64,(.*)$/i.exec(value.trim())?.[1] ?? (/;(?:ENCODING=)?(?:b|BASE64)(?:;|$)/i.test(parameters) ? value : '');
  const text = encoded.replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]+=*$/.test(text) ? pictureOf(Buffer.from(text, 'base64')) : undefined;
}
