/** Begins the tries of a lane, each delivery by the way that was decided for it. */
import type { Detour, Way, WayOf } from '../bridge/way.js';
import type { Log } from '../log.js';
import type { Delivery } from '../message.js';
import type { Tried } from './outcome.js';

/** It keeps back what is behind it. */
type Stays = Extract<Detour, { state: 'held' }> | { readonly state: 'released' };

interface Trying {
  readonly wayOf: WayOf;
  /** The outlet's try, which is begun at once. */
  readonly attempt: (delivery: Delivery) => Promise<Tried[]>;
  readonly log: Log;
}

/**
 * Begins them in their order. Behind one that is held everything is held, whatever has become known since: nothing overtakes.
 * @returns the tries, which go on
 */
export async function alongWays(deliveries: readonly Delivery[], trying: Trying): Promise<Promise<Tried[]>[]> {
  const tries: Promise<Tried[]>[] = [];
  let stays: Stays | undefined;
  for (const delivery of deliveries) {
    const way = stays ?? (await wayFor(delivery, trying));
    if (way === 'now') tries.push(trying.attempt(delivery));
    else tries.push(Promise.resolve([{ delivery, outcome: way }]));
    if (way !== 'now' && (way.state === 'held' || way.state === 'released')) stays = way;
  }
  return tries;
}

async function wayFor(delivery: Delivery, { wayOf, log }: Trying): Promise<Way | Stays> {
  if (delivery.damaged === true) return 'now';
  try {
    return await wayOf(delivery);
  } catch (error) {
    log.error({ message: delivery.message.id, err: error }, 'no way could be found for a delivery: it is tried again');
    return { state: 'released' };
  }
}
