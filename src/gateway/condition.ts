/** How the gateway is, put together: the health of its parts and its metrics, and the listener that tells them. */
import type { MaintenanceState } from '../bridge/maintenance.js';
import type { HeldSince } from '../bridge/queue-hold.js';
import { isFailure, type Failure } from '../failure.js';
import type { Keeper } from '../keeper.js';
import type { Log } from '../log.js';
import type { Nightly } from '../nightly.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import type { Screening } from './screening.js';
import type { SmtpInlet } from '../smtp-in/server.js';
import type { SmtpOutlet } from '../smtp-out/edge.js';
import { startAdminListener, type AdminListener } from '../web/admin.js';
import type { Health, PartHealth } from '../web/health.js';
import type { Metrics } from '../web/metrics.js';
import type { XmppEdge } from '../xmpp/edge.js';

export interface ConditionParts {
  readonly metrics: Metrics;
  readonly xmpp: Pick<XmppEdge, 'state'>;
  readonly relay: Pick<SmtpOutlet, 'ready'>;
  readonly inlet: Pick<SmtpInlet, 'connections'>;
  readonly screening: Pick<Screening, 'health'>;
  readonly keeper: Pick<Keeper, 'health' | 'counts'>;
  /** Undefined where no backups are made. */
  readonly nightly: Pick<Nightly, 'health' | 'newest'> | undefined;
  readonly whereabouts: Pick<Whereabouts, 'counts'>;
  readonly maintenance: () => MaintenanceState;
  readonly heldSince: () => HeldSince;
  /** Resolves when only a fresh process can help. */
  readonly broken: Promise<unknown>;
  readonly log: Log;
}

export class Condition {
  private live = true;
  private listener: AdminListener | undefined;

  constructor(private readonly parts: ConditionParts) {
    void parts.broken.then(() => (this.live = false));
  }

  async listen(address: { readonly host: string; readonly port: number }): Promise<void | Failure> {
    const listener = await startAdminListener(address, { health: () => this.health(), metrics: () => this.metrics() }, this.parts.log);
    if (isFailure(listener)) return listener;
    this.listener = listener;
  }

  async close(): Promise<void> {
    await this.listener?.close();
  }

  private health(): Health {
    const { xmpp, relay, screening, keeper, nightly, maintenance, heldSince } = this.parts;
    const link = xmpp.state();
    const rspamd = screening.health();
    const work = maintenance();
    const held = heldSince();
    const parts = {
      xmpp: { ok: link.connected, text: link.connected ? 'connected' : (link.lastError ?? 'connecting') },
      relay: { ok: relay.ready, text: relay.ready ? 'no fault seen' : 'cannot be reached' },
      store: keeper.health(),
      ...(rspamd && { rspamd }),
      ...(nightly && { backup: nightly.health() }),
      ...(work.on && { maintenance: inMaintenance(work) }),
      ...(held !== undefined && { queue: queueHeld(held) }),
    };
    return { live: this.live, ready: this.live && Object.values(parts).every(({ ok }) => ok), parts };
  }

  private async metrics(): Promise<string> {
    const { metrics, xmpp, inlet, keeper, nightly, whereabouts } = this.parts;
    metrics.queue(await keeper.counts());
    metrics.users(whereabouts.counts());
    if (nightly !== undefined) metrics.newestBackup(nightly.newest);
    metrics.xmppLink(xmpp.state().connected);
    metrics.smtpConnections(inlet.connections);
    return metrics.text();
  }
}

function inMaintenance({ text }: MaintenanceState): PartHealth {
  return { ok: false, text: `nothing new is taken: ${text}`, mend: '`stanzapost maintenance off` when it is over' };
}

function queueHeld(since: number): PartHealth {
  return { ok: false, text: `held since ${new Date(since).toISOString()}: nothing is delivered`, mend: '`stanzapost queue list` shows what waits; `stanzapost queue release` lets it go' };
}
