/**
 * Copies of messages that the home server keeps for users who are offline, as its optional module hands them over
 * (prosody-config/mod_stanzapost_offline.lua, ejabberd-config/mod_stanzapost_offline.erl): in a message of the server's own, by XEP-0297.
 */
import type { Element } from '@xmpp/xml';
import { bareJid, contactOfUser, formatJid, parseJid, sameDomain, type GatewayNames, type Jid } from '../address.js';
import { isFailure } from '../failure.js';

const MARK = 'urn:stanzapost:offline:0';
const FORWARD = 'urn:xmpp:forward:0';

/**
 * The copied message, addressed to the contact that stands for its recipient here; undefined for anything else, such as a copy that a user made up:
 * only the home server itself is believed.
 */
export function offlineCopy(stanza: Element, from: Jid, to: Jid, gateway: GatewayNames): Element | undefined {
  if (from.local !== '' || !sameDomain(from.domain, gateway.home) || to.local !== '' || stanza.getChild('offline', MARK) === undefined) return undefined;
  const copy = stanza.getChild('forwarded', FORWARD)?.getChild('message');
  const user = parseJid(copy?.attrs.to ?? '');
  const author = parseJid(copy?.attrs.from ?? '');
  if (copy === undefined || isFailure(user) || isFailure(author) || !sameDomain(user.domain, gateway.home) || sameDomain(author.domain, gateway.domain)) return undefined;
  const contact = contactOfUser(bareJid(user), gateway);
  if (isFailure(contact)) return undefined;
  copy.attrs.to = formatJid(contact);
  return copy;
}
