/**
 * Greylisting (RFC 6647): who is not known is asked to come again after a while, which what only sends spam seldom does. Known are
 * a client's network, envelope sender and recipient together, once they have come again; then networks of which several have;
 * and whoever the recipient has a conversation with.
 */
import { createHash } from 'node:crypto';
import { formatMailAddress, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { Route } from '../edge.js';
import { Failure } from '../failure.js';
import { network, unmapped } from '../network.js';
import type { Screen } from './screen.js';

/** What is kept, over a restart too. */
export interface GreylistRows {
  /**
   * Notes that this triple of this network came.
   * @param wait ms from its first time on until it is let through
   * @returns ms that it still has to wait; 0: it may pass
   */
  greyed(triple: string, network: string, wait: number, now: number): Promise<number>;
}

export interface GreylistParts {
  readonly rows: GreylistRows;
  /** ms. */
  readonly wait: number;
  readonly clock: Clock;
  /** Has the chat user a conversation with this address? */
  readonly knows: (user: Jid, sender: MailAddress) => Promise<boolean>;
}

export function greylist({ rows, wait, clock, knows }: GreylistParts): Screen {
  return async ({ peer, from, recipient, routes }) => {
    if (from !== undefined && (await anybodyKnows(routes, from))) return routes;
    const net = siteOf(peer);
    const left = await rows.greyed(hashOf([net, from === undefined ? '' : formatMailAddress(from), formatMailAddress(recipient)]), hashOf([net]), wait, clock());
    if (left === 0) return routes;
    return Failure.temporary('greylisted', `Greylisted: please try again in ${Math.ceil(left / 1_000)} seconds.`);
  };

  async function anybodyKnows(routes: readonly Route[], from: MailAddress): Promise<boolean> {
    for (const route of routes) if (route.outlet === 'xmpp' && route.recipient.kind === 'jid' && (await knows(route.recipient, from))) return true;
    return false;
  }
}

/** Large senders come again from another machine of theirs: IPv4 /24, IPv6 /64. */
function siteOf(peer: string): string {
  return network(unmapped(peer)).replace(/^(\d+\.\d+\.\d+)\.\d+$/, '$1.0');
}

/** Short, and of one length, whatever was said. */
function hashOf(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n').toLowerCase()).digest('base64url').slice(0, 22);
}
