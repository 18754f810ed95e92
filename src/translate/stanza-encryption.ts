/** Messages that only the recipient's chat client could read: OMEMO, OpenPGP, OTR, encrypted files. */
import type { Element } from '@xmpp/xml';
import { nameOf, NS } from './stanza-names.js';

/** Elements whose content is the encrypted message, as `nameOf` names them. */
const ENVELOPES: ReadonlySet<string> = new Set([
  'encrypted eu.siacs.conversations.axolotl',
  'encrypted urn:xmpp:omemo:1',
  'encrypted urn:xmpp:omemo:2',
  'openpgp urn:xmpp:openpgp:0',
  'x jabber:x:encrypted',
  'encryption urn:xmpp:eme:0',
]);

/** XEP-0454: a link whose fragment is the key. A preview may follow it on the next lines. */
const ENCRYPTED_LINK = /^\s*aesgcm:\S+\s*(?:\n|$)/i;
const OTR = /^\s*\?OTR[:?v|,]/;

/**
 * `message`: there is something to read, and we cannot. `keys`: an empty message that only moves keys (XEP-0384 §4.5.1).
 * @param body the stanza's body; empty when it has none
 */
export function encryptionOf(stanza: Element, body: string): 'message' | 'keys' | undefined {
  const envelopes = stanza.getChildElements().filter((child) => ENVELOPES.has(nameOf(child)));
  if (envelopes.length > 0) return body !== '' || envelopes.some(hasPayload) ? 'message' : 'keys';
  return ENCRYPTED_LINK.test(body) || OTR.test(body) || hasEncryptedFile(stanza) ? 'message' : undefined;
}

/** OMEMO has a payload element; the others have text. */
function hasPayload(envelope: Element): boolean {
  return envelope.getChild('payload') !== undefined || envelope.getText().trim() !== '';
}

/** XEP-0448, and XEP-0066 links with the scheme of XEP-0454. */
function hasEncryptedFile(stanza: Element): boolean {
  const sources = stanza.getChildren('file-sharing', NS.files).map((file) => file.getChild('sources'));
  if (sources.some((source) => source?.getChild('encrypted', NS.encryptedFile) !== undefined)) return true;
  return stanza.getChildren('x', NS.oob).some((x) => /^\s*aesgcm:/i.test(x.getChildText('url') ?? ''));
}
