/** May this sender's message reach this chat user? Pure: decisions over what is known. */
import { bareJid, contactOf, formatJid, formatMailAddress, mailOfContact, mailOfUser, parseJid, parseMailAddress, sameDomain, type Address, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { addressKey, entriesOver } from '../addressees.js';
import { Failure, isFailure } from '../failure.js';
import type { Authenticity, Origin } from '../message.js';
import type { Standing } from '../store/correspondents.js';

/**
 * What becomes of a stranger's mail. `mark`: it is told that somebody is new. `ask`: the user is asked, and it waits. `contacts`: refused.
 * `verified`: refused unless its author is proven, as is everybody's.
 */
export const POLICIES = ['everybody', 'mark', 'ask', 'contacts', 'verified'] as const;
export type Policy = (typeof POLICIES)[number];

/**
 * What the sender is to the user. `known`: written to, accepted, or a contact. `asked`: the user has not answered yet. `met`: a stranger
 * who has written before.
 */
export type Relation = 'blocked' | 'known' | 'asked' | 'met' | 'new';

export type Verdict = 'take' | 'mark' | 'ask' | 'refuse-blocked' | 'refuse-stranger' | 'refuse-unverified';

/** Somebody who must not be read is not even asked about; a question is put only for an author who is proven (no backscatter). */
export function verdictOf(policy: Policy, relation: Relation, { authenticity, origin }: { authenticity: Authenticity; origin: Origin }): Verdict {
  if (relation === 'blocked') return 'refuse-blocked';
  const isVerified = authenticity === 'verified';
  if (policy === 'verified') return isVerified ? 'take' : 'refuse-unverified';
  if (relation === 'known' || policy === 'everybody') return 'take';
  if (policy === 'mark') return relation === 'met' ? 'take' : 'mark';
  if (policy === 'contacts') return 'refuse-stranger';
  if (!isVerified) return 'refuse-unverified';
  // A bounce has no author who could be accepted: nobody asks about the mail system.
  return origin === 'bounce' ? 'refuse-stranger' : 'ask';
}

export function relationOf({ entries, written, met, contact }: Standing): Relation {
  const states = new Set(entries.map(({ state }) => state));
  if (isBlocked(entries)) return 'blocked';
  if (states.has('accepted') || contact || written) return 'known';
  if (states.has('asked')) return 'asked';
  return met ? 'met' : 'new';
}

function isBlocked(entries: Standing['entries']): boolean {
  return closestOf(entries)?.state === 'blocked';
}

/** The closest entry counts: an address may be accepted in a domain that is blocked, and the other way about. */
export function closestOf<One extends Standing['entries'][number]>(entries: readonly One[]): One | undefined {
  const rank = (mail: string): number => (mail.startsWith('@*.') ? mail.length - 2 : mail.startsWith('@') ? mail.length + 1_000 : 1_000_000);
  return entries.filter(({ state }) => state !== 'asked').sort((a, b) => rank(b.mail) - rank(a.mail))[0];
}

/** What a blocked sender hears: no more than that the mail is not taken. */
export const REFUSALS: Readonly<Record<Extract<Verdict, `refuse-${string}`> | 'refuse-for-all', Failure>> = {
  'refuse-for-all': Failure.permanent('not-allowed', 'This gateway does not take this mail.'),
  'refuse-blocked': Failure.permanent('not-allowed', 'The recipient does not take this mail.'),
  'refuse-stranger': Failure.permanent('not-allowed', 'The recipient does not take mail from people he has not written to.'),
  'refuse-unverified': Failure.permanent('not-allowed', 'The recipient does not take mail whose sender cannot be verified (SPF, DKIM or DMARC).'),
};

/** The name of an address and of every entry that covers it, the address first. */
export function namesOf(address: Address, gateway: GatewayNames): readonly string[] {
  if (address.kind === 'mail') return mailNames(address);
  const own = entriesOver(userEntry(address));
  const mail = mailOfUser(address, gateway);
  return isFailure(mail) ? own : [...new Set([...mailNames(mail), ...own])];
}

function mailNames(address: MailAddress): string[] {
  return entriesOver(addressKey(address));
}

/** The contacts by which chat users may have the address in their rosters. */
export function contactsOf(address: MailAddress, gateway: GatewayNames): readonly Jid[] {
  return (['%', '\\40'] as const).map((separator) => contactOf(address, { ...gateway, separator })).filter((contact) => !isFailure(contact));
}

const UNREADABLE = Failure.permanent('bad-address', 'This is neither an address nor a domain. Write bob@example.org, @example.org, or @*.example.org for the domain and all below it.');

/** The entry that a user means by what he typed: an address, the JID of a contact, or a domain behind an `@`. */
export function entryOf(typed: string, gateway: GatewayNames): string | Failure {
  const text = typed.trim().replace(/^(mailto:|xmpp:)/i, '');
  if (text.length > 1_100) return UNREADABLE;
  const domain = /^@(\*\.)?([^@\s]+)$/.exec(text);
  if (domain !== null) return domainEntry(domain[1] ?? '', domain[2] ?? '');
  const jid = parseJid(text);
  if (!isFailure(jid) && jid.local !== '' && sameDomain(jid.domain, gateway.domain)) {
    const mail = mailOfContact(jid, gateway);
    if (!isFailure(mail)) return addressKey(mail);
  }
  const address = parseMailAddress(text);
  if (!isFailure(address)) return addressKey(address);
  return isFailure(jid) || jid.local === '' ? UNREADABLE : userEntry(jid);
}

/** With the domain as in mail addresses: entries of both kinds stand in one list. */
function userEntry({ local, domain }: Jid): string {
  return `${local}@${asciiOf(domain)}`;
}

function asciiOf(domain: string): string {
  const address = parseMailAddress(`x@${domain}`);
  return isFailure(address) ? domain : address.domain;
}

function domainEntry(below: string, domain: string): string | Failure {
  const address = parseMailAddress(`x@${domain}`);
  return isFailure(address) ? UNREADABLE : `@${below}${address.domain}`;
}

/**
 * The entry that blocks a JID of ours, another chat user, or by its own JID a domain; undefined for the gateway itself. `%*.example.org@GATEWAY`
 * stands for `@*.example.org`: no domain begins with a star, and no contact with the separator.
 */
export function entryOfJid(jid: Jid, gateway: GatewayNames): string | undefined {
  if (jid.local === '') return sameDomain(jid.domain, gateway.domain) ? undefined : `@${asciiOf(jid.domain)}`;
  if (!sameDomain(jid.domain, gateway.domain)) return userEntry(jid);
  const [, below = '', domain] = /^(?:%|\\40)(\*\.)?(.+)$/.exec(jid.local) ?? [];
  const wide = domain === undefined ? UNREADABLE : domainEntry(below, domain);
  if (!isFailure(wide)) return wide;
  const mail = mailOfContact(bareJid(jid), gateway);
  return isFailure(mail) ? `${jid.local}@${gateway.domain}` : addressKey(mail);
}

/** The JID that `entryOfJid` makes this entry of. */
export function jidOfEntry(entry: string, gateway: GatewayNames): string {
  const [, below = '', domain] = /^@(\*\.)?(.+)$/.exec(entry) ?? [];
  if (domain !== undefined) {
    const jid = parseJid(domain);
    const isPlain = below === '' && !sameDomain(domain, gateway.domain) && !isFailure(jid);
    return isPlain ? formatJid(jid) : `${gateway.separator}${below}${domain}@${gateway.domain}`;
  }
  const contact = contactOf(mailOfEntry(entry), gateway);
  return isFailure(contact) ? entry : formatJid(contact);
}

/** An entry as a user writes it: with quotes, where the address needs them. */
export function shownEntry(entry: string): string {
  return entry.startsWith('@') ? entry : formatMailAddress(mailOfEntry(entry));
}

function mailOfEntry(entry: string): MailAddress {
  const at = entry.lastIndexOf('@');
  return { kind: 'mail', local: entry.slice(0, at), domain: entry.slice(at + 1) };
}
