/** Looks for deliveries that are late or have expired, and tells who must know. */
import type { Clock } from '../clock.js';
import type { SparingLog } from '../log.js';
import type { Delivery, OutletName } from '../message.js';
import type { Overdue, Settlement } from '../store/lanes.js';
import type { NewMessage } from '../store/new-message.js';
import type { Store } from '../store/store.js';
import { overdueSettlements, type ReportFor } from './outcome.js';

export interface LateParts {
  readonly store: Pick<Store, 'overdue'>;
  readonly outlet: OutletName;
  readonly clock: Clock;
  readonly trouble: SparingLog;
  readonly reportFor: ReportFor;
  readonly settle: (settlement: Settlement) => Promise<unknown>;
  /** Rejects as the store does. */
  readonly warningFor?: (delivery: Delivery, expiresAt: number) => Promise<NewMessage | undefined>;
}

const AT_ONCE = 100;

/**
 * All that are late now.
 * @param goesOn asked before each hundred
 * @returns of how many somebody was warned, and how many have expired. Never rejects: what the store refuses is found the next time
 */
export async function settleLate(parts: LateParts, goesOn: () => boolean): Promise<{ warned: number; expired: number }> {
  const { store, outlet, clock, trouble, reportFor, settle } = parts;
  const count = { warned: 0, expired: 0 };
  try {
    for (let found = AT_ONCE; found === AT_ONCE && goesOn(); ) {
      const overdue = await store.overdue(clock(), AT_ONCE, outlet);
      found = overdue.length;
      const settlements = overdueSettlements(overdue, clock(), reportFor, await warningsFor(overdue, parts));
      await Promise.all(settlements.map(settle));
      for (const { what } of overdue) count[what === 'warn' ? 'warned' : 'expired']++;
    }
  } catch (error) {
    trouble.error({ outlet, err: error }, 'the store could not be asked for what is late');
  }
  return count;
}

/** By `seq`. Without one, nobody is warned: the lanes are claimed, and must be settled. */
async function warningsFor(overdue: readonly Overdue[], { warningFor, trouble, outlet }: LateParts): Promise<ReadonlyMap<number, NewMessage>> {
  const warnings = new Map<number, NewMessage>();
  for (const { what, held, delivery, expiresAt } of overdue) {
    if (what !== 'warn' || held !== 'away') continue;
    try {
      const warning = await warningFor?.(delivery, expiresAt);
      if (warning !== undefined) warnings.set(delivery.seq, warning);
    } catch (error) {
      trouble.error({ outlet, err: error }, 'a user is not warned of what will expire');
    }
  }
  return warnings;
}
