/** Namespaces of message stanzas, and how their children are found. */
import type { Element } from '@xmpp/xml';

export const NS = {
  stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  receipts: 'urn:xmpp:receipts',
  reply: 'urn:xmpp:reply:0',
  reactions: 'urn:xmpp:reactions:0',
  delay: 'urn:xmpp:delay',
  ids: 'urn:xmpp:sid:0',
  hints: 'urn:xmpp:hints',
  nick: 'http://jabber.org/protocol/nick',
  address: 'http://jabber.org/protocol/address',
  oob: 'jabber:x:oob',
  files: 'urn:xmpp:sfs:0',
  fileData: 'urn:xmpp:file:metadata:0',
  fallback: 'urn:xmpp:fallback:0',
  hashes: 'urn:xmpp:hashes:2',
  reference: 'urn:xmpp:reference:0',
  media: 'urn:xmpp:sims:1',
  jingleFile: 'urn:xmpp:jingle:apps:file-transfer:5',
  urlData: 'http://jabber.org/protocol/url-data',
  xhtmlIm: 'http://jabber.org/protocol/xhtml-im',
  xhtml: 'http://www.w3.org/1999/xhtml',
  correct: 'urn:xmpp:message-correct:0',
  fasten: 'urn:xmpp:fasten:0',
  styling: 'urn:xmpp:styling:0',
  encryptedFile: 'urn:xmpp:esfs:0',
} as const;

/** Text of a child in the stanza's own namespace, the one without `xml:lang` first (RFC 6121 §5.2.3). */
export function ownText(stanza: Element, name: string): string | undefined {
  const found = stanza.getChildren(name).filter((child) => child.getNS() === stanza.getNS());
  return (found.find((child) => child.attrs['xml:lang'] === undefined) ?? found[0])?.getText();
}

/** An attribute that is there and not empty. */
export function attribute(element: Element | undefined, name: string): string | undefined {
  const value = element?.attrs[name];
  return value === '' ? undefined : value;
}

/** `name namespace`: by which tables of payloads are looked up. */
export function nameOf(element: Element): string {
  return `${element.getName()} ${element.getNS() ?? ''}`;
}
