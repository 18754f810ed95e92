/** A backup of the store that this process has open, beside its work. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Failure } from '../failure.js';
import type { Backup, BackupRequest } from './backup.js';
import type { FromBackup } from './backup-thread.js';

/** Run from the sources (tests, demo), the thread needs the TypeScript loader. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './backup-thread-from-source.mjs' : './backup-thread.js', import.meta.url);

/** As `makeBackup`. @param signal ends it; nothing half-made is left under the backup's name */
export async function backupBeside({ store, file }: Pick<BackupRequest, 'store' | 'file'>, signal: AbortSignal): Promise<Backup | Failure> {
  const request: BackupRequest = { store, file, force: false, held: true };
  const worker = new Worker(THREAD, { workerData: request, execArgv: [] });
  try {
    const [answer] = (await once(worker, 'message', { signal })) as [FromBackup];
    return 'made' in answer ? answer.made : Failure.fromRecord(answer.failure);
  } catch (error) {
    return Failure.temporary('storage', `The backup did not end: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await worker.terminate();
  }
}
