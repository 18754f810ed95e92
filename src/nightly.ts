/** The nightly backup while the gateway runs: made at its hour, the oldest removed, a failure told and tried again. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backupName, leftovers, newestOf, nextAt, tooOld, type TimeOfDay } from './backup-schedule.js';
import type { Clock } from './clock.js';
import { isFailure, type Failure } from './failure.js';
import type { Log } from './log.js';
import type { Backup } from './store/backup.js';
import type { PartHealth } from './web/health.js';

export interface NightlyParts {
  readonly at: TimeOfDay;
  readonly directory: string;
  /** How many are kept. */
  readonly keep: number;
  readonly make: (file: string, signal: AbortSignal) => Promise<Backup | Failure>;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_EVERY_MS = 30_000;
const AGAIN_AFTER_MS = 3_600_000;

export class Nightly {
  private readonly ended = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private due = Infinity;
  private failure: string | undefined;
  private making: Promise<void> = Promise.resolve();
  private busy = false;
  /** When the newest was made, ms since the epoch; undefined for never. */
  newest: number | undefined;

  constructor(private readonly parts: NightlyParts) {}

  /** What was missed while nothing ran is made up for. */
  async start(lookEvery = LOOK_EVERY_MS): Promise<void> {
    const { clock, at, directory } = this.parts;
    await this.remove(leftovers(await namesIn(directory)));
    this.newest = newestOf(await namesIn(directory));
    this.due = nextAt(at, this.newest ?? clock());
    this.timer = setInterval(() => this.look(), lookEvery);
    this.look();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.ended.abort();
    await this.making;
    await this.remove(leftovers(await namesIn(this.parts.directory)));
  }

  /** A backup that fails does not keep the gateway from its work. */
  health(): PartHealth {
    if (this.failure !== undefined) return { ok: true, attention: true, text: `the last one failed: ${this.failure}` };
    return { ok: true, text: this.newest === undefined ? 'none was made yet' : `made ${new Date(this.newest).toISOString()}` };
  }

  private look(): void {
    if (this.busy || this.parts.clock() < this.due) return;
    this.busy = true;
    this.making = this.make().finally(() => (this.busy = false));
  }

  private async make(): Promise<void> {
    const { clock, at, directory, keep, make, log } = this.parts;
    const now = clock();
    const made = await make(join(directory, backupName(now)), this.ended.signal);
    if (this.ended.signal.aborted) return;
    if (isFailure(made)) {
      this.failure = made.text;
      this.due = clock() + AGAIN_AFTER_MS;
      return log.error({ failure: made }, 'the nightly backup failed; it is tried again in an hour');
    }
    this.newest = now;
    this.due = nextAt(at, now);
    this.failure = made.lost.length === 0 ? undefined : `originals are lost or damaged in the store and not in the backup: ${made.lost.slice(0, 5).join(', ')}`;
    const { file, bytes, waiting, users } = made;
    log.info({ file, bytes, waiting, users, took: clock() - now }, 'backup made');
    if (this.failure !== undefined) log.error({ lost: made.lost }, this.failure);
    await this.remove(tooOld(await namesIn(directory), keep));
  }

  private async remove(names: readonly string[]): Promise<void> {
    const { directory, log } = this.parts;
    for (const name of names) await rm(join(directory, name), { force: true }).catch((err: unknown) => log.error({ err, file: name }, 'a backup could not be removed'));
  }
}

function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}
