/** Who else a message is for, as XEP-0033 tells it to clients and a line of text to readers. */
import xml, { type Element } from '@xmpp/xml';
import { contactOf, contactOfUser, formatBareJid, formatJid, formatMailAddress, phoneNumberOf, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { addressKey, chatUserOf, isChatUser, onlyThose } from '../addressees.js';
import { isFailure } from '../failure.js';
import type { Addressee, Addressees, Delivery } from '../message.js';
import { displayName } from './display-name.js';
import { NS } from './stanza-names.js';

/** Of a longer list, this many are named to the reader; the addresses for the client are whole. */
const MOST_SHOWN = 20;

interface Reader {
  readonly delivery: Delivery;
  /** From whom it comes to him: a contact, a telephone number, or the gateway. */
  readonly from: Jid;
  /** The chat user who reads it. */
  readonly to: Jid;
  readonly gateway: GatewayNames;
}

/** Without the reader and the author. */
function others({ delivery: { message }, to, gateway }: Reader, all: Addressees = { to: [], cc: [] }): Addressees {
  const { sender, cameBy } = message;
  const isReader = ({ address }: Addressee): boolean => isChatUser(address, to, gateway) || (cameBy !== undefined && addressKey(address) === addressKey(cameBy));
  const isAuthor = ({ address }: Addressee): boolean =>
    sender.kind === 'mail' ? addressKey(address) === addressKey(sender) : isChatUser(address, sender, gateway);
  return onlyThose(all, (one) => !isAuthor(one) && !isReader(one));
}

/**
 * `<addresses/>` (XEP-0033 §4): all of them delivered, since whoever sent the message saw to that. The author of a message from
 * chat is told as `ofrom`, because it comes from a JID of ours; not who writes by his telephone number. Left out when it would need more than half of a stanza:
 * readers have their line.
 * @param maxBytes largest serialised stanza
 */
export function addressesElement(reader: Reader, maxBytes: number): Element[] {
  const { addressees } = reader.delivery.message;
  const sender = namedAuthor(reader);
  const { to, cc } = others(reader, addressees);
  const one = (type: string) => (addressee: Addressee) => addressElement(type, addressee, reader.gateway);
  const author = sender !== undefined ? [xml('address', { type: 'ofrom', jid: formatBareJid(sender) })] : [];
  const all = [...author, ...to.map(one('to')), ...cc.map(one('cc'))];
  const element = xml('addresses', { xmlns: NS.address }, ...all);
  return all.length === 0 || Buffer.byteLength(element.toString()) > maxBytes / 2 ? [] : [element];
}

/** The chat user who wrote it to several; a number tells nobody whose it is. */
function namedAuthor({ delivery: { message: { sender, addressees } }, from, gateway }: Reader): Jid | undefined {
  return sender.kind === 'jid' && addressees !== undefined && phoneNumberOf(from, gateway) === undefined ? sender : undefined;
}

function addressElement(type: string, { address, name }: Addressee, gateway: GatewayNames): Element {
  const desc = displayName(name);
  return xml('address', { type, ...placeOf(address, gateway), ...(desc !== undefined && { desc }), delivered: 'true' });
}

/** A chat user's own JID, a contact of ours, or a URI where an address fits no JID. */
function placeOf(address: MailAddress, gateway: GatewayNames): { jid: string } | { uri: string } {
  const user = chatUserOf(address, gateway);
  if (user !== undefined) return { jid: formatJid(user) };
  const contact = contactOf(address, gateway);
  return isFailure(contact) ? { uri: `mailto:${encodeURIComponent(address.local)}@${address.domain}` } : { jid: formatJid(contact) };
}

/** `to: …, cc: …` when it is not as it was in the conversation so far; the author of a chat message where no contact names him. */
export function peopleLines(reader: Reader): string[] {
  const { message, context } = reader.delivery;
  const now = others(reader, message.addressees);
  const sender = namedAuthor(reader);
  const author = sender !== undefined && isFailure(contactOfUser(sender, reader.gateway)) ? [`from: ${formatBareJid(sender)}`] : [];
  const isNew = keysOf(now) !== keysOf(others(reader, context.addressees));
  const told = isNew ? [...author, ...named('to', now.to), ...named('cc', now.cc)] : author;
  if (isNew && now.to.length + now.cc.length === 0) told.push('to: only you');
  return told.length === 0 ? [] : [told.join(', ')];
}

function keysOf({ to, cc }: Addressees): string {
  return [...to, ...cc].map(({ address }) => addressKey(address)).sort().join('\n');
}

function named(field: 'to' | 'cc', people: readonly Addressee[]): string[] {
  if (people.length === 0) return [];
  const shown = people.slice(0, MOST_SHOWN).map(showAddressee);
  const more = people.length - shown.length;
  return [`${field}: ${shown.join(', ')}${more === 0 ? '' : ` and ${more} more`}`];
}

/** `Name <address>`: a name never stands without the address that proves it. */
function showAddressee({ address, name }: Addressee): string {
  const shown = displayName(name)?.replace(/[<>,;:"]/g, ' ').replace(/\s+/g, ' ').trim() ?? '';
  return shown === '' ? formatMailAddress(address) : `${shown} <${formatMailAddress(address)}>`;
}
