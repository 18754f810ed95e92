/** Whether a user's client has read what was sent to the bare JID before: it answers what comes behind it, in the order of the wire. */
import { bareJid, formatJid, type Jid } from '../address.js';
import { isFailure } from '../failure.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import type { IqCaller } from './iq.js';
import { el, NS } from './xml.js';

/** ms for the server, which tells that a client is gone before it answers. */
const SERVER_DEADLINE = 5_000;

export interface HasReadPorts {
  readonly iq: IqCaller;
  readonly whereabouts: Whereabouts;
  /** The gateway's domain, which asks, and the user's server's. */
  readonly domain: string;
  /** ms for the answer. */
  readonly deadline: number;
}

/**
 * @param user full or bare JID
 * @returns true when one of the clients that messages to the bare JID go to (RFC 6121 §8.5.2.1.1: the highest priority, 0 at least) has
 *   answered a ping (XEP-0199); false when none is known, or none answers in time
 */
export async function hasRead(user: Jid, ports: HasReadPorts): Promise<boolean> {
  const clients = ports.whereabouts.clients(user);
  const highest = clients[0]?.priority ?? -1;
  if (highest < 0) return false;
  const best = clients.filter(({ priority }) => priority === highest);
  return any(best.map(({ resource }) => answers({ ...bareJid(user), resource }, ports)));
}

async function answers(client: Jid, { iq, whereabouts, domain, deadline }: HasReadPorts): Promise<boolean> {
  const answer = await iq.request({ from: domain, to: formatJid(client), type: 'get', payload: el('ping', { xmlns: NS.ping }), deadline });
  if (isFailure(answer)) return false;
  if (answer.attrs.type === 'result') return true;
  // An error is the client's, which knows no ping, or the server's, because it is gone (RFC 6121 §8.5.3.2.3).
  if (!(await iq.ping(domain, client.domain, SERVER_DEADLINE))) return false;
  return whereabouts.clients(client).some(({ resource }) => resource === client.resource);
}

/** True as soon as one is. */
function any(answers: readonly Promise<boolean>[]): Promise<boolean> {
  const orReject = answers.map(async (answer) => ((await answer) ? true : Promise.reject(new Error('no'))));
  return Promise.any(orReject).catch(() => false);
}
