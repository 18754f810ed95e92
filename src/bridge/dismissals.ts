/**
 * Users whom an administrator deletes by a command beside the gateway. The command asks for it in the store; the gateway carries it out,
 * because it holds in memory what users have set, and takes leave of them on the XMPP side.
 */
import { formatBareJid, formatJid, parseJid, type Jid } from '../address.js';
import { isFailure } from '../failure.js';
import type { Log } from '../log.js';
import type { SwitchStore } from '../store/switches.js';

const PREFIX = 'delete user ';

export interface DismissalParts {
  readonly switches: SwitchStore;
  readonly log: Log;
  /** Forgets the user and takes leave of him; nothing happens when nothing is kept of him. Rejects as the store does. @param user bare JID */
  readonly dismiss: (user: Jid) => Promise<unknown>;
}

/** Rejects as the store does. @param user full or bare JID. @param now ms since the epoch */
export async function askDismissal(user: Jid, switches: SwitchStore, now: number): Promise<void> {
  await switches.setSwitch(nameOf(user), now);
}

/** Is it asked for, and not carried out? Rejects as the store does. */
export async function isDismissalAsked(user: Jid, switches: SwitchStore): Promise<boolean> {
  return (await switches.switchOf(nameOf(user))) !== undefined;
}

export class Dismissals {
  private last: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly parts: DismissalParts) {}

  /** One after the other. What fails stays asked for, and harms no other; then it rejects with the first failure. */
  carryOut(): Promise<void> {
    this.last = this.last.then(
      () => this.all(),
      () => this.all(),
    );
    return this.last;
  }

  /** Resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.allSettled([this.last]);
  }

  private async all(): Promise<void> {
    const names = (await this.parts.switches.switchesFrom(PREFIX)).map(([name]) => name);
    const failures: unknown[] = [];
    for (const name of names) if (!this.stopped) await this.one(name).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  private async one(name: string): Promise<void> {
    const { switches, dismiss, log } = this.parts;
    const user = parseJid(name.slice(PREFIX.length));
    if (!isFailure(user)) {
      await dismiss(user);
      log.info({ user: formatJid(user) }, 'a user was deleted by a command beside the gateway');
    }
    await switches.unsetSwitch(name);
  }
}

function nameOf(user: Jid): string {
  return `${PREFIX}${formatBareJid(user)}`;
}
