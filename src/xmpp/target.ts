/** Whom a stanza at our domain is for. */
import { mailOfContact, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import { isFailure } from '../failure.js';
import type { AdHoc } from './adhoc.js';
import type { Portraits } from './portraits.js';
import type { Answer, Request } from './responder.js';
import type { StanzaError } from './xml.js';

/** The gateway itself, or the contact that stands for a mail address. */
export type Target = { readonly kind: 'gateway' } | { readonly kind: 'contact'; readonly mail: MailAddress };

export interface Served {
  readonly gateway: GatewayNames;
  readonly version: string;
  readonly startedAt: number;
  readonly clock: Clock;
  readonly portraits: Portraits;
  readonly adhoc: AdHoc;
}

/** What answers a request to a target that exists. */
export type TargetHandler = (request: Request, target: Target, served: Served) => Answer | Promise<Answer>;

/** Finds the target; `item-not-found` for a localpart that stands for no mail address. */
export function targetOf(to: Jid, gateway: GatewayNames): Target | StanzaError {
  if (to.local === '') return { kind: 'gateway' };
  const mail = mailOfContact(to, gateway);
  if (isFailure(mail)) return { type: 'cancel', condition: 'item-not-found', text: mail.text };
  return { kind: 'contact', mail };
}

/** Serves the contacts only, or the gateway only; the other has `service-unavailable`. */
export function contactOnly(contact: boolean, handler: TargetHandler): TargetHandler {
  return (request, target, served) =>
    (target.kind === 'contact') === contact
      ? handler(request, target, served)
      : { type: 'cancel', condition: 'service-unavailable' };
}
