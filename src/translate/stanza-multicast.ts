/** XEP-0033 addresses of a chat message to the gateway itself, which sends it to each of them. */
import type { Element } from '@xmpp/xml';
import { addresseeOf, bareJid, mailOfUser, parseJid, parseMailAddress, sameDomain, type GatewayNames, type MailAddress } from '../address.js';
import { onlyThose } from '../addressees.js';
import { Failure, isFailure } from '../failure.js';
import type { Addressee, Addressees } from '../message.js';
import { displayName } from './display-name.js';
import { attribute, NS } from './stanza-names.js';

/** XEP-0033 §9 asks for more than 20 and fewer than 100. */
const MOST_ADDRESSES = 50;

export interface Multicast {
  /** Who is to get it, each once; chat users of this gateway by their mail address here. */
  readonly recipients: readonly MailAddress[];
  /** What all of them are told: To and Cc, those who had it before too, and nobody who gets it blind. */
  readonly addressees: Addressees;
}

const TYPES = new Set(['to', 'cc', 'bcc']);

/**
 * Undefined when nobody is addressed to whom it is to be sent.
 * @returns a permanent `bad-content` (too many; `not-acceptable`), or `bad-address` that names the address (`jid-malformed`)
 */
export function multicastIn(stanza: Element, gateway: GatewayNames): Multicast | Failure | undefined {
  const all = stanza.getChild('addresses', NS.address)?.getChildren('address') ?? [];
  const given = all.filter(({ attrs }) => TYPES.has(attrs.type ?? ''));
  if (!given.some(isWaiting)) return undefined;
  if (given.length > MOST_ADDRESSES) return Failure.permanent('bad-content', `At most ${MOST_ADDRESSES} addresses can be written to at once.`);
  const read: { element: Element; one: Addressee }[] = [];
  for (const element of given) {
    const one = addresseeIn(element, gateway);
    if (isFailure(one)) return one;
    read.push({ element, one });
  }
  const of = (type: string): Addressee[] => read.filter(({ element }) => element.attrs.type === type).map(({ one }) => one);
  const waiting = read.filter(({ element }) => isWaiting(element)).map(({ one }) => one);
  return { recipients: onlyThose({ to: waiting, cc: [] }, () => true).to.map(({ address }) => address), addressees: onlyThose({ to: of('to'), cc: of('cc') }, () => true) };
}

function isWaiting({ attrs }: Element): boolean {
  return attrs.delivered !== 'true';
}

function addresseeIn(element: Element, gateway: GatewayNames): Addressee | Failure {
  const text = attribute(element, 'jid') ?? attribute(element, 'uri') ?? '';
  const address = element.attrs.jid === undefined ? addressOfUri(text) : addressOfJid(text, gateway);
  if (isFailure(address)) return Failure.permanent('bad-address', `${displayable(text)}: ${address.text}`);
  const name = displayName(attribute(element, 'desc'));
  return name === undefined ? { address } : { address, name };
}

function displayable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200);
}

/** A contact of ours, or a chat user by his own JID. */
function addressOfJid(text: string, gateway: GatewayNames): MailAddress | Failure {
  const jid = parseJid(text);
  if (isFailure(jid)) return jid;
  return sameDomain(jid.domain, gateway.domain) ? addresseeOf(jid, gateway) : mailOfUser(bareJid(jid), gateway);
}

/** RFC 6068 with one address; fields behind it are not read. */
function addressOfUri(text: string): MailAddress | Failure {
  const encoded = /^mailto:([^?,]{1,1000})(?:\?.*)?$/i.exec(text)?.[1];
  if (encoded === undefined) return Failure.permanent('bad-address', 'This is no address that we can write to; write mailto:name@example.org or a JID.');
  try {
    return parseMailAddress(decodeURIComponent(encoded));
  } catch {
    return Failure.permanent('bad-address', 'This is no valid mailto: address.');
  }
}
