/** What strangers' clients are asked for at RCPT, beyond whether the recipient exists. */
import type { MailAddress } from '../address.js';
import type { Arrival, MailAdmission, Route } from '../edge.js';
import { isFailure } from '../failure.js';

/** A recipient who exists, and who wants to write to him. */
export interface Caller extends Arrival {
  readonly recipient: MailAddress;
  readonly routes: readonly Route[];
}

/** Decides about a caller: the routes to go on, or why not. Rejects only as the store does. */
export type Screen = (caller: Caller) => MailAdmission | Promise<MailAdmission>;

/**
 * One screen of several, asked in their order until one says no. Left alone are the administrator's own MTAs, whose address says
 * nothing of the sender; answers to mail of ours, whose addresses nobody can guess; and mail to the operators: whoever is
 * refused can tell them.
 */
export function screenOf(screens: readonly Screen[]): Screen {
  return (caller) => (screens.length === 0 || caller.trusted || caller.routes.every(isExempt) ? caller.routes : askAll(screens, caller));
}

/** Nobody is kept from telling the operators, or from answering our mail. */
export function isExempt(route: Route): boolean {
  return route.outlet === 'bounce' || route.operators === true;
}

async function askAll(screens: readonly Screen[], caller: Caller): Promise<MailAdmission> {
  for (const screen of screens) {
    const answer = await screen(caller);
    if (isFailure(answer)) return answer;
  }
  return caller.routes;
}
