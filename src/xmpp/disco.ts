/** Service discovery (XEP-0030) of the gateway and of its contacts. Neither has nodes or items. */
import { formatMailAddress } from '../address.js';
import type { Request } from './responder.js';
import type { Target } from './target.js';
import { el, NS, type Element, type StanzaError } from './xml.js';

/** XEP-0106 §5: clients must take escaping for unsupported unless it is listed here. */
const GATEWAY_FEATURES = [
  NS.info, NS.items, 'jid\\20escaping', NS.gateway, NS.version, NS.ping, NS.last, NS.time, NS.vcard, NS.vcard4,
];

/** XEP-0184 §5 and XEP-0461 §2.2: clients ask the contact before they use these. */
const CONTACT_FEATURES = [NS.info, NS.items, NS.ping, NS.last, NS.vcard, NS.vcard4, NS.receipts, NS.reply];

const NO_NODE: StanzaError = { type: 'cancel', condition: 'item-not-found' };

export function discoInfo(request: Request, target: Target): Element | StanzaError {
  if (request.payload.attrs.node !== undefined) return NO_NODE;
  const features = target.kind === 'gateway' ? GATEWAY_FEATURES : CONTACT_FEATURES;
  return el('query', { xmlns: NS.info }, identity(target), features.map((name) => el('feature', { var: name })));
}

/**
 * A contact is `account/registered`: an addressee with a bare JID (XEP-0030 §3.1 and the registry). It is no `client/*`,
 * which would promise a device with resources, and no gateway.
 */
function identity(target: Target): Element {
  if (target.kind === 'gateway') return el('identity', { category: 'gateway', type: 'smtp', name: 'E-mail' });
  return el('identity', { category: 'account', type: 'registered', name: formatMailAddress(target.mail) });
}

export function discoItems(request: Request): Element | StanzaError {
  return request.payload.attrs.node === undefined ? el('query', { xmlns: NS.items }) : NO_NODE;
}
