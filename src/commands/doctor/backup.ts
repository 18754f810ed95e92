/** The nightly backups: can they be written, and how old is the newest. */
import { accessSync, constants, readdirSync } from 'node:fs';
import { newestOf } from '../../backup-schedule.js';
import { formatDuration } from '../../config/units.js';
import { good, problem, skipped, warn, type Examine } from './finding.js';

const PART = 'backup';
/** A day, and what a large one takes. */
const TOO_OLD_MS = 30 * 3_600_000;

export const examineBackup: Examine = ({ config: { backup }, now }) => Promise.resolve([findingOf(backup.dir, now)]);

function findingOf(directory: string | undefined, now: number): ReturnType<typeof good> {
  if (directory === undefined) return skipped(PART, 'no nightly backups are made: backup.dir is not set');
  try {
    accessSync(directory, constants.W_OK | constants.X_OK | constants.R_OK);
    const newest = newestOf(readdirSync(directory));
    if (newest === undefined) return warn(PART, `there is none in ${directory} yet`, 'wait for the night, or run `stanzapost backup FILE`');
    const age = `the newest in ${directory} is ${formatDuration(now - newest)} old`;
    return now - newest > TOO_OLD_MS ? problem(PART, age, 'look into the log of the gateway for why none was made since') : good(PART, age);
  } catch (cause) {
    return problem(PART, `this user cannot write to ${directory} (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`, 'make the directory, with the user of the gateway as its owner and mode 700');
  }
}
