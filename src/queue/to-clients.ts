/** Reports go to a client that is there. */
import type { Outlet } from '../edge.js';
import type { Delivery } from '../message.js';
import { outletWith } from '../outlet.js';
import type { Whereabouts } from '../presence/whereabouts.js';

/** The same outlet for what does not come in bursts; of a user who is known to be online a report finds another client when its own is gone. */
export function toClients(outlet: Outlet, whereabouts: Pick<Whereabouts, 'clients'>): Outlet {
  return outletWith(outlet, { deliver: (delivery) => outlet.deliver(toSomeClient(delivery, whereabouts)) });
}

/** Servers drop errors to a bare JID, and to a client that is gone (RFC 6121 §8.5.2.1.1, §8.5.3.2.1). */
function toSomeClient(delivery: Delivery, whereabouts: Pick<Whereabouts, 'clients'>): Delivery {
  const { message, recipient } = delivery;
  if (message.report === undefined || recipient.kind !== 'jid') return delivery;
  const clients = whereabouts.clients(recipient);
  const [best] = clients;
  if (best === undefined || clients.some(({ resource }) => resource === recipient.resource)) return delivery;
  return { ...delivery, recipient: { ...recipient, resource: best.resource } };
}
