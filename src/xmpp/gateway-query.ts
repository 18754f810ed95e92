/** `jabber:iq:gateway` (XEP-0100 §6.3): a client asks for the JID of a mail address that its user typed. */
import { contactOf, contactOfUser, formatJid, formatPhoneNumber, parseMailAddress, parsePhoneNumber, type Jid } from '../address.js';
import { chatUserOf } from '../addressees.js';
import { Failure, isFailure } from '../failure.js';
import type { Request } from './responder.js';
import type { Served, Target } from './target.js';
import { el, NS, type Element, type StanzaError } from './xml.js';

interface Wording {
  readonly desc: string;
  readonly prompt: string;
}

const ENGLISH: Wording = { desc: 'Enter the e-mail address of the person you want to write to.', prompt: 'E-mail address' };

/** By primary language subtag. */
const WORDINGS: ReadonlyMap<string, Wording> = new Map([
  ['en', ENGLISH],
  ['de', { desc: 'Geben Sie die E-Mail-Adresse der Person ein, der Sie schreiben möchten.', prompt: 'E-Mail-Adresse' }],
]);

/** Longer input is no address with a name. */
const MAX_INPUT = 1000;

/** The form's wording, in the language of the request where we have it. */
export function gatewayPrompt(request: Request): Element {
  const primary = request.lang.split('-')[0] ?? '';
  const found = WORDINGS.get(primary);
  const { desc, prompt } = found ?? ENGLISH;
  const lang = found === undefined ? 'en' : primary;
  return el('query', { xmlns: NS.gateway, 'xml:lang': lang }, el('desc', {}, desc), el('prompt', {}, prompt));
}

/** The JID for `a@b`, `<a@b>`, `mailto:a@b`, `Name <a@b>`, or a telephone number where those are served: in `<jid/>`, and in `<prompt/>` where older clients look. */
export function gatewayTranslate(request: Request, _target: Target, served: Served): Element | StanzaError {
  const contact = contactFor(request.payload.getChildText('prompt') ?? '', served);
  if (isFailure(contact)) return { type: 'modify', condition: 'not-acceptable', text: contact.text };
  const jid = formatJid(contact);
  return el('query', { xmlns: NS.gateway }, el('jid', {}, jid), el('prompt', {}, jid));
}

function contactFor(typed: string, served: Served): Jid | Failure {
  if (typed.length > MAX_INPUT) return Failure.permanent('bad-address', 'This is not an e-mail address.');
  const number = served.gateway.phones === true ? parsePhoneNumber(typed.trim()) : undefined;
  if (number !== undefined && !isFailure(number)) return { kind: 'jid', local: formatPhoneNumber(number), domain: served.gateway.domain, resource: '' };
  const mail = parseMailAddress(addressIn(typed.trim()));
  if (isFailure(mail)) return mail;
  const user = chatUserOf(mail, served.gateway);
  return user === undefined ? contactOf(mail, served.gateway) : contactOfUser(user, served.gateway);
}

/** What is in the last angle brackets, or the whole without `mailto:`. The strict grammar decides afterwards. */
function addressIn(text: string): string {
  const open = text.lastIndexOf('<');
  const inner = open !== -1 && text.endsWith('>') ? text.slice(open + 1, -1).trim() : text;
  return inner.replace(/^mailto:/i, '');
}
