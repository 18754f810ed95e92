/** What administrators do while the gateway runs: announcements, maintenance, statistics, and the commands for them. */
import type { GatewayNames } from './address.js';
import { announceCommands } from './bridge/command/announce.js';
import { maintenanceCommand } from './bridge/command/maintenance.js';
import { statisticsCommand } from './bridge/command/statistics.js';
import type { Command } from './bridge/command.js';
import { Crier } from './bridge/crier.js';
import { Maintenance } from './bridge/maintenance.js';
import type { Clock } from './clock.js';
import type { Log } from './log.js';
import type { Whereabouts } from './presence/whereabouts.js';
import type { Store } from './store/store.js';

export interface OperatorParts {
  readonly store: Store;
  readonly whereabouts: Whereabouts;
  readonly gateway: GatewayNames;
  readonly clock: Clock;
  readonly log: Log;
  /** The chat queue has something. */
  readonly wake: () => void;
}

export class Operators {
  readonly maintenance: Maintenance;
  readonly crier: Crier;
  readonly commands: readonly Command[];

  constructor({ store, whereabouts, gateway, clock, log, wake }: OperatorParts) {
    const { announcements, switches } = store;
    this.crier = new Crier({ announcements, whereabouts, gateway, clock, log, wake });
    this.maintenance = new Maintenance({ switches, clock, log });
    this.commands = [
      ...announceCommands({ announcements, clock, changed: () => void this.crier.look() }),
      maintenanceCommand(this.maintenance),
      statisticsCommand({ store, clock, whereabouts }),
    ];
  }

  async stop(): Promise<void> {
    this.maintenance.stop();
    await this.crier.stop();
  }
}
