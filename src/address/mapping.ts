/**
 * Mail addresses as chat contacts, chat users as mail addresses (docs/design.md "Addresses"). A function that makes an
 * address gives it only when its counterpart reads it back as the same: no two addresses ever share one.
 */
import type { GatewayNames, Jid, MailAddress } from '../address.js';
import { Failure } from '../failure.js';
import { isAscii } from './characters.js';
import { asciiDomain, sameDomain, unicodeDomain } from './domain.js';
import { escapeLocalpart, unescapeLocalpart } from './escaping.js';
import { isStableLocalpart } from './jid.js';
import { makeMailAddress } from './mail-address.js';
import { isNumber } from './phone-number.js';

const unknown = (text: string): Failure => Failure.permanent('no-such-recipient', text);
const NO_CONTACT = 'This mail address cannot be written as a chat address.';
const NO_MAIL_ADDRESS = 'This is not the chat address of a mail address; write it as name%mail.domain@gateway.';
const OWN_DOMAIN = 'This address belongs to the gateway itself.';
const NO_USER = 'There is no such chat user.';
const UNREACHABLE_USER = 'This chat address cannot be written as a mail address.';

/** RFC 5321 §2.4: the case of a local part is kept where it can be; a localpart has none. */
export function contactOf(address: MailAddress, gateway: GatewayNames): Jid | Failure {
  if (sameDomain(address.domain, gateway.domain)) return unknown(OWN_DOMAIN);
  const plain = address.local.toLowerCase();
  const local = escapeLocalpart(plain) + gateway.separator + address.domain;
  if (!isUnfolded(address.local) || !isStableLocalpart(local)) return Failure.permanent('bad-address', NO_CONTACT);
  return { kind: 'jid', local, domain: gateway.domain, resource: '' };
}

/** The user, the domain and the separator as anyone may have written them; `@` (or `\40`) goes before `%`. */
export function mailOfContact(contact: Jid, gateway: GatewayNames): MailAddress | Failure {
  if (!sameDomain(contact.domain, gateway.domain)) return unknown(NO_MAIL_ADDRESS);
  const plain = unescapeLocalpart(contact.local);
  const parts = divide(plain, plain.includes('@') ? '@' : '%');
  const address = parts === undefined ? undefined : makeMailAddress(parts.local, parts.domain);
  if (address === undefined || address instanceof Failure) return unknown(NO_MAIL_ADDRESS);
  const canonical = contactOf(address, gateway);
  return canonical instanceof Failure ? unknown(canonical.text) : address;
}

export function mailOfUser(user: Jid, gateway: GatewayNames): MailAddress | Failure {
  const plain = unescapeLocalpart(user.local);
  const domain = asciiDomain(user.domain);
  const short = sameDomain(user.domain, gateway.home) && !plain.includes('%') && !isNumber(plain, gateway);
  const address = domain === undefined ? undefined : makeMailAddress(short ? plain : `${plain}%${domain}`, gateway.domain);
  if (address === undefined || address instanceof Failure) return Failure.permanent('bad-address', UNREACHABLE_USER);
  const back = userOfMail(address, gateway);
  const same = !(back instanceof Failure) && back.local === user.local && sameDomain(back.domain, user.domain);
  return same ? address : Failure.permanent('bad-address', UNREACHABLE_USER);
}

/** In a mail address a backslash is only a backslash: `joe\40x` is nobody's escape. */
export function userOfMail(address: MailAddress, gateway: GatewayNames): Jid | Failure {
  if (!sameDomain(address.domain, gateway.domain)) return Failure.permanent('not-allowed', 'This gateway does not relay mail.');
  if (isNumber(address.local, gateway)) return unknown(NO_USER);
  const parts = divide(address.local, '%') ?? { local: address.local, domain: gateway.home };
  const domain = unicodeDomain(parts.domain);
  if (domain === undefined) return unknown(NO_USER);
  if (sameDomain(domain, gateway.domain)) return Failure.permanent('no-such-recipient', OWN_DOMAIN);
  const local = escapeLocalpart(parts.local.toLowerCase());
  if (!isUnfolded(parts.local) || !isStableLocalpart(local)) return unknown(NO_USER);
  return { kind: 'jid', local, domain, resource: '' };
}

/** At the last separator; undefined when there is none. */
function divide(text: string, separator: string): { local: string; domain: string } | undefined {
  const at = text.lastIndexOf(separator);
  return at < 0 ? undefined : { local: text.slice(0, at), domain: text.slice(at + 1) };
}

/** Before case folding: the Kelvin sign lower-cases to `k`, and would make one mailbox pass for another. */
function isUnfolded(local: string): boolean {
  return isAscii(local) || local.normalize('NFKC') === local;
}
