/** A thread of its own for one backup: reading, hashing and checking all of the store stay off the event loop and the store's thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { isFailure, type FailureRecord } from '../failure.js';
import { makeBackup, type Backup, type BackupRequest } from './backup.js';

/** How it ended. */
export type FromBackup = { readonly made: Backup } | { readonly failure: FailureRecord };

async function run(request: BackupRequest): Promise<void> {
  const made = await makeBackup(request);
  const answer: FromBackup = isFailure(made) ? { failure: made.toRecord() } : { made };
  parentPort?.postMessage(answer);
}

void run(workerData as BackupRequest);
