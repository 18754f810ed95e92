/** What an administrator may look up later: what was refused before it was stored, and what bounced. */
import type { Clock } from '../clock.js';
import type { Failure } from '../failure.js';
import type { SparingLog } from '../log.js';
import type { Incident } from '../store/incidents.js';
import type { Store } from '../store/store.js';
import type { Limits } from './limits.js';

interface Parts {
  readonly store: Pick<Store, 'record'>;
  readonly limits: Pick<Limits, 'isWorthNoting'>;
  readonly clock: Clock;
  readonly trouble: SparingLog;
}

export class IncidentLog {
  constructor(private readonly parts: Parts) {}

  /** As `Intake.refused`. */
  refused(from: string, to: string, failure: Failure): void {
    if (!this.parts.limits.isWorthNoting(from, failure)) return;
    this.record({ what: 'refused', from, to, failure: failure.toRecord() });
  }

  record(incident: Omit<Incident, 'at'>): void {
    this.parts.store
      .record({ at: this.parts.clock(), ...incident })
      .catch((error: unknown) => this.parts.trouble.error({ err: error, ...incident }, 'incident not recorded'));
  }
}
