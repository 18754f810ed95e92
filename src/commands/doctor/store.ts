/** The store: can it be opened, is it whole, what waits in it. Changes nothing. */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { formatDuration } from '../../config/units.js';
import { isFailure } from '../../failure.js';
import { createLog } from '../../log.js';
import { openSqliteStore } from '../../store/sqlite.js';
import { good, problem, type Examine, type Finding } from './finding.js';

const PART = 'store';

export const examineStore: Examine = async ({ config, now }) => {
  const { path } = config.store.url;
  if (!existsSync(path)) return [absent(path)];
  const faults = integrity(path);
  if (faults !== undefined) return [problem(PART, `${path} is damaged: ${faults}`, 'stop the gateway and restore a backup')];
  const store = await openSqliteStore(path, { exclusive: false }, createLog('error', pino.destination({ dest: 2, sync: true })));
  if (isFailure(store)) return [problem(PART, store.text, 'see what it says')];
  const { waiting, oldest } = await store.counts(now);
  await store.close();
  const total = waiting.xmpp + waiting.smtp;
  const age = total === 0 ? '' : `, the oldest for ${formatDuration(Math.max(oldest.xmpp, oldest.smtp))}`;
  return [good(PART, `${path} is whole; ${total} deliveries wait${age}`)];
};

function absent(path: string): Finding {
  const directory = dirname(path);
  if (!existsSync(directory)) return problem(PART, `${directory} does not exist`, `mkdir -m 700 ${directory}, owned by the user of the gateway`);
  try {
    accessSync(directory, constants.W_OK);
    return good(PART, `${path} will be made when the gateway first runs`);
  } catch (cause) {
    return problem(PART, `this user cannot write to ${directory} (${(cause as NodeJS.ErrnoException).code})`, 'run this as the user of the gateway, or give it the directory');
  }
}

/** The first of what SQLite finds wrong. */
function integrity(path: string): string | undefined {
  try {
    const db = new Database(path, { readonly: true });
    const [first] = db.pragma('quick_check(1)') as { quick_check: string }[];
    db.close();
    return first?.quick_check === 'ok' ? undefined : first?.quick_check;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
