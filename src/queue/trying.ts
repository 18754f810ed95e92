/** Hands the deliveries of a lane to the outlet: in their order, as many at once as it can take. */
import { formatAddress } from '../address.js';
import type { WayOf } from '../bridge/way.js';
import type { Outcome, Outlet } from '../edge.js';
import { Failure } from '../failure.js';
import type { Log } from '../log.js';
import type { Delivery } from '../message.js';
import { DAMAGED, type Tried } from './outcome.js';
import { Slots } from './slots.js';
import { alongWays } from './way.js';

export interface TryingParts {
  readonly outlet: Outlet;
  readonly log: Log;
  readonly wayOf?: WayOf;
  /** Nothing is handed over while it is false. */
  readonly goesOn: () => boolean;
}

/** An outlet that fails to say how a delivery ended has a bug: it is tried again. */
const NO_OUTCOME: Outcome = { state: 'deferred', failure: Failure.temporary('remote-unreachable', 'The gateway failed to hand it over.') };

export class Trying {
  private readonly slots: Slots;

  constructor(private readonly parts: TryingParts) {
    this.slots = new Slots(parts.outlet.concurrency);
  }

  /** @returns how each ended that was tried. Where the outlet keeps no order, those behind one that did not get through are not */
  lane(deliveries: readonly Delivery[]): Promise<Tried[]> {
    return this.parts.outlet.keepsOrder ? this.together(deliveries) : this.inTurn(deliveries);
  }

  private async together(deliveries: readonly Delivery[]): Promise<Tried[]> {
    const { wayOf, log } = this.parts;
    const tries = wayOf === undefined ? burstsIn(deliveries).map((burst) => this.try(burst)) : await alongWays(deliveries, { wayOf, log, attempt: (one) => this.try([one]) });
    return (await Promise.all(tries)).flat();
  }

  /** Ends at the first that did not get through for now: what is behind it must not overtake. */
  private async inTurn(deliveries: readonly Delivery[]): Promise<Tried[]> {
    const tried: Tried[] = [];
    for (const burst of burstsIn(deliveries)) {
      const ended = await this.try(burst);
      tried.push(...ended);
      if (ended.some(({ outcome: { state } }) => state === 'deferred' || state === 'released')) break;
    }
    return tried;
  }

  /** What is damaged fails alone; the rest of its burst goes on. */
  private async try(burst: readonly Delivery[]): Promise<Tried[]> {
    const whole = burst.filter(({ damaged }) => damaged !== true);
    const outcomes = whole.length === 0 ? [] : [...(await this.deliver(whole))];
    return burst.map((delivery) => ({ delivery, outcome: delivery.damaged === true ? this.damaged(delivery) : (outcomes.shift() ?? NO_OUTCOME) }));
  }

  private async deliver(burst: readonly Delivery[]): Promise<readonly Outcome[]> {
    const { outlet, log, goesOn } = this.parts;
    const turn = this.slots.take();
    if (turn !== undefined) await turn;
    try {
      if (!goesOn() || !outlet.ready) return burst.map(() => ({ state: 'released' }));
      const [only] = burst;
      if (outlet.deliverBurst === undefined || only?.burst === undefined) return await Promise.all(burst.map((delivery) => outlet.deliver(delivery)));
      return await outlet.deliverBurst(burst);
    } catch (error) {
      log.error({ message: burst[0]?.message.id, outlet: outlet.name, err: error }, 'a bug in the outlet');
      return burst.map(() => NO_OUTCOME);
    } finally {
      this.slots.give();
    }
  }

  /** Ends as failed. */
  private damaged({ seq, message, recipient }: Delivery): Outcome {
    const from = formatAddress(message.sender);
    this.parts.log.error({ seq, message: message.id, from, to: formatAddress(recipient) }, 'a message is damaged in the store and fails: check the disk and the memory of this machine');
    return { state: 'failed', failure: DAMAGED };
  }
}

/** Neighbours of the same burst together, everything else alone. */
function burstsIn(deliveries: readonly Delivery[]): Delivery[][] {
  const bursts: Delivery[][] = [];
  for (const delivery of deliveries) {
    const last = bursts.at(-1);
    if (delivery.burst !== undefined && last?.[0]?.burst === delivery.burst) last.push(delivery);
    else bursts.push([delivery]);
  }
  return bursts;
}
