/**
 * Requests of others: one table from type, name and namespace to what answers it. Every request is answered exactly
 * once (RFC 6120 §8.2.3), nothing else ever is.
 */
import { parseJid, type Jid } from '../address.js';
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
export type Handler = (request: Request) => Answer | Promise<Answer>;

/** Keys are `get NAMESPACE NAME` or `set NAMESPACE NAME`. */
export type Handlers = ReadonlyMap<string, Handler>;

/** The key of a handler in the table. */
export function handlerKey(type: 'get' | 'set', name: string, namespace: string): string {
  return `${type} ${namespace} ${name}`;
}

const BAD_REQUEST: StanzaError = { type: 'modify', condition: 'bad-request' };
const UNAVAILABLE: StanzaError = { type: 'cancel', condition: 'service-unavailable' };
const MALFORMED: StanzaError = { type: 'modify', condition: 'jid-malformed' };

/** The `<iq/>` that answers this one; undefined for results, errors, and what has no sender to answer. Rejects as its handler does. */
export async function respond(iq: Element, handlers: Handlers): Promise<Element | undefined> {
  const { type, from } = iq.attrs;
  if (type === 'result' || type === 'error' || from === undefined) return undefined;
  const answer = await decide(iq, handlers);
  return isError(answer) ? reply(iq, 'error', errorElement(answer)) : reply(iq, 'result', answer);
}

function decide(iq: Element, handlers: Handlers): Answer | Promise<Answer> {
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
