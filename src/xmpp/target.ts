/** Whom a stanza at our domain is for. */
import { addresseeOf, userOfContact, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { BlockList } from '../edge.js';
import { isFailure } from '../failure.js';
import type { AdHoc } from './adhoc.js';
import type { Portraits } from './portraits.js';
import type { RegistrationDesk } from './registration.js';
import type { Followed, Answer, Request } from './responder.js';
import type { StanzaError } from './xml.js';

/** The gateway itself, or a contact: it stands for a mail address, or for a chat user who has that mail address here. */
export type Target = { readonly kind: 'gateway' } | ContactTarget;

export interface ContactTarget {
  readonly kind: 'contact';
  readonly mail: MailAddress;
  /** Bare JID. */
  readonly user?: Jid;
}

export interface Served {
  readonly gateway: GatewayNames;
  readonly version: string;
  readonly startedAt: number;
  readonly clock: Clock;
  readonly portraits: Portraits;
  readonly adhoc: AdHoc;
  readonly desk: RegistrationDesk;
  readonly blockList: BlockList;
}

/** What answers a request to a target that exists. */
export type TargetHandler = (request: Request, target: Target, served: Served) => Answer | Followed | Promise<Answer | Followed>;

/** Finds the target; `item-not-found` for a localpart that stands for nobody. */
export function targetOf(to: Jid, gateway: GatewayNames): Target | StanzaError {
  if (to.local === '') return { kind: 'gateway' };
  const mail = addresseeOf(to, gateway);
  if (isFailure(mail)) return { type: 'cancel', condition: 'item-not-found', text: mail.text };
  const user = userOfContact(to, gateway);
  return { kind: 'contact', mail, ...(user !== undefined && { user }) };
}

/** Serves the contacts only, or the gateway only; the other has `service-unavailable`. */
export function contactOnly(contact: boolean, handler: TargetHandler): TargetHandler {
  return (request, target, served) =>
    (target.kind === 'contact') === contact
      ? handler(request, target, served)
      : { type: 'cancel', condition: 'service-unavailable' };
}
