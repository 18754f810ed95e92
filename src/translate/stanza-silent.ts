/** Message stanzas that say nothing to a reader of mail. They are dropped without an answer. */
import type { Element } from '@xmpp/xml';
import { filesOf } from './stanza-files.js';
import { nameOf, ownText } from './stanza-names.js';

/** Payloads whose body, if any, is only a stand-in for clients that do not know them; by `nameOf`. */
const NEVER_MAIL: ReadonlyMap<string, string> = new Map([
  ['event http://jabber.org/protocol/pubsub#event', 'a personal event'],
  ['reactions urn:xmpp:reactions:0', 'a reaction to nothing'],
  ['apply-to urn:xmpp:fasten:0', 'an attached payload'],
  ['received urn:xmpp:carbons:2', 'a carbon copy'],
  ['sent urn:xmpp:carbons:2', 'a carbon copy'],
  ['result urn:xmpp:mam:2', 'an archived message'],
]);

/** What a stanza without text is, by a payload's namespace; for the log. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['http://jabber.org/protocol/chatstates', 'a chat state'],
  ['urn:xmpp:chat-markers:0', 'a chat marker'],
  ['urn:xmpp:receipts', 'a receipt'],
  ['urn:xmpp:jingle-message:0', 'a call'],
  ['http://jabber.org/protocol/rosterx', 'a roster suggestion'],
  ['jabber:x:conference', 'an invitation'],
]);

/** What kind of silent stanza this is; undefined when somebody wrote something. */
export function silentKind(stanza: Element, body: string): string | undefined {
  const children = stanza.getChildElements();
  const never = children.find((child) => NEVER_MAIL.has(nameOf(child)));
  if (never !== undefined) return NEVER_MAIL.get(nameOf(never));
  if (body.trim() !== '' || filesOf(stanza).length > 0) return undefined;
  if (stanza.attrs.type !== 'groupchat' && (ownText(stanza, 'subject') ?? '').trim() !== '') return undefined;
  return children.flatMap((child) => KINDS.get(child.getNS() ?? '') ?? []).at(0) ?? 'no text';
}
