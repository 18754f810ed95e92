/** Whether there is any point in trying the relay: false from a failed connect until a probe gets through. */
import type { Log } from '../log.js';
import type { SmtpFault } from './fault.js';

export interface ProbeSchedule {
  /** Before the first probe, ms; doubled for each next one, up to `mostMs`. */
  readonly firstMs: number;
  readonly mostMs: number;
}

/** A relay that answers 5xx to our session is asked this much more slowly: too many bad logins lock an account. */
const REFUSED = 30;
/** And at the slowest after so many times `mostMs`. */
const REFUSED_MOST = 10;

export class Readiness {
  ready = true;
  #listeners: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #waitMs: number;
  #closed = false;

  constructor(
    private readonly schedule: ProbeSchedule,
    /** Opens a session and keeps it; the fault if it cannot. */
    private readonly probe: () => Promise<SmtpFault | undefined>,
    private readonly log: Log,
  ) {
    this.#waitMs = schedule.firstMs;
  }

  onReady(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** A connect failed. Says so in the log once, and then again for each probe at a lower level. */
  down(fault: SmtpFault): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.log[this.ready ? 'error' : 'debug'](
      { stage: fault.stage, detail: fault.detail, reply: fault.reply?.words },
      fault.reply === undefined ? 'mail relay cannot be reached' : 'mail relay refuses our session',
    );
    this.ready = false;
    const refused = (fault.reply?.code ?? 0) >= 500;
    const waitMs = refused ? Math.min(this.#waitMs * REFUSED, this.schedule.mostMs * REFUSED_MOST) : this.#waitMs;
    this.#timer = setTimeout(() => void this.#try(), waitMs * (0.75 + Math.random() / 2));
    this.#waitMs = Math.min(this.#waitMs * 2, this.schedule.mostMs);
  }

  close(): void {
    this.#closed = true;
    this.ready = false;
    clearTimeout(this.#timer);
  }

  async #try(): Promise<void> {
    const fault = await this.probe();
    this.#timer = undefined;
    if (fault !== undefined) return this.down(fault);
    if (this.#closed) return;
    this.#waitMs = this.schedule.firstMs;
    this.ready = true;
    this.log.info('mail relay is back');
    for (const listener of this.#listeners) listener();
  }
}
