/** A private directory for a test's store, and a log that keeps quiet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { openSqliteStore, type SqliteOptions, type SqliteStore } from '../../src/store/sqlite.js';

export const quiet = pino({ level: 'silent' });

/** A path in a directory that is removed when the test ends. */
export function freshPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'stanzapost-store-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'store.db');
}

/** Opens and closes with the test. */
export async function openStore(path = freshPath(), options: SqliteOptions = {}): Promise<SqliteStore> {
  const store = await openSqliteStore(path, options, quiet);
  if (isFailure(store)) throw new Error(store.text);
  onTestFinished(() => store.close());
  return store;
}
