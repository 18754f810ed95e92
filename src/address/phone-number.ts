/** Telephone numbers as E.164 has them: a plus, the country code, and the number within the country. */
import type { GatewayNames, Jid, MailAddress, PhoneNumber } from '../address.js';
import { Failure } from '../failure.js';
import { sameDomain } from './domain.js';

/** E.164 §6: at most 15 digits; no country code begins with 0. Fewer than 7 are no number that can be reached from abroad. */
const E164 = /^\+[1-9]\d{6,14}$/;
/** What people put between the digits, as RFC 3966 §5.1.1 and as typed on paper. */
const BETWEEN = /[\s().\-/\u00a0\u2010\u2011\u2013]/g;
const LONGEST_TYPED = 40;

const NO_NUMBER = Failure.permanent('bad-address', 'This is not a phone number that we can use: write it with + and the country code, such as +1 555 123 4567.');
const TRUNK = Failure.permanent('bad-address', 'Please leave out the (0): it is not dialled behind a country code.');

/**
 * As people type it. A number without its plus is refused, also behind 00 or 011: which of them means "abroad" depends on where it is
 * dialled, and a wrong guess is somebody else's phone. Digits of other scripts are refused.
 */
export function parsePhoneNumber(text: string): PhoneNumber | Failure {
  if (text.length > LONGEST_TYPED) return NO_NUMBER;
  if (/\(\s*0\s*\)/.test(text)) return TRUNK;
  const plain = text.replace(BETWEEN, '');
  return E164.test(plain) ? { kind: 'phone', digits: plain.slice(1) } : NO_NUMBER;
}

/** `+15551234567`. */
export function formatPhoneNumber({ digits }: PhoneNumber): string {
  return `+${digits}`;
}

/** The number that an address at our own domain stands for, written as `formatPhoneNumber` does; undefined where numbers are not served. */
export function phoneNumberOf(address: MailAddress | Jid, gateway: GatewayNames): PhoneNumber | undefined {
  return isNumber(address.local, gateway) && sameDomain(address.domain, gateway.domain) ? { kind: 'phone', digits: address.local.slice(1) } : undefined;
}

/** The mail address that stands for a number here. */
export function mailOfPhoneNumber(number: PhoneNumber, { domain }: GatewayNames): MailAddress {
  return { kind: 'mail', local: formatPhoneNumber(number), domain };
}

/** A name at our domain that stands for a number, and so for no chat user of that name. */
export function isNumber(local: string, { phones }: GatewayNames): boolean {
  return phones === true && E164.test(local);
}
