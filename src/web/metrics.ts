/** What Prometheus reads: counters and gauges that the gateway keeps up to date, in a registry of their own. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Outcome } from '../edge.js';
import type { OutletName } from '../message.js';
import type { QueueCounts } from '../store/queue-entries.js';

const OUTLETS: readonly OutletName[] = ['xmpp', 'smtp'];
const OUTCOMES: readonly Outcome['state'][] = ['handed-over', 'delivered', 'deferred', 'failed', 'released'];

export interface Metrics {
  /** A try of a delivery ended so. */
  delivery(outlet: OutletName, outcome: Outcome['state']): void;
  /** What waits; call it right before `text()`. */
  queue(counts: QueueCounts): void;
  /** Connections open at the SMTP and LMTP listeners. */
  smtpConnections(open: number): void;
  xmppLink(up: boolean): void;
  /** Chat users of whom it is known whether they are online. */
  users(counts: { readonly known: number; readonly online: number }): void;
  /** When the newest nightly backup was made, ms since the epoch. */
  newestBackup(at: number | undefined): void;
  /** Somebody was refused: a limit of [limits] is reached. */
  limitHit(limit: string): void;
  /** All of it in Prometheus' text format, version 0.0.4. */
  text(): Promise<string>;
}

/** Names begin with `stanzapost_`; beside ours there are those of the process (CPU, memory, event loop lag). */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new Gauge({ name: `stanzapost_${name}`, help, labelNames, registers });
  const deliveries = new Counter({
    name: 'stanzapost_deliveries_total',
    help: 'Tries of deliveries, by outlet and by how they ended.',
    labelNames: ['outlet', 'outcome'],
    registers,
  });
  const refused = new Counter({ name: 'stanzapost_limit_refusals_total', help: 'Refusals because a limit of [limits] was reached.', labelNames: ['limit'], registers });
  const waiting = gauge('queue_waiting', 'Deliveries that wait in the queue.', ['outlet']);
  const oldest = gauge('queue_oldest_seconds', 'Age of the oldest waiting delivery.', ['outlet']);
  const connections = gauge('smtp_connections', 'Open connections at the SMTP and LMTP listeners.', []);
  const link = gauge('xmpp_link_up', '1 while the link to the XMPP server is up.', []);
  const users = gauge('users', 'Chat users whose presence is known, and those of them who are online.', ['presence']);
  let backup: Gauge | undefined;
  for (const outlet of OUTLETS) for (const outcome of OUTCOMES) deliveries.inc({ outlet, outcome }, 0);
  collectDefaultMetrics({ register: registry, prefix: 'stanzapost_' });
  return {
    delivery: (outlet, outcome) => deliveries.inc({ outlet, outcome }),
    queue: (counts) => {
      for (const outlet of OUTLETS) {
        waiting.set({ outlet }, counts.waiting[outlet]);
        oldest.set({ outlet }, counts.oldest[outlet] / 1_000);
      }
    },
    smtpConnections: (open) => connections.set(open),
    xmppLink: (up) => link.set(up ? 1 : 0),
    users: ({ known, online }) => {
      users.set({ presence: 'known' }, known);
      users.set({ presence: 'online' }, online);
    },
    newestBackup: (at = 0) => {
      backup ??= gauge('backup_newest_timestamp_seconds', 'When the newest nightly backup was made; 0 for never.', []);
      backup.set(at / 1_000);
    },
    limitHit: (limit) => refused.inc({ limit }),
    text: () => registry.metrics(),
  };
}
