/** An outlet that does something more with each try of another. */
import type { Outlet } from './edge.js';

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
