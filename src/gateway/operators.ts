/** What administrators do while the gateway runs: announcements, maintenance, statistics, blocks for everybody, deleting users, and the commands for them. */
import { Beside } from '../bridge/beside.js';
import { announceCommands } from '../bridge/command/announce.js';
import { maintenanceCommand } from '../bridge/command/maintenance.js';
import { queueHoldCommands } from '../bridge/command/queue-hold.js';
import { userBlockCommands } from '../bridge/command/user-block.js';
import { userLookCommands } from '../bridge/command/user-look.js';
import { queueCommands } from '../bridge/command/queue.js';
import { statisticsCommand } from '../bridge/command/statistics.js';
import type { Command } from '../bridge/command.js';
import type { Consent } from '../bridge/consent.js';
import { Crier } from '../bridge/crier.js';
import { Dismissals, type DismissalParts } from '../bridge/dismissals.js';
import { GatewayBlocks } from '../bridge/gateway-blocks.js';
import { Maintenance } from '../bridge/maintenance.js';
import type { AccessRules } from '../bridge/policy.js';
import type { Preferences } from '../bridge/preferences.js';
import { QueueHold } from '../bridge/queue-hold.js';
import type { Clock } from '../clock.js';
import { SparingLog, type Log } from '../log.js';
import type { OutletName } from '../message.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import type { Store } from '../store/store.js';

export interface OperatorParts {
  readonly store: Store;
  readonly preferences: Preferences;
  readonly whereabouts: Whereabouts;
  readonly rules: AccessRules;
  readonly consent: Consent;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a report is tried, ms. */
  readonly lifetime: number;
  /** The queue has something. */
  readonly wake: (outlet: OutletName) => void;
  /** The queue is held no more. */
  readonly released: () => void;
  readonly dismiss: DismissalParts['dismiss'];
  /** Maintenance was switched, or has another text. */
  readonly maintained: () => void;
  /** Reads again what another process may have changed of what else is in memory. Rejects as the store does. */
  readonly reload: () => Promise<void>;
}

export class Operators {
  readonly maintenance: Maintenance;
  readonly hold: QueueHold;
  readonly crier: Crier;
  readonly blocks: GatewayBlocks;
  private readonly dismissals: Dismissals;
  readonly commands: readonly Command[];
  private readonly beside: Beside;
  private readonly trouble: SparingLog;
  /** Can leave be taken of users? */
  private begun = false;

  constructor({ store, preferences, whereabouts, rules, consent, clock, log, lifetime, wake, released, dismiss, maintained, reload }: OperatorParts) {
    const { announcements, switches, correspondents } = store;
    const { gateway, admins } = rules;
    this.crier = new Crier({ announcements, whereabouts, gateway, clock, log, wake: () => wake('xmpp') });
    this.maintenance = new Maintenance({ switches, clock, log, changed: maintained });
    this.hold = new QueueHold({ switches, clock, log, released });
    this.blocks = new GatewayBlocks({ correspondents, gateway, admins, clock });
    this.dismissals = new Dismissals({ switches, log, dismiss });
    this.beside = new Beside({ switches, reload: [() => this.maintenance.load(), () => this.hold.load(), () => this.blocks.load(), () => consent.reload(), reload, () => this.dismiss()], log });
    this.trouble = new SparingLog(log);
    this.commands = [
      ...userLookCommands({ users: store.users, preferences, whereabouts, clock }),
      ...userBlockCommands(this.blocks, consent),
      ...announceCommands({ announcements, clock, changed: () => void this.crier.look() }),
      maintenanceCommand(this.maintenance),
      ...queueHoldCommands(this.hold),
      ...queueCommands({ store, lifetime, domain: gateway.domain, clock, wake }),
      statisticsCommand({ store, clock, whereabouts }),
    ];
  }

  /** Before anything is taken in. Rejects as the store does. */
  start(): Promise<void> {
    return this.beside.start();
  }

  /** Once the queues and the XMPP side are at work. */
  begin(): void {
    this.crier.start();
    this.begun = true;
    void this.dismiss();
  }

  /** Not waited for: to take leave may last. */
  private dismiss(): Promise<void> {
    if (this.begun)
      this.dismissals.carryOut().catch((err: unknown) => {
        this.trouble.error({ err }, 'users whom an administrator deletes could not be forgotten');
        this.beside.lookAgain();
      });
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.beside.stop();
    await this.dismissals.stop();
    await this.crier.stop();
  }
}
