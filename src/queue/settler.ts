/** Writes down how tries ended, and does not give up while the process lives. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SparingLog } from '../log.js';
import type { OutletName } from '../message.js';
import type { Settlement } from '../store/lanes.js';
import type { Store } from '../store/store.js';
import { storePause } from './retry.js';

export interface SettlerParts {
  readonly store: Pick<Store, 'settle'>;
  /** Whose tries they are. */
  readonly outlet: OutletName;
  readonly trouble: SparingLog;
  /** Called after a commit that holds a delivery (a report) for this outlet. */
  readonly wake: (outlet: OutletName) => void;
}

export class Settler {
  private readonly abandoned = new AbortController();

  constructor(private readonly parts: SettlerParts) {
    // Every settlement that waits for the store listens.
    setMaxListeners(0, this.abandoned.signal);
  }

  /** Tries until it is committed. @returns whether anything still waits in the lane; undefined when it was abandoned before */
  async settle(settlement: Settlement): Promise<boolean | undefined> {
    const { store, outlet, trouble, wake } = this.parts;
    for (let failures = 1; ; failures++) {
      try {
        const waits = await store.settle(settlement);
        for (const one of outletsOf(settlement)) wake(one);
        return waits;
      } catch (error) {
        trouble.error({ outlet, lane: settlement.lane, failures, err: error }, 'not settled yet');
        if (!(await this.pause(storePause(failures)))) return undefined;
      }
    }
  }

  /** Nothing is tried again after this. */
  abandon(): void {
    this.abandoned.abort();
  }

  /** @returns false when all was abandoned meanwhile */
  private pause(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: this.abandoned.signal }).catch(() => false);
  }
}

function outletsOf({ reports }: Settlement): Set<OutletName> {
  return new Set(reports.flatMap((report) => report.deliveries.map((delivery) => delivery.outlet)));
}
