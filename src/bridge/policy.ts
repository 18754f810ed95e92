/** Who may write to whom: pure decisions on addresses, no protocol, no I/O. */
import { bareJid, formatAddress, formatBareJid, formatMailAddress, phoneNumberOf, sameDomain, userOfMail, type Address, type GatewayNames, type Jid, type MailAddress, type PhoneNumber } from '../address.js';
import type { Route } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { ReturnedTo } from '../message.js';

export interface AccessRules {
  readonly gateway: GatewayNames;
  /** Domains and bare JIDs whose users may write and be written to; empty: the home domain. */
  readonly allow: readonly string[];
  /** Is this user of another server, full or bare JID, registered? Then he may do what those of `allow` may. */
  readonly isRegistered: (user: Jid) => boolean;
  /** Has an administrator shut this address out, for everybody? */
  readonly isBlocked: (address: Address) => boolean;
  /** Whose telephone numbers are; absent where none are served (`GatewayNames.phones`). */
  readonly numbers?: {
    userOf(number: PhoneNumber): Jid | undefined;
    /** For a chat user who writes there. @param from full or bare JID */
    soughtBy(from: Jid, number: PhoneNumber): Jid | Failure;
  };
  /** Whose alias or own address this is; undefined for any other address. */
  readonly addressee: (address: MailAddress) => Addressed | undefined;
  /** Bare JIDs that read the mail to `postmaster` and `abuse` (RFC 5321 §4.5.1, RFC 2142). */
  readonly admins: readonly Jid[];
  /** The message that a return address speaks of (VERP), undefined for any other address. */
  readonly messageOfReturnAddress: (address: MailAddress) => ReturnedTo | undefined;
}

/** By a further address of his here. */
export interface Addressed {
  /** Bare JID. */
  readonly user: Jid;
  /** Chat users may write to it. */
  readonly isOpen: boolean;
  /** A user of the home domain has that name: who is meant, only mail tells. */
  readonly isContested: boolean;
}

/** One that a delivery is stored for. */
export type StoredRoute = Exclude<Route, { outlet: 'bounce' }>;

/** The others would be told whose it is. */
const NOT_AMONG_SEVERAL = Failure.permanent('not-supported', 'A phone number is written to alone.');
/** Of a telephone number; until SMS can be sent there, that is an end. */
export const NO_NUMBER = Failure.permanent('no-such-recipient', 'No chat user here has this phone number.');
const NO_CHAT_USER = Failure.permanent('no-such-recipient', 'There is no such chat user here.');
const CONTESTED = Failure.permanent('bad-address', 'Two users have this name. Write to one of them alone.');
const OPERATOR_MAILBOXES = new Set(['postmaster', 'abuse']);

/** Is this chat user one of ours? The XMPP server vouches for `user`. */
export function isAllowed(user: Jid, rules: AccessRules): boolean {
  const allow = rules.allow.length > 0 ? rules.allow : [rules.gateway.home];
  return user.domain !== rules.gateway.domain && (allow.includes(user.domain) || allow.includes(formatBareJid(user)) || rules.isRegistered(user));
}

/** Decides for a chat user who writes to a contact (design: "Writing from chat"). */
export function admitChat(from: Jid, to: MailAddress, rules: AccessRules): StoredRoute | Failure {
  const route = admitPerson(from, to, rules);
  return !isFailure(route) && isSelf(from, route) ? Failure.permanent('no-such-recipient', 'This is your own address.') : route;
}

/**
 * Decides for one of those to whom a chat user writes, himself included: mail addresses, and chat users of this gateway by their mail address
 * here, who are reached in chat without a way through mail.
 */
function admitPerson(from: Jid, to: MailAddress, rules: AccessRules): StoredRoute | Failure {
  return admitRoute(from, to, routeTo(from, to, rules), rules);
}

/** As `admitPerson`, where a mail addresses them: an alias, or an own address, is its user's. */
export function admitAddressee(from: Jid, to: MailAddress, rules: AccessRules): StoredRoute | Failure {
  const addressed = rules.addressee(to);
  if (addressed === undefined) return admitPerson(from, to, rules);
  return admitRoute(from, to, addressed.isOpen ? chatRoute(addressed.user, rules) : NO_CHAT_USER, rules);
}

function admitRoute(from: Jid, to: MailAddress, route: StoredRoute | Failure, rules: AccessRules): StoredRoute | Failure {
  if (!isAllowed(from, rules)) return Failure.permanent('not-allowed', 'This gateway does not send mail for your server.');
  if (rules.isBlocked(from)) return Failure.permanent('not-allowed', 'The operators of this gateway have blocked you.');
  const isBlocked = !isFailure(route) && rules.isBlocked(route.recipient);
  return isBlocked ? Failure.permanent('not-allowed', `The operators of this gateway have blocked ${formatMailAddress(to)}: nothing goes there.`) : route;
}

function routeTo(from: Jid, to: MailAddress, rules: AccessRules): StoredRoute | Failure {
  if (!sameDomain(to.domain, rules.gateway.domain)) return { outlet: 'smtp', recipient: to };
  const number = phoneNumberOf(to, rules.gateway);
  if (number !== undefined) return byNumber(from, to, number, rules);
  const user = userOfMail(to, rules.gateway);
  return isFailure(user) ? NO_CHAT_USER : chatRoute(user, rules);
}

function chatRoute(user: Jid, rules: AccessRules): StoredRoute | Failure {
  return isAllowed(user, rules) ? { outlet: 'xmpp', recipient: user } : NO_CHAT_USER;
}

/** A number is its owner's address, and tells nobody who he is. */
function byNumber(from: Jid, to: MailAddress, number: PhoneNumber, rules: AccessRules): StoredRoute | Failure {
  const user = rules.numbers?.soughtBy(from, number) ?? NO_NUMBER;
  if (isFailure(user)) return user;
  return isAllowed(user, rules) ? { outlet: 'xmpp', recipient: user, cameBy: to } : NO_NUMBER;
}

/** @param from full or bare JID */
export function isSelf(from: Jid, { recipient }: StoredRoute): boolean {
  return recipient.kind === 'jid' && formatBareJid(recipient) === formatBareJid(from);
}

function admitAmongSeveral(from: Jid, to: MailAddress, rules: AccessRules): StoredRoute | Failure {
  if (phoneNumberOf(to, rules.gateway) !== undefined) return NOT_AMONG_SEVERAL;
  return rules.addressee(to)?.isContested === true ? CONTESTED : admitAddressee(from, to, rules);
}

/** Decides for all of them; the failure names the one. The sender needs no copy. */
export function admitPeople(from: Jid, to: readonly MailAddress[], rules: AccessRules): readonly StoredRoute[] | Failure {
  const routes: StoredRoute[] = [];
  for (const one of to) {
    const route = admitAmongSeveral(from, one, rules);
    if (isFailure(route)) return Failure.permanent(route.reason, `${formatMailAddress(one)}: ${route.text} Nobody was written to.`);
    if (!isSelf(from, route) && !leadsTo(routes, route)) routes.push(route);
  }
  return routes.length > 0 ? routes : Failure.permanent('no-such-recipient', 'You alone are addressed.');
}

/** Does one of these go there already? Of two addresses of a user one is enough. */
export function leadsTo(routes: readonly StoredRoute[], { recipient }: StoredRoute): boolean {
  return routes.some((one) => formatAddress(one.recipient) === formatAddress(recipient));
}

/** Decides for an envelope recipient: our own domain only, never a relay (RFC 5321 §3.6.2). */
export function admitMail(recipient: MailAddress, rules: AccessRules): readonly Route[] | Failure {
  if (recipient.domain !== rules.gateway.domain) return Failure.permanent('not-allowed', 'Relaying is not permitted.');
  const returned = rules.messageOfReturnAddress(recipient);
  if (returned !== undefined) return [{ outlet: 'bounce', ...returned }];
  if (OPERATOR_MAILBOXES.has(recipient.local.toLowerCase())) return toOperators(rules);
  const number = phoneNumberOf(recipient, rules.gateway);
  if (number !== undefined) return toNumber(recipient, number, rules);
  const user = userOfMail(recipient, rules.gateway);
  // `host!user` is a relay form (UUCP): it is refused, though a JID could be spelt so.
  if (isFailure(user) || recipient.local.includes('!') || !isAllowed(user, rules)) return Failure.permanent('no-such-recipient', 'No such user here.');
  return [{ outlet: 'xmpp', recipient: user }];
}

function toNumber(recipient: MailAddress, number: PhoneNumber, rules: AccessRules): readonly Route[] | Failure {
  const user = rules.numbers?.userOf(number);
  return user !== undefined && isAllowed(user, rules) ? [{ outlet: 'xmpp', recipient: user, cameBy: recipient }] : NO_NUMBER;
}

function toOperators(rules: AccessRules): readonly Route[] | Failure {
  if (rules.admins.length === 0) return Failure.permanent('no-such-recipient', 'This gateway names no operator.');
  return rules.admins.map((admin) => ({ outlet: 'xmpp', recipient: bareJid(admin), operators: true }));
}

