/** Puts together what is done for chat users who are away: what is decided, what is held, and how it comes home. */
import { formatAddress, formatBareJid, formatJid, parseJid, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { notice } from '../bridge/notice.js';
import { Offline, type OfflineParts } from '../bridge/offline.js';
import type { Outlet } from '../edge.js';
import { isFailure } from '../failure.js';
import type { Delivery } from '../message.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import type { NewMessage } from '../store/new-message.js';
import type { Store } from '../store/store.js';
import { Homecoming, type HomecomingParts } from './homecoming.js';
import type { QueueParts } from './queue.js';
import { toClients } from './to-clients.js';

export interface AwayParts extends Omit<HomecomingParts, 'isHome' | 'look' | 'store' | 'outlet'>, Omit<OfflineParts, 'standing' | 'holds' | 'isWaitedFor'> {
  readonly store: Store;
  /** Of the XMPP edge. */
  readonly outlet: Outlet;
  readonly whereabouts: Whereabouts;
  readonly gateway: GatewayNames;
  /** For how long a warning is tried, ms. */
  readonly lifetime: number;
  /** Mailboxes that are proven to be the user's. Rejects as the store does. */
  readonly verifiedMailboxOf: (user: Jid) => Promise<MailAddress | undefined>;
}

export interface Away {
  readonly offline: Offline;
  readonly homecoming: Homecoming;
  /** What the queue of the XMPP outlet has beside what every queue has. */
  readonly forQueue: Pick<QueueParts, 'outlet' | 'wayOf' | 'onHeld' | 'warningFor'>;
}

export function createAway(parts: AwayParts): Away {
  const { whereabouts, store } = parts;
  const offline: Offline = new Offline({
    ...parts,
    standing: (user) => whereabouts.standing(user),
    holds: store.holds,
    isWaitedFor: (user) => homecoming.has(user),
  });
  const outlet = toClients(parts.outlet, whereabouts);
  const homecoming: Homecoming = new Homecoming({ ...parts, outlet, isHome: (user) => offline.isHome(user), look: (user, before) => offline.look(user, before) });
  whereabouts.on('online', (user) => homecoming.comes(formatJid(user)));
  whereabouts.on('offline', (user) => homecoming.leaves(formatJid(user)));
  return {
    offline,
    homecoming,
    forQueue: {
      outlet,
      wayOf: (delivery) => offline.wayOf(delivery),
      onHeld: ({ recipient }) => homecoming.held(userOf(recipient)),
      warningFor: (delivery, expiresAt) => warningFor(delivery, expiresAt, parts),
    },
  };
}

/** One a day at most, whatever is held. */
async function warningFor({ recipient }: Delivery, expiresAt: number, parts: AwayParts): Promise<NewMessage | undefined> {
  const user = parseJid(userOf(recipient));
  const mailbox = isFailure(user) ? undefined : await parts.verifiedMailboxOf(user);
  if (isFailure(user) || mailbox === undefined) return undefined;
  const { gateway, clock, lifetime } = parts;
  const count = await parts.store.holds.count(user);
  const when = new Date(expiresAt);
  const text = `You have ${count === 1 ? 'one message' : `${count} messages`} at the mail gateway ${gateway.domain}, which wait for you to come online with ${formatJid(user)}. From ${when.toUTCString()} on they are given up, the oldest first, and their senders are told that you did not get them.`;
  const sourceKey = `held ${formatJid(user)} ${when.toISOString().slice(0, 10)}`;
  return notice(mailbox, text, { gateway, now: clock(), lifetime, subject: 'Messages wait for you in chat', sourceKey });
}

function userOf(recipient: Delivery['recipient']): string {
  return recipient.kind === 'jid' ? formatBareJid(recipient) : formatAddress(recipient);
}
