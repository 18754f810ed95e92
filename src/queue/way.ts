/** What is decided of a delivery before it is tried: that it goes, or what happens instead. */
import type { Failure } from '../failure.js';
import type { Log } from '../log.js';
import type { Delivery } from '../message.js';
import type { Keeping } from '../store/held.js';
import type { NewMessage } from '../store/store.js';
import type { Tried } from './outcome.js';

/** How a delivery ends, or waits, that the outlet is not given. */
export type Detour =
  /** The recipient is away: it waits, and what is behind it. */
  | ({ readonly state: 'held' } & Keeping)
  /** The new message is committed in its place. */
  | { readonly state: 'forwarded'; readonly as: NewMessage };

/** `now`: the outlet tries it. */
export type Way = 'now' | Detour | { readonly state: 'failed'; readonly failure: Failure };

/** At once where it can be: most deliveries go. */
export type WayOf = (delivery: Delivery) => Way | Promise<Way>;

/** It keeps back what is behind it. */
type Stays = Extract<Detour, { state: 'held' }> | { readonly state: 'released' };

interface Trying {
  readonly wayOf: WayOf;
  /** The outlet's try, which is begun at once. */
  readonly attempt: (delivery: Delivery) => Promise<Tried[]>;
  readonly log: Log;
}

/**
 * Begins the tries of a lane's deliveries in their order, each as its way says. Behind one that is held everything is held, whatever
 * has become known since: nothing overtakes.
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
    log.error({ message: delivery.message.id, err: error }, 'a bug: no way could be found for a delivery');
    return { state: 'released' };
  }
}
