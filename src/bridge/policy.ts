/** Who may write to whom: pure decisions on addresses, no protocol, no I/O. */
import { bareJid, formatJid, formatMailAddress, sameDomain, userOfMail, type Address, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { isChatUser } from '../addressees.js';
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
  /** Bare JIDs that read the mail to `postmaster` and `abuse` (RFC 5321 §4.5.1, RFC 2142). */
  readonly admins: readonly Jid[];
  /** The message that a return address speaks of (VERP), undefined for any other address. */
  readonly messageOfReturnAddress: (address: MailAddress) => ReturnedTo | undefined;
}

/** One that a delivery is stored for. */
export type StoredRoute = Exclude<Route, { outlet: 'bounce' }>;

const OPERATOR_MAILBOXES = new Set(['postmaster', 'abuse']);

/** Is this chat user one of ours? The XMPP server vouches for `user`. */
export function isAllowed(user: Jid, rules: AccessRules): boolean {
  const allow = rules.allow.length > 0 ? rules.allow : [rules.gateway.home];
  return user.domain !== rules.gateway.domain && (allow.includes(user.domain) || allow.includes(formatJid(bareJid(user))) || rules.isRegistered(user));
}

/** Decides for a chat user who writes to a contact (design: "Writing from chat"). */
export function admitChat(from: Jid, to: MailAddress, rules: AccessRules): StoredRoute | Failure {
  if (isChatUser(to, from, rules.gateway)) return Failure.permanent('no-such-recipient', 'This is your own address.');
  return admitPerson(from, to, rules);
}

/**
 * Decides for one of those to whom a chat user writes, himself included: mail addresses, and chat users of this gateway by their mail address
 * here, who are reached in chat without a way through mail.
 */
export function admitPerson(from: Jid, to: MailAddress, rules: AccessRules): StoredRoute | Failure {
  if (!isAllowed(from, rules)) return Failure.permanent('not-allowed', 'This gateway does not send mail for your server.');
  if (rules.isBlocked(from)) return Failure.permanent('not-allowed', 'The operators of this gateway have blocked you.');
  const route = routeTo(to, rules);
  const isBlocked = !isFailure(route) && rules.isBlocked(route.recipient);
  return isBlocked ? Failure.permanent('not-allowed', `The operators of this gateway have blocked ${formatMailAddress(to)}: nothing goes there.`) : route;
}

function routeTo(to: MailAddress, rules: AccessRules): StoredRoute | Failure {
  if (!sameDomain(to.domain, rules.gateway.domain)) return { outlet: 'smtp', recipient: to };
  const user = userOfMail(to, rules.gateway);
  if (isFailure(user) || !isAllowed(user, rules)) return Failure.permanent('no-such-recipient', 'There is no such chat user here.');
  return { outlet: 'xmpp', recipient: user };
}

/** Decides for all of them; the failure names the one. The sender needs no copy. */
export function admitPeople(from: Jid, to: readonly MailAddress[], rules: AccessRules): readonly StoredRoute[] | Failure {
  const routes: StoredRoute[] = [];
  for (const one of to) {
    const route = admitPerson(from, one, rules);
    if (isFailure(route)) return Failure.permanent(route.reason, `${formatMailAddress(one)}: ${route.text} Nobody was written to.`);
    if (!isChatUser(one, from, rules.gateway)) routes.push(route);
  }
  return routes.length > 0 ? routes : Failure.permanent('no-such-recipient', 'You alone are addressed.');
}

/** Decides for an envelope recipient: our own domain only, never a relay (RFC 5321 §3.6.2). */
export function admitMail(recipient: MailAddress, rules: AccessRules): readonly Route[] | Failure {
  if (recipient.domain !== rules.gateway.domain) return Failure.permanent('not-allowed', 'Relaying is not permitted.');
  const returned = rules.messageOfReturnAddress(recipient);
  if (returned !== undefined) return [{ outlet: 'bounce', ...returned }];
  if (OPERATOR_MAILBOXES.has(recipient.local.toLowerCase())) return toOperators(rules);
  const user = userOfMail(recipient, rules.gateway);
  // `host!user` is a relay form (UUCP): it is refused, though a JID could be spelt so.
  if (isFailure(user) || recipient.local.includes('!') || !isAllowed(user, rules)) return Failure.permanent('no-such-recipient', 'No such user here.');
  return [{ outlet: 'xmpp', recipient: user }];
}

function toOperators(rules: AccessRules): readonly Route[] | Failure {
  if (rules.admins.length === 0) return Failure.permanent('no-such-recipient', 'This gateway names no operator.');
  return rules.admins.map((admin) => ({ outlet: 'xmpp', recipient: bareJid(admin), operators: true }));
}

