/** Addresses for tests, from text that must be one. */
import { parseJid, parseMailAddress, type Jid, type MailAddress } from '../../src/address.js';
import { isFailure } from '../../src/failure.js';

export function mail(text: string): MailAddress {
  const parsed = parseMailAddress(text);
  if (isFailure(parsed)) throw new Error(`${text}: ${parsed.text}`);
  return parsed;
}

export function jid(text: string): Jid {
  const parsed = parseJid(text);
  if (isFailure(parsed)) throw new Error(`${text}: ${parsed.text}`);
  return parsed;
}
