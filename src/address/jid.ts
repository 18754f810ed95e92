/** RFC 7622 addresses, as XMPP servers vouch for them and as users type them. */
import type { Jid } from '../address.js';
import { Failure } from '../failure.js';
import { hasUnseen, octets } from './characters.js';
import { unicodeDomain } from './domain.js';

/** RFC 7622 §3.3.1 and §3.4.1, octets of each part. */
const LONGEST_PART = 1023;
/** RFC 7622 §3.3.1, with the space that XEP-0106 adds. */
const FORBIDDEN = /["&'/:<>@ ]/;

function refuse(what: string): Failure {
  return Failure.permanent('bad-address', `This is not a chat address: ${what}.`);
}

/** The first `/` ends the bare JID; at most one `@` stands in it. */
export function parseJid(text: string): Jid | Failure {
  const slash = text.indexOf('/');
  const bare = slash < 0 ? text : text.slice(0, slash);
  const resource = slash < 0 ? '' : text.slice(slash + 1);
  if (slash >= 0 && !isResource(resource)) return refuse('its resource is empty, too long or holds characters that cannot be seen');
  const at = bare.indexOf('@');
  const local = at < 0 ? '' : bare.slice(0, at).toLowerCase();
  if (at >= 0 && !isLocalpart(local)) return refuse('the part before the @ is empty, too long or holds characters that must be escaped');
  const domain = unicodeDomain(bare.slice(at + 1));
  return domain === undefined ? refuse('it has no valid domain') : { kind: 'jid', local, domain, resource };
}

export function formatJid(jid: Jid): string {
  const bare = formatBareJid(jid);
  return jid.resource === '' ? bare : `${bare}/${jid.resource}`;
}

export function bareJid(jid: Jid): Jid {
  return jid.resource === '' ? jid : { ...jid, resource: '' };
}

/** By which a chat user is known, whatever client he writes from. */
export function formatBareJid({ local, domain }: Jid): string {
  return local === '' ? domain : `${local}@${domain}`;
}

/** What a server lets through: no forbidden and no unseen character, 1 to 1,023 octets. */
function isLocalpart(local: string): boolean {
  return local !== '' && octets(local) <= LONGEST_PART && !FORBIDDEN.test(local) && !hasControl(local) && !hasUnseen(local);
}

function isResource(resource: string): boolean {
  return resource !== '' && octets(resource) <= LONGEST_PART && !hasControl(resource) && !/[\p{Cs}\p{Noncharacter_Code_Point}]/u.test(resource);
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** RFC 3454 table D.1: scripts written from right to left, and letters of those written from left to right. */
const RIGHT_TO_LEFT = /\p{Script=Hebrew}|\p{Script=Arabic}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko}|\p{Script=Samaritan}|\p{Script=Mandaic}|\p{Script=Adlam}/u;
const LEFT_TO_RIGHT = /\p{Script=Latin}|\p{Script=Greek}|\p{Script=Cyrillic}|\p{Script=Han}|\p{Script=Hangul}|\p{Script=Katakana}/u;
/** RFC 8264 §4.2.1 IdentifierClass: letters, digits, marks, and what ASCII can show. */
const IDENTIFIER = /^[\x21-\x7e\p{L}\p{M}\p{Nd}]+$/u;

/**
 * True when a lower-case localpart that we make up means the same on every server: nodeprep (RFC 3920) and PRECIS
 * (RFC 7622) both accept it and neither changes it, so that two mailboxes never share a contact.
 */
export function isStableLocalpart(local: string): boolean {
  if (!isLocalpart(local) || /^\\20|\\20$/.test(local)) return false;
  if (/^[\x21-\x7e]*$/.test(local)) return true;
  return IDENTIFIER.test(local) && local.normalize('NFKC') === local && keepsCase(local) && !mixesDirections(local);
}

/** False for `ß`, `ς` and the like, which some servers fold into other letters. */
function keepsCase(local: string): boolean {
  return [...local].every((character) => character.toUpperCase().toLowerCase().normalize('NFKC') === character);
}

/** RFC 3454 §6: a text that holds a right-to-left character is one from end to end. */
function mixesDirections(local: string): boolean {
  if (!RIGHT_TO_LEFT.test(local)) return false;
  const characters = [...local];
  return LEFT_TO_RIGHT.test(local) || ![characters[0], characters.at(-1)].every((end) => RIGHT_TO_LEFT.test(end ?? ''));
}
