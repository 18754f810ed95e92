/** The server's word that it has taken what we sent: the answer to a ping behind it. XEP-0114 has no other. */
import type { GatewayNames } from '../address.js';
import type { Clock } from '../clock.js';
import type { IqCaller } from './iq.js';
import type { Link } from './link.js';

export interface PongPorts {
  readonly gateway: GatewayNames;
  readonly clock: Clock;
  readonly iq: IqCaller;
  readonly link: Link;
  /** ms it may take. */
  readonly deadline: number;
}

/**
 * Resolves true when the server has taken all that was sent before. A link without an answer is given up, unless the
 * answer may lie where we have not read yet: then it is asked again.
 */
export async function pong(ports: PongPorts): Promise<boolean> {
  const { gateway, clock, iq, link, deadline } = ports;
  const asked = clock();
  const answered = await iq.ping(gateway.domain, gateway.home, deadline);
  if (answered || !link.connected) return answered;
  if (link.paused || link.readingSince > asked) return pong(ports);
  link.drop('the XMPP server does not confirm what we sent');
  return false;
}
