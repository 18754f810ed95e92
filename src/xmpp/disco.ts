/** Service discovery (XEP-0030) of the gateway and of its contacts. The only nodes are those of the gateway's commands and what its presence names; neither has other items. */
import { formatMailAddress } from '../address.js';
import { cleanText } from '../translate/xml-text.js';
import { BLOCKING_FEATURES, gatewayInfo, infoAt, ITEMS, pep } from './own-caps.js';
import type { Request } from './responder.js';
import type { ContactTarget, Served, Target } from './target.js';
import { el, NS, type Element, type StanzaError } from './xml.js';

/** XEP-0184 §5, XEP-0461 §2.2, XEP-0444 §2, XEP-0085 §4, XEP-0308 §2, XEP-0424 §3: clients ask the contact before they use these. */
const CONTACT_FEATURES = [...BLOCKING_FEATURES, NS.info, NS.items, NS.ping, NS.last, NS.vcard, NS.vcard4, NS.receipts, NS.reply, NS.chatStates, NS.correct, NS.retract, NS.reactions, NS.nick, NS.pubsub, ITEMS, NS.avatarMetadata, NS.avatarData];

/** What is passed on from one chat user to another. */
const USER_FEATURES = CONTACT_FEATURES.filter((name) => name !== NS.chatStates && name !== NS.retract);

const NO_NODE: StanzaError = { type: 'cancel', condition: 'item-not-found' };

export async function discoInfo(request: Request, target: Target, served: Served): Promise<Element | StanzaError> {
  const { node } = request.payload.attrs;
  if (target.kind === 'gateway') return node === undefined ? gatewayInfo(served.desk.serves(request.from)) : (infoAt(node) ?? served.adhoc.info(request, node));
  if (node !== undefined) return NO_NODE;
  const features = target.user === undefined ? CONTACT_FEATURES : USER_FEATURES;
  const { name } = await served.portraits.of(target, request.from);
  return el('query', { xmlns: NS.info }, identity(target, name), pep(), features.map((name) => el('feature', { var: name })));
}

/**
 * A contact is `account/registered`: an addressee with a bare JID (XEP-0030 §3.1 and the registry). It is no `client/*`,
 * which would promise a device with resources, and no gateway.
 */
function identity({ mail }: ContactTarget, name: string | undefined): Element {
  return el('identity', { category: 'account', type: 'registered', name: cleanText(name ?? formatMailAddress(mail)) });
}

export function discoItems(request: Request, target: Target, { adhoc }: Served): Element | StanzaError {
  const { node } = request.payload.attrs;
  if (node === undefined) return el('query', { xmlns: NS.items });
  return target.kind === 'gateway' && node === NS.commands ? adhoc.items(request) : NO_NODE;
}
