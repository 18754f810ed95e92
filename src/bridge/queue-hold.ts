/**
 * The queue is held: what comes is taken and stored, and nothing goes out, until an administrator lets it. For whoever has put a backup in
 * the place of the store, and wants to look before it is sent again. Kept in the store, so that it outlives a restart.
 */
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { SwitchStore } from '../store/switches.js';

/** ms since the epoch. Undefined: it is not held. */
export type HeldSince = number | undefined;

const NAME = 'queue held';

export interface QueueHoldParts {
  readonly switches: SwitchStore;
  readonly clock: Clock;
  readonly log: Log;
  /** It is not held any more: what is due may go. */
  readonly released: () => void;
}

/** What stands in the store while it is held. @param now ms since the epoch */
export function holdSwitch(now: number): readonly [name: string, value: unknown] {
  return [NAME, now];
}

/** Rejects as the store does. */
export async function queueHeldIn(switches: Pick<SwitchStore, 'switchOf'>): Promise<HeldSince> {
  return sinceOf(await switches.switchOf(NAME));
}

/** As `queueHeldIn`, of all that is switched. */
export function queueHeldBy(switches: ReadonlyMap<string, unknown>): HeldSince {
  return sinceOf(switches.get(NAME));
}

function sinceOf(kept: unknown): HeldSince {
  return typeof kept === 'number' ? kept : undefined;
}

/** Held already, it stays so since then. Rejects as the store does. @returns since when it is held now */
export async function switchHold(on: boolean, { switches, clock }: Pick<QueueHoldParts, 'switches' | 'clock'>): Promise<HeldSince> {
  const since = await queueHeldIn(switches);
  if (!on) await switches.unsetSwitch(NAME);
  else if (since === undefined) await switches.setSwitch(...holdSwitch(clock()));
  return on ? (since ?? queueHeldIn(switches)) : undefined;
}

export class QueueHold {
  private current: HeldSince;

  constructor(private readonly parts: QueueHoldParts) {}

  get since(): HeldSince {
    return this.current;
  }

  /** Before anything is delivered, and whenever another process may have switched it. Rejects as the store does. */
  async load(): Promise<void> {
    this.take(await queueHeldIn(this.parts.switches));
  }

  /** Rejects as the store does. */
  async switch(on: boolean): Promise<HeldSince> {
    this.take(await switchHold(on, this.parts));
    return this.current;
  }

  private take(since: HeldSince): void {
    const before = this.current;
    this.current = since;
    if ((before === undefined) === (since === undefined)) return;
    const { log, released } = this.parts;
    if (since !== undefined) return log.warn('the queue is held, nothing is delivered: `stanzapost queue release` lets it go');
    log.info('the queue is held no more');
    released();
  }
}
