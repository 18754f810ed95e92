/** vCards of the gateway and of mail contacts: vcard-temp (XEP-0054) and vCard4 (XEP-0292). */
import { formatMailAddress } from '../address.js';
import type { Request } from './responder.js';
import type { Target } from './target.js';
import { el, NS, type Element } from './xml.js';

const GATEWAY_NAME = 'E-mail gateway';
const GATEWAY_ABOUT = 'Send "help" in a chat to learn what it can do.';

export function vcardTemp(_request: Request, target: Target): Element {
  if (target.kind === 'gateway') {
    return el('vCard', { xmlns: NS.vcard }, el('FN', {}, GATEWAY_NAME), el('DESC', {}, GATEWAY_ABOUT));
  }
  const address = formatMailAddress(target.mail);
  const email = el('EMAIL', {}, el('INTERNET'), el('USERID', {}, address));
  return el('vCard', { xmlns: NS.vcard }, el('FN', {}, address), email);
}

export function vcard4(_request: Request, target: Target): Element {
  if (target.kind === 'gateway') {
    const kind = textField('kind', 'application');
    return el('vcard', { xmlns: NS.vcard4 }, textField('fn', GATEWAY_NAME), kind, textField('note', GATEWAY_ABOUT));
  }
  const address = formatMailAddress(target.mail);
  return el('vcard', { xmlns: NS.vcard4 }, textField('fn', address), textField('email', address));
}

function textField(name: string, text: string): Element {
  return el(name, {}, el('text', {}, text));
}
