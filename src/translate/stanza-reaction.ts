/** Reactions in stanzas (XEP-0444). */
import xml, { type Element } from '@xmpp/xml';
import type { Delivery } from '../message.js';
import { isEmoji } from './emoji.js';
import { partId } from './stanza-ids.js';
import { attribute, NS } from './stanza-names.js';
import { cleanText } from './xml-text.js';

/** Of one person to one message; what is above is left out. */
const MOST = 10;

export interface StanzaReactions {
  /** The stanza id of the message they are about. */
  readonly about: string;
  /** Each once; those that are no emoji are left out. */
  readonly emoji: readonly string[];
  /** There were some, and none is an emoji. */
  readonly unknown: boolean;
}

/** Undefined for a stanza without reactions, and for reactions to nothing. A body beside them is only a stand-in (§3). */
export function reactionsIn(stanza: Element): StanzaReactions | undefined {
  const element = stanza.getChild('reactions', NS.reactions);
  const about = attribute(element, 'id');
  if (element === undefined || about === undefined) return undefined;
  const given = element.getChildren('reaction').map((reaction) => reaction.getText().trim());
  const emoji = [...new Set(given.filter(isEmoji))].slice(0, MOST);
  return { about, emoji, unknown: given.length > 0 && emoji.length === 0 };
}

/**
 * The stanza of what is nothing but a reaction, to a message that is known. The newest set stands for all before it (§3):
 * a mail can only add to it, a chat user has said the whole. Nobody's who did not prove to be the contact, for no mark can be put on an emoji.
 */
export function reactionStanza({ message, context }: Delivery, addresses: { readonly from: string; readonly to: string }): Element | undefined {
  const about = context.answered?.origin ?? context.answered?.stanza;
  if (message.reactions === undefined || about === undefined || message.authenticity !== 'verified' || message.spam === true) return undefined;
  const before = message.source === 'xmpp' ? [] : (context.reactedBefore ?? []);
  const all = [...new Set([...before, ...message.reactions])].slice(-MOST);
  const id = partId(message.id, 0);
  return xml(
    'message',
    { type: 'chat', id, ...addresses },
    xml('reactions', { xmlns: NS.reactions, id: cleanText(about) }, all.map((emoji) => xml('reaction', {}, emoji))),
    xml('origin-id', { xmlns: NS.ids, id }),
    xml('store', { xmlns: NS.hints }),
  );
}
