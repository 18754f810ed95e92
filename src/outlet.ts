/** An outlet that does something more with each try of another. */
import type { Outcome, Outlet } from './edge.js';
import type { Delivery } from './message.js';

/** @param tries in place of the outlet's own */
export function outletWith(outlet: Outlet, tries: Pick<Outlet, 'deliver' | 'deliverBurst'>): Outlet {
  return {
    name: outlet.name,
    keepsOrder: outlet.keepsOrder,
    concurrency: outlet.concurrency,
    get ready() {
      return outlet.ready;
    },
    onReady: (listener) => outlet.onReady(listener),
    ...tries,
  };
}

/** The outlet; it takes nothing while the queue is held. Whoever lets it go wakes the queues. */
export function outletUnless(isHeld: () => boolean, outlet: Outlet): Outlet {
  const { name, keepsOrder, concurrency } = outlet;
  return {
    ...{ name, keepsOrder, concurrency },
    get ready() {
      return !isHeld() && outlet.ready;
    },
    onReady: (listener) => outlet.onReady(listener),
    deliver: (delivery) => outlet.deliver(delivery),
    ...(outlet.deliverBurst && { deliverBurst: async (burst: readonly Delivery[]) => (await outlet.deliverBurst?.(burst)) ?? [] }),
  };
}

export interface TryListener {
  readonly begins: (delivery: Delivery) => void;
  readonly ended: (delivery: Delivery, outcome: Outcome) => void;
}

/** The outlet; of each try it is told when it begins, and how it ended. */
export function outletTelling(outlet: Outlet, { begins, ended }: TryListener): Outlet {
  const deliver: Outlet['deliver'] = async (delivery) => {
    begins(delivery);
    const outcome = await outlet.deliver(delivery);
    ended(delivery, outcome);
    return outcome;
  };
  const deliverBurst = async (burst: readonly Delivery[]): Promise<readonly Outcome[]> => {
    for (const delivery of burst) begins(delivery);
    const outcomes = (await outlet.deliverBurst?.(burst)) ?? [];
    burst.forEach((delivery, i) => {
      const outcome = outcomes[i];
      if (outcome !== undefined) ended(delivery, outcome);
    });
    return outcomes;
  };
  return outletWith(outlet, { deliver, ...(outlet.deliverBurst && { deliverBurst }) });
}
