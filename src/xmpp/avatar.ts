/**
 * What says which picture and name somebody has, in the forms that clients look for: Conversations and Gajim take the hash
 * in a presence (XEP-0153) and the name beside it (XEP-0172), and ask for the vCard; Dino and others take the event (XEP-0084)
 * and ask for its node.
 */
import { formatJid, type Jid } from '../address.js';
import { cleanText } from '../translate/xml-text.js';
import type { Avatar, Portrait } from './portraits.js';
import { el, NS, type Element } from './xml.js';

/** For a presence of type `subscribed` or none. */
export function presenceExtras({ name, avatar }: Portrait): Element[] {
  const photo = el('x', { xmlns: NS.vcardUpdate }, el('photo', {}, avatar.id));
  return name === undefined ? [photo] : [photo, nickElement(name)];
}

export function nickElement(name: string): Element {
  return el('nick', { xmlns: NS.nick }, cleanText(name));
}

/** XEP-0084 §4.2.1. */
export function metadataElement({ id, type, bytes, side }: Avatar): Element {
  const size = side === undefined ? undefined : String(side);
  const info = el('info', { id, type, bytes: String(bytes.length), width: size, height: size });
  return el('metadata', { xmlns: NS.avatarMetadata }, info);
}

/** XEP-0060 §12.1 and XEP-0163 §4.3: from the bare JID, a headline, so that nobody keeps it for later. */
export function metadataEvent(from: Jid, to: Jid, avatar: Avatar): Element {
  const item = el('item', { id: avatar.id }, metadataElement(avatar));
  const event = el('event', { xmlns: NS.pubsubEvent }, el('items', { node: NS.avatarMetadata }, item));
  return el('message', { type: 'headline', from: formatJid(from), to: formatJid(to) }, event);
}
