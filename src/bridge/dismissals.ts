/**
 * Users whom an administrator deletes by a command beside the gateway. The command asks for it in the store; the gateway carries it out,
 * because it holds in memory what users have set, and takes leave of them on the XMPP side.
 */
import { formatBareJid, formatJid, parseJid, type Jid } from '../address.js';
import { isFailure } from '../failure.js';
import { SparingLog, type Log } from '../log.js';
import type { SwitchStore } from '../store/store.js';

const PREFIX = 'delete user ';
const LOOK_EVERY_MS = 2_000;

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
  private readonly trouble: SparingLog;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private busy = false;

  constructor(private readonly parts: DismissalParts) {
    this.trouble = new SparingLog(parts.log);
  }

  start(): void {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.look();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private look(): void {
    if (this.busy) return;
    this.busy = true;
    this.looking = this.carryOut().finally(() => (this.busy = false));
  }

  /** One after the other. What fails is tried again at the next look; a request goes only after it was carried out. */
  private async carryOut(): Promise<void> {
    const { switches, dismiss, log } = this.parts;
    try {
      for (const [name] of await switches.switchesFrom(PREFIX)) {
        const user = parseJid(name.slice(PREFIX.length));
        if (!isFailure(user)) {
          await dismiss(user);
          log.info({ user: formatJid(user) }, 'a user was deleted by a command beside the gateway');
        }
        await switches.unsetSwitch(name);
      }
    } catch (err) {
      this.trouble.error({ err }, 'users whom an administrator deletes could not be forgotten');
    }
  }
}

function nameOf(user: Jid): string {
  return `${PREFIX}${formatBareJid(user)}`;
}
