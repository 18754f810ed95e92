/**
 * Requests of others: one table from type, name and namespace to what answers it. Every request is answered exactly
 * once (RFC 6120 §8.2.3), nothing else ever is.
 */
import { parseJid, userOfContact, type GatewayNames, type Jid } from '../address.js';
import { isFailure } from '../failure.js';
import { errorElement, type Element, type StanzaError } from './xml.js';
import { el } from './xml.js';

export interface Request {
  readonly from: Jid;
  /** The gateway or one of its contacts, with the resource that was addressed. */
  readonly to: Jid;
  readonly payload: Element;
  /** xml:lang of the request, lower-case; empty when it has none. */
  readonly lang: string;
}

/** The result's payload, `undefined` for an empty result, or an error. */
export type Answer = Element | StanzaError | undefined;

/** An answer, and what is done when it has been sent. */
export class Followed {
  constructor(
    readonly answer: Answer,
    readonly after: () => Promise<void>,
  ) {}
}

export type Handler = (request: Request) => Answer | Followed | Promise<Answer | Followed>;

/** The `<iq/>` to send, and what is done after it. */
export interface Response {
  readonly iq: Element;
  readonly after?: () => Promise<void>;
}

/** Keys are `get NAMESPACE NAME` or `set NAMESPACE NAME`. */
export type Handlers = ReadonlyMap<string, Handler>;

/** The key of a handler in the table. */
export function handlerKey(type: 'get' | 'set', name: string, namespace: string): string {
  return `${type} ${namespace} ${name}`;
}

const BAD_REQUEST: StanzaError = { type: 'modify', condition: 'bad-request' };
const UNAVAILABLE: StanzaError = { type: 'cancel', condition: 'service-unavailable' };
const MALFORMED: StanzaError = { type: 'modify', condition: 'jid-malformed' };

/** What answers this one; undefined for results, errors, and what has no sender to answer. Rejects as its handler does. */
export async function respond(iq: Element, handlers: Handlers): Promise<Response | undefined> {
  const { type, from } = iq.attrs;
  if (type === 'result' || type === 'error' || from === undefined) return undefined;
  const decided = await decide(iq, handlers);
  if (decided instanceof Followed) return { iq: answerWith(iq, decided.answer), after: decided.after };
  return { iq: answerWith(iq, decided) };
}

function answerWith(iq: Element, answer: Answer): Element {
  return isError(answer) ? reply(iq, 'error', errorElement(answer)) : reply(iq, 'result', answer);
}

function decide(iq: Element, handlers: Handlers): ReturnType<Handler> {
  const { type } = iq.attrs;
  const [payload, ...more] = iq.getChildElements();
  if ((type !== 'get' && type !== 'set') || payload === undefined || more.length > 0) return BAD_REQUEST;
  const from = parseJid(iq.attrs.from ?? '');
  const to = parseJid(iq.attrs.to ?? '');
  if (isFailure(from) || isFailure(to)) return MALFORMED;
  const handler = handlers.get(handlerKey(type, payload.getName(), payload.getNS() ?? ''));
  const lang = (iq.attrs['xml:lang'] ?? '').toLowerCase();
  return handler === undefined ? UNAVAILABLE : handler({ from, to, payload, lang });
}

function isError(answer: Answer): answer is StanzaError {
  return answer !== undefined && 'condition' in answer;
}

function reply(iq: Element, type: 'result' | 'error', payload: Element | undefined): Element {
  const { from, to, id } = iq.attrs;
  return el('iq', { type, from: to, to: from, id }, payload);
}

/** Is it a question to a contact that stands for a chat user? What is told of him is asked of his server. */
export function isAboutPeer({ attrs: { type, from, to } }: Element, gateway: GatewayNames): boolean {
  const contact = parseJid(to ?? '');
  return type === 'get' && from !== undefined && !isFailure(contact) && userOfContact(contact, gateway) !== undefined;
}
