/** Notices what another process, such as `stanzapost user`, has changed in the store, and has it read again. */
import { SparingLog, type Log } from '../log.js';
import type { SwitchStore } from '../store/switches.js';

export interface BesideParts {
  readonly switches: Pick<SwitchStore, 'changesBeside'>;
  /** Reads again what is in memory; in this order. Each rejects as the store does. */
  readonly reload: readonly (() => Promise<void>)[];
  readonly log: Log;
}

const LOOK_EVERY_MS = 2_000;

export class Beside {
  private readonly trouble: SparingLog;
  private timer: NodeJS.Timeout | undefined;
  private seen: number | undefined;
  private looking = false;

  constructor(private readonly parts: BesideParts) {
    this.trouble = new SparingLog(parts.log);
  }

  /** Reads it for the first time, and notices what changes from then on. Rejects as the store does. */
  async start(): Promise<void> {
    this.seen = await this.parts.switches.changesBeside();
    for (const reload of this.parts.reload) await reload();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  /** Reads it again at the next look, whatever has changed. */
  lookAgain(): void {
    this.seen = undefined;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      const now = await this.parts.switches.changesBeside();
      if (now === this.seen) return;
      // What failed is read another time, and keeps nothing else from being read now.
      this.seen = now;
      if (!(await this.reloadAll())) this.lookAgain();
    } catch (err) {
      this.failed(err);
    } finally {
      this.looking = false;
    }
  }

  private async reloadAll(): Promise<boolean> {
    let whole = true;
    for (const reload of this.parts.reload) {
      try {
        await reload();
      } catch (err) {
        whole = false;
        this.failed(err);
      }
    }
    return whole;
  }

  private failed(err: unknown): void {
    this.trouble.error({ err }, 'what was changed beside the gateway could not be read');
  }
}
