/** Puts together what is done for chat users who are away: what is decided, what is held, and how it comes home. */
import { formatAddress, formatJid, parseJid, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { notice } from '../bridge/notice.js';
import { Offline, type OfflineParts } from '../bridge/offline.js';
import { isFailure } from '../failure.js';
import type { Delivery } from '../message.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import type { NewMessage, Store } from '../store/store.js';
import { Homecoming, type HomecomingParts } from './homecoming.js';
import type { QueueParts } from './queue.js';

export interface AwayParts extends Omit<HomecomingParts, 'isHome' | 'look' | 'store'>, Omit<OfflineParts, 'standing' | 'holds' | 'isWaitedFor'> {
  readonly store: Store;
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
  readonly forQueue: Pick<QueueParts, 'wayOf' | 'onHeld' | 'warningFor'>;
}

export function createAway(parts: AwayParts): Away {
  const { whereabouts, store } = parts;
  const offline: Offline = new Offline({
    ...parts,
    standing: (user) => whereabouts.standing(user),
    holds: store.holds,
    isWaitedFor: (user) => homecoming.has(user),
  });
  const outlet: HomecomingParts['outlet'] = {
    get ready() {
      return parts.outlet.ready;
    },
    deliver: (delivery) => parts.outlet.deliver(toSomeClient(delivery, whereabouts)),
  };
  const homecoming: Homecoming = new Homecoming({ ...parts, outlet, isHome: (user) => offline.isHome(user), look: (user, before) => offline.look(user, before) });
  whereabouts.on('online', (user) => homecoming.comes(formatJid(user)));
  whereabouts.on('offline', (user) => homecoming.leaves(formatJid(user)));
  return {
    offline,
    homecoming,
    forQueue: {
      wayOf: (delivery) => offline.wayOf(delivery),
      onHeld: ({ recipient }) => homecoming.held(userOf(recipient)),
      warningFor: (delivery, expiresAt) => warningFor(delivery, expiresAt, parts),
    },
  };
}

/** A report goes to a client, since servers drop errors to a bare JID (RFC 6121 §8.5.2.1.1); that of before may be gone. */
function toSomeClient(delivery: Delivery, whereabouts: Whereabouts): Delivery {
  const { message, recipient } = delivery;
  if (message.report === undefined || recipient.kind !== 'jid') return delivery;
  const clients = whereabouts.clients(recipient);
  const [best] = clients;
  if (best === undefined || clients.some(({ resource }) => resource === recipient.resource)) return delivery;
  return { ...delivery, recipient: { ...recipient, resource: best.resource } };
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
  const { message, deliveries } = notice(mailbox, text, { gateway, now: clock(), lifetime, subject: 'Messages wait for you in chat' });
  const sourceKey = `held ${formatJid(user)} ${when.toISOString().slice(0, 10)}`;
  return { message, deliveries: deliveries.map((delivery) => ({ ...delivery, sourceKey })) };
}

function userOf(recipient: Delivery['recipient']): string {
  return recipient.kind === 'jid' ? formatJid({ ...recipient, resource: '' }) : formatAddress(recipient);
}
