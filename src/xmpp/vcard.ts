/** vCards of the gateway and of mail contacts: vcard-temp (XEP-0054) and vCard4 (XEP-0292). */
import { formatMailAddress } from '../address.js';
import { cleanText } from '../translate/xml-text.js';
import type { Avatar, Portrait } from './portraits.js';
import type { Request } from './responder.js';
import type { Served, Target } from './target.js';
import { el, NS, type Element } from './xml.js';

const GATEWAY_ABOUT = 'Send "help" in a chat to learn what it can do.';

export async function vcardTemp(request: Request, target: Target, served: Served): Promise<Element> {
  const portrait = await served.portraits.of(target, request.from);
  const name = el('FN', {}, nameIn(target, portrait));
  const photo = photoOf(portrait.avatar);
  if (target.kind === 'gateway') return el('vCard', { xmlns: NS.vcard }, name, el('DESC', {}, GATEWAY_ABOUT), photo);
  const nick = portrait.name === undefined ? undefined : el('NICKNAME', {}, cleanText(portrait.name));
  const email = el('EMAIL', {}, el('INTERNET'), el('USERID', {}, formatMailAddress(target.mail)));
  return el('vCard', { xmlns: NS.vcard }, name, nick, email, photo);
}

export async function vcard4(request: Request, target: Target, served: Served): Promise<Element> {
  return cardOf(target, await served.portraits.of(target, request.from));
}

/** The vCard4 of a target. */
export function cardOf(target: Target, portrait: Portrait): Element {
  const { type, bytes } = portrait.avatar;
  const fn = textField('fn', nameIn(target, portrait));
  const photo = el('photo', {}, el('uri', {}, `data:${type};base64,${bytes.toString('base64')}`));
  if (target.kind === 'gateway') {
    return el('vcard', { xmlns: NS.vcard4 }, fn, textField('kind', 'application'), textField('note', GATEWAY_ABOUT), photo);
  }
  return el('vcard', { xmlns: NS.vcard4 }, fn, textField('email', formatMailAddress(target.mail)), photo);
}

function nameIn(target: Target, { name }: Portrait): string {
  return cleanText(name ?? (target.kind === 'contact' ? formatMailAddress(target.mail) : ''));
}

function photoOf({ type, bytes }: Avatar): Element {
  return el('PHOTO', {}, el('TYPE', {}, type), el('BINVAL', {}, bytes.toString('base64')));
}

function textField(name: string, text: string): Element {
  return el(name, {}, el('text', {}, text));
}
