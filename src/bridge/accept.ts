/** Stores a message, and has its deliveries tried at once where a queue has room: no look at the store is needed for them. */
import type { Clock } from '../clock.js';
import type { OutletName } from '../message.js';
import type { ClaimedLane } from '../store/lanes.js';
import type { Kept, NewMessage } from '../store/new-message.js';
import type { Store } from '../store/store.js';

/** An outlet's queue, as the bridge sees it. */
export interface OutletQueue {
  /** A delivery was stored that it has not been given. */
  wake(): void;
  /** Room for up to so many deliveries; each call is followed by one of `take`. */
  reserve(count: number): number;
  take(lanes: readonly ClaimedLane[], reserved: number): void;
}

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly queueOf: (outlet: OutletName) => OutletQueue;
}

const OUTLETS = ['xmpp', 'smtp'] as const;

/** Rejects as the store does. @returns what became of each delivery */
export async function acceptAndQueue(one: NewMessage, { store, clock, queueOf }: Parts): Promise<readonly Kept[]> {
  const reserve = (outlet: OutletName): number => {
    const count = one.deliveries.filter((delivery) => delivery.outlet === outlet).length;
    return count === 0 ? 0 : queueOf(outlet).reserve(count);
  };
  const most = { xmpp: reserve('xmpp'), smtp: reserve('smtp') };
  const give = (outlet: OutletName, lanes: readonly ClaimedLane[]): void => {
    if (most[outlet] > 0) queueOf(outlet).take(lanes, most[outlet]);
  };
  try {
    const { results, lanes } = await store.acceptAndClaim([one], { now: clock(), most });
    const [kept = []] = results;
    for (const outlet of OUTLETS) {
      const claimed = lanes.filter(({ deliveries }) => deliveries[0]?.outlet === outlet);
      give(outlet, claimed);
      const stored = one.deliveries.filter((delivery, i) => delivery.outlet === outlet && kept[i] === 'stored');
      if (stored.length > claimed.length) queueOf(outlet).wake();
    }
    return kept;
  } catch (error) {
    for (const outlet of OUTLETS) give(outlet, []);
    throw error;
  }
}
