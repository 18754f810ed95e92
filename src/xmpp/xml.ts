/** Building and reading stanzas. */
import xml from '@xmpp/xml';

export type Element = xml.Element;
export const el = xml;

export const NS = {
  stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  info: 'http://jabber.org/protocol/disco#info',
  address: 'http://jabber.org/protocol/address',
  items: 'http://jabber.org/protocol/disco#items',
  gateway: 'jabber:iq:gateway',
  register: 'jabber:iq:register',
  commands: 'http://jabber.org/protocol/commands',
  version: 'jabber:iq:version',
  last: 'jabber:iq:last',
  ping: 'urn:xmpp:ping',
  time: 'urn:xmpp:time',
  vcard: 'vcard-temp',
  vcard4: 'urn:ietf:params:xml:ns:vcard-4.0',
  receipts: 'urn:xmpp:receipts',
  reply: 'urn:xmpp:reply:0',
  reactions: 'urn:xmpp:reactions:0',
  chatStates: 'http://jabber.org/protocol/chatstates',
  correct: 'urn:xmpp:message-correct:0',
  retract: 'urn:xmpp:message-retract:1',
  nick: 'http://jabber.org/protocol/nick',
  pubsub: 'http://jabber.org/protocol/pubsub',
  pubsubEvent: 'http://jabber.org/protocol/pubsub#event',
  avatarMetadata: 'urn:xmpp:avatar:metadata',
  avatarData: 'urn:xmpp:avatar:data',
  upload: 'urn:xmpp:http:upload:0',
  forms: 'jabber:x:data',
  vcardUpdate: 'vcard-temp:x:update',
  roster: 'jabber:iq:roster',
  rosterx: 'http://jabber.org/protocol/rosterx',
  caps: 'http://jabber.org/protocol/caps',
  vcard4Node: 'urn:xmpp:vcard4',
  blocking: 'urn:xmpp:blocking',
  reporting: 'urn:xmpp:reporting:1',
  reportingFirst: 'urn:xmpp:reporting:0',
  idle: 'urn:xmpp:idle:1',
} as const;

/** RFC 6120 §8.3.2 error types. */
export type ErrorType = 'auth' | 'cancel' | 'modify' | 'wait' | 'continue';

/** What an error stanza says. */
export interface StanzaError {
  readonly type: ErrorType;
  /** A defined condition of RFC 6120 §8.3.3. */
  readonly condition: string;
  readonly text?: string;
  /** A condition of the application beside the defined one (RFC 6120 §8.3.4). */
  readonly specific?: { readonly name: string; readonly namespace: string };
}

/** The `<error/>` child. */
export function errorElement(error: StanzaError): Element {
  const text = error.text === undefined ? undefined : xml('text', { xmlns: NS.stanzas }, error.text);
  const specific = error.specific && xml(error.specific.name, { xmlns: error.specific.namespace });
  return xml('error', { type: error.type }, xml(error.condition, { xmlns: NS.stanzas }), text, specific);
}

/** The error stanza that answers `stanza` (RFC 6120 §8.3.1): same id, addresses exchanged. */
export function errorReply(stanza: Element, error: StanzaError): Element {
  const { from, to, id } = stanza.attrs;
  return xml(stanza.name, { type: 'error', from: to, to: from, id }, errorElement(error));
}
