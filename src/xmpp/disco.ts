/** Service discovery (XEP-0030) of the gateway and of its contacts. The only nodes are those of the gateway's commands; neither has other items. */
import { formatMailAddress } from '../address.js';
import { cleanText } from '../translate/xml-text.js';
import type { Request } from './responder.js';
import type { Served, Target } from './target.js';
import { el, NS, type Element, type StanzaError } from './xml.js';

/** XEP-0060 §10: all of it that we have. */
const ITEMS = 'http://jabber.org/protocol/pubsub#retrieve-items';

/** XEP-0191 §3.1, XEP-0377 §2. */
const BLOCKING_FEATURES = [NS.blocking, NS.reporting, NS.reportingFirst, 'urn:xmpp:reporting:reason:spam:0', 'urn:xmpp:reporting:reason:abuse:0'];

/** XEP-0106 §5: clients must take escaping for unsupported unless it is listed here. XEP-0033 §2: one message to several people. */
const GATEWAY_FEATURES = [
  ...BLOCKING_FEATURES,
  NS.info, NS.items, 'jid\\20escaping', NS.gateway, NS.version, NS.ping, NS.last, NS.time, NS.vcard, NS.vcard4,
  NS.pubsub, ITEMS, NS.avatarMetadata, NS.avatarData, NS.address, NS.rosterx, NS.commands,
];

/** XEP-0184 §5, XEP-0461 §2.2, XEP-0444 §2, XEP-0085 §4, XEP-0308 §2, XEP-0424 §3: clients ask the contact before they use these. */
const CONTACT_FEATURES = [...BLOCKING_FEATURES, NS.info, NS.items, NS.ping, NS.last, NS.vcard, NS.vcard4, NS.receipts, NS.reply, NS.chatStates, NS.correct, NS.retract, NS.reactions, NS.nick, NS.pubsub, ITEMS, NS.avatarMetadata, NS.avatarData];

/** What is passed on from one chat user to another. */
const USER_FEATURES = CONTACT_FEATURES.filter((name) => name !== NS.chatStates && name !== NS.retract);

/** XEP-0163 §6.1: how clients learn that they may ask for nodes. */
const pep = (): Element => el('identity', { category: 'pubsub', type: 'pep' });

const NO_NODE: StanzaError = { type: 'cancel', condition: 'item-not-found' };

export async function discoInfo(request: Request, target: Target, served: Served): Promise<Element | StanzaError> {
  const { node } = request.payload.attrs;
  if (node !== undefined) return target.kind === 'gateway' ? served.adhoc.info(request, node) : NO_NODE;
  const features = target.kind === 'gateway' ? [...GATEWAY_FEATURES, ...(served.desk.serves(request.from) ? [NS.register] : [])] : target.user === undefined ? CONTACT_FEATURES : USER_FEATURES;
  const { name } = await served.portraits.of(target, request.from);
  return el('query', { xmlns: NS.info }, identity(target, name), pep(), features.map((name) => el('feature', { var: name })));
}

/**
 * A contact is `account/registered`: an addressee with a bare JID (XEP-0030 §3.1 and the registry). It is no `client/*`,
 * which would promise a device with resources, and no gateway.
 */
function identity(target: Target, name: string | undefined): Element {
  if (target.kind === 'gateway') return el('identity', { category: 'gateway', type: 'smtp', name: 'E-mail' });
  return el('identity', { category: 'account', type: 'registered', name: cleanText(name ?? formatMailAddress(target.mail)) });
}

export function discoItems(request: Request, target: Target, { adhoc }: Served): Element | StanzaError {
  const { node } = request.payload.attrs;
  if (node === undefined) return el('query', { xmlns: NS.items });
  return target.kind === 'gateway' && node === NS.commands ? adhoc.items(request) : NO_NODE;
}
