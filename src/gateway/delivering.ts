/** The way out, put together: a queue for each outlet, what is done for who is away, and who is told of each try. */
import type { GatewayNames, Jid, MailAddress } from '../address.js';
import type { Forwarding } from '../bridge/forward.js';
import type { Preferences } from '../bridge/preferences.js';
import type { Clock } from '../clock.js';
import { lifetimes, queuePolicy } from '../config/edges.js';
import type { Config } from '../config/keys.js';
import type { Outcome, Outlet } from '../edge.js';
import type { Log } from '../log.js';
import type { Delivery, OutletName } from '../message.js';
import { outletTelling, outletUnless } from '../outlet.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import { createAway, type Away } from '../queue/away.js';
import { Queue, type QueueParts } from '../queue/queue.js';
import type { Store } from '../store/store.js';

export interface DeliveringParts extends Pick<QueueParts, 'reportFor'> {
  readonly config: Config;
  readonly store: Store;
  readonly gateway: GatewayNames;
  readonly clock: Clock;
  readonly log: Log;
  readonly preferences: Preferences;
  readonly forwarding: Forwarding;
  readonly whereabouts: Whereabouts;
  readonly wake: (outlet: OutletName) => void;
  readonly outlets: Readonly<Record<OutletName, Outlet>>;
  /** Is the queue held? Then nothing is tried, and nothing expires. */
  readonly isHeld: () => boolean;
  /** @see XmppEdge.hasRead */
  readonly hasRead: (user: Jid) => Promise<boolean>;
  readonly verifiedMailboxOf: (user: Jid) => Promise<MailAddress | undefined>;
  /** Of each try. */
  readonly begins: (delivery: Delivery) => void;
  readonly ended: (outlet: OutletName, delivery: Delivery, state: Outcome['state']) => void;
}

export class Delivering {
  readonly away: Away;
  readonly queues: Readonly<Record<OutletName, Queue>>;

  constructor(parts: DeliveringParts) {
    const { config, store, clock, log, wake, reportFor, outlets, whereabouts, isHeld, begins, ended } = parts;
    const common = { store, clock, log, wake, reportFor, isHeld };
    const policy = queuePolicy(config);
    const told = (outlet: Outlet): Outlet => outletTelling(outletUnless(isHeld, outlet), { begins, ended: (delivery, { state }) => ended(outlet.name, delivery, state) });
    this.away = createAway({
      ...common,
      outlet: told(outlets.xmpp),
      gateway: parts.gateway,
      preferences: parts.preferences,
      forwarding: parts.forwarding,
      retry: policy.retry,
      rate: config.offline.rate,
      quota: config.offline.quota,
      lifetime: lifetimes(config).expire,
      whereabouts,
      hasRead: parts.hasRead,
      verifiedMailboxOf: parts.verifiedMailboxOf,
    });
    this.queues = { xmpp: new Queue({ ...common, policy, ...this.away.forQueue }), smtp: new Queue({ ...common, policy, outlet: told(outlets.smtp) }) };
  }

  /** Before anything is handed in. Rejects as the store does. */
  load(): Promise<void> {
    return this.away.homecoming.load();
  }

  start(): void {
    this.away.homecoming.start();
    for (const queue of Object.values(this.queues)) queue.start();
  }

  /** The queue is held no more: all that is due goes, also to those who came while it was. */
  released(): void {
    for (const queue of Object.values(this.queues)) queue.wake();
    this.away.homecoming.lookAround();
  }

  /** Tries nothing new, and finishes what is under way. */
  async stop(deadlineMs: number): Promise<void> {
    await Promise.all([...Object.values(this.queues), this.away.homecoming].map((part) => part.stop(deadlineMs)));
  }
}
