/** The store, for a command that works beside a running gateway. */
import { pino } from 'pino';
import type { Config } from '../config/keys.js';
import { isFailure } from '../failure.js';
import { createLog } from '../log.js';
import { openSqliteStore } from '../store/sqlite.js';
import type { Store } from '../store/store.js';
import { readConfig, type Args, type ExitCode, type Io } from './command.js';

/** Reads the configuration, opens its store, and closes it after `act`. @returns 1 when either cannot be had; standard error says why */
export async function withStore(args: Args, io: Io, act: (store: Store, config: Config) => Promise<ExitCode>): Promise<ExitCode> {
  const read = readConfig(args, io);
  if (read === undefined) return 1;
  const { config } = read;
  const log = createLog('error', pino.destination({ dest: 2, sync: true }));
  const { keep_messages: keepMessages, keep_originals: keepOriginals, url } = config.store;
  const store = await openSqliteStore(url.path, { exclusive: false, keepMessages, keepOriginals }, log);
  if (isFailure(store)) {
    io.err(store.text);
    return 1;
  }
  try {
    return await act(store, config);
  } finally {
    await store.close();
  }
}
