/**
 * Chat users as contacts at our own domain (docs/design.md "Addresses"): `romeo@GATEWAY` is romeo of the home server. In
 * `local%domain@GATEWAY` a mail address is meant, unless the domain is one of those whose chat users the administrator lets in.
 */
import type { GatewayNames, Jid, MailAddress } from '../address.js';
import { Failure, isFailure } from '../failure.js';
import { asciiDomain, sameDomain, unicodeDomain } from './domain.js';
import { escapeLocalpart, unescapeLocalpart } from './escaping.js';
import { isStableLocalpart } from './jid.js';
import { mailOfContact, mailOfUser } from './mapping.js';
import { isNumber, mailOfPhoneNumber, phoneNumberOf } from './phone-number.js';

const NO_CONTACT = Failure.permanent('bad-address', 'This chat user cannot be written as a contact.');

/** The chat user (bare JID) for whom a contact stands; undefined when it stands for a mail address, or for nobody. */
export function userOfContact(contact: Jid, gateway: GatewayNames): Jid | undefined {
  if (contact.local === '' || !sameDomain(contact.domain, gateway.domain)) return undefined;
  const plain = unescapeLocalpart(contact.local);
  const at = plain.lastIndexOf(plain.includes('@') ? '@' : '%');
  const user = at < 0 ? homeUser(contact.local, gateway) : userElsewhere(plain.slice(0, at), plain.slice(at + 1), gateway);
  return user === undefined || isFailure(mailOfUser(user, gateway)) ? undefined : user;
}

/** The contact (bare JID) by which other chat users see this one. Fails where no contact would stand for this user. */
export function contactOfUser(user: Jid, gateway: GatewayNames): Jid | Failure {
  const local = sameDomain(user.domain, gateway.home) ? user.local : `${user.local}${gateway.separator}${asciiDomain(user.domain) ?? ''}`;
  const contact: Jid = { kind: 'jid', local, domain: gateway.domain, resource: '' };
  const back = userOfContact(contact, gateway);
  return back?.local === user.local && sameDomain(back.domain, user.domain) ? contact : NO_CONTACT;
}

/** Whom a contact stands for: a mail address, or a chat user or a telephone number by the mail address that it has here. */
export function addresseeOf(contact: Jid, gateway: GatewayNames): MailAddress | Failure {
  const number = phoneNumberOf(contact, gateway);
  if (number !== undefined) return mailOfPhoneNumber(number, gateway);
  const user = userOfContact(contact, gateway);
  return user === undefined ? mailOfContact(contact, gateway) : mailOfUser(user, gateway);
}

function homeUser(local: string, gateway: GatewayNames): Jid | undefined {
  const { home } = gateway;
  return isStableLocalpart(local) && !isNumber(local, gateway) ? { kind: 'jid', local, domain: unicodeDomain(home) ?? home, resource: '' } : undefined;
}

function userElsewhere(plain: string, host: string, gateway: GatewayNames): Jid | undefined {
  const domain = unicodeDomain(host);
  if (domain === undefined || gateway.peers?.some((peer) => sameDomain(peer, domain)) !== true) return undefined;
  const local = escapeLocalpart(plain.toLowerCase());
  return isStableLocalpart(local) ? { kind: 'jid', local, domain, resource: '' } : undefined;
}
