/**
 * Addresses as parsed types, with parse and format pairs, and the rules that map a mail address to a chat identity and
 * back. Nothing else in the project takes an address apart.
 */
import type { Failure } from './failure.js';
import { formatJid, parseJid } from './address/jid.js';
import { formatMailAddress, parseMailAddress, parseReturnPath } from './address/mail-address.js';

/** Strict RFC 5321 Mailbox (with RFC 6531): no source route, no literal, no comment, no control or ignorable character. */
export { parseMailAddress };

/** `parseMailAddress` for an envelope sender, whose local part may be longer than 64 octets. */
export { parseReturnPath };

/** The form for an SMTP envelope or a header field; the local part is quoted when it needs to be. */
export { formatMailAddress };

/** RFC 7622; localpart and domain in lower case, the domain in U-labels. */
export { formatJid, parseJid };
export { bareJid, formatBareJid } from './address/jid.js';

/** XEP-0106 §4. */
export { escapeLocalpart, unescapeLocalpart } from './address/escaping.js';

export {
  /** The contact JID (bare) by which chat users see a mail address. Fails when it does not fit a localpart. */
  contactOf,
  /** The mail address that a JID at the gateway stands for, in any spelling; the last `%` divides. */
  mailOfContact,
  /** The mail address by which mail users reach a chat user: `local@GATEWAY`, or `local%domain@GATEWAY` from elsewhere. */
  mailOfUser,
  /** The chat user (bare JID) that a mail address at the gateway's domain stands for. */
  userOfMail,
} from './address/mapping.js';

/** Chat users as contacts of other chat users. */
export { addresseeOf, contactOfUser, userOfContact } from './address/people.js';

export {
  /** E.164 as people type it: with a plus, and any spaces, hyphens, dots and brackets. */
  parsePhoneNumber,
  /** `+15551234567`. */
  formatPhoneNumber,
  /** The contact or mail address at the gateway's domain that stands for a number, and back. */
  mailOfPhoneNumber,
  phoneNumberOf,
} from './address/phone-number.js';

/** True when both are the same host name, however spelt. */
export { sameDomain } from './address/domain.js';

/** An RFC 5321 mailbox. */
export interface MailAddress {
  readonly kind: 'mail';
  /** Local part without quotes or backslashes, case as written; 1 to 64 octets of UTF-8, in a return path more. */
  readonly local: string;
  /** Lower-case A-labels after UTS-46 mapping; never an address literal. */
  readonly domain: string;
}

/** An XMPP address (RFC 7622), each part as it goes on the wire. */
export interface Jid {
  readonly kind: 'jid';
  /** XEP-0106 escaped and lower-cased; empty for a server. */
  readonly local: string;
  readonly domain: string;
  /** Empty for a bare JID. */
  readonly resource: string;
}

/** A telephone number (E.164). */
export interface PhoneNumber {
  readonly kind: 'phone';
  /** Country code and national number without the plus, 7 to 15 ASCII digits. */
  readonly digits: string;
}

export type Address = MailAddress | Jid;

/** The names of this gateway that address rules depend on. */
export interface GatewayNames {
  /** The component's domain, `mail.example.com`. */
  readonly domain: string;
  /** The XMPP server's own domain, `example.com`. */
  readonly home: string;
  /** What stands for `@` in the localpart of a contact JID that we write. Both are always read. */
  readonly separator: '%' | '\\40';
  /** Other domains whose `local%domain` contacts stand for chat users, and not for mail addresses. */
  readonly peers?: readonly string[];
  /** `+15551234567@GATEWAY` is a telephone number; else it is the home server's chat user of that name. */
  readonly phones?: boolean;
}

/** For logs, lookups and database keys: `formatMailAddress` or `formatJid`. */
export function formatAddress(address: Address): string {
  return address.kind === 'mail' ? formatMailAddress(address) : formatJid(address);
}

/** Reads back what `formatAddress` wrote, of the given kind. */
export function parseAddress(kind: Address['kind'], text: string): Address | Failure {
  return kind === 'mail' ? parseMailAddress(text) : parseJid(text);
}
