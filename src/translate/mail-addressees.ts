/** To and Cc of a mail (RFC 5322 §3.6.3) as parsed addresses. A Bcc field is never read. */
import { parseMailAddress, type MailAddress } from '../address.js';
import { addressKey, MOST_ADDRESSEES, onlyThose } from '../addressees.js';
import { isFailure } from '../failure.js';
import type { Addressee, Addressees } from '../message.js';
import { displayName } from './display-name.js';
import type { HeaderAddress, ParsedMail } from './mail-types.js';

/**
 * Without the author; what is no address by our grammar is left out. At most 100.
 * @param recipient the envelope's, when it has one only
 * @returns undefined when nobody is addressed but the author and that recipient
 */
export function addresseesOf({ to, cc }: Pick<ParsedMail, 'to' | 'cc'>, author: MailAddress, recipient: MailAddress | undefined): Addressees | undefined {
  const given = { to: to.slice(0, MOST_ADDRESSEES).flatMap(addressee), cc: cc.slice(0, MOST_ADDRESSEES).flatMap(addressee) };
  const all = onlyThose(given, ({ address }) => addressKey(address) !== addressKey(author));
  const most = { to: all.to, cc: all.cc.slice(0, MOST_ADDRESSEES - all.to.length) };
  const alone = recipient && addressKey(recipient);
  return [...most.to, ...most.cc].some(({ address }) => addressKey(address) !== alone) ? most : undefined;
}

function addressee({ name, address: text }: HeaderAddress): Addressee[] {
  const address = parseMailAddress(text);
  if (isFailure(address)) return [];
  const shown = displayName(name);
  return [shown === undefined ? { address } : { address, name: shown }];
}
