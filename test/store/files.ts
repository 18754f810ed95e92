/** A private directory for a test's store, and a log that keeps quiet. */
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { batchRunner, type RunBatch } from '../../src/store/batch.js';
import { createEngine, type EngineOptions } from '../../src/store/engine.js';
import { Originals, originalsBeside } from '../../src/store/originals.js';
import { openDatabase, type Db, type OpenDatabase } from '../../src/store/open.js';
import { DEFAULTS, openSqliteStore, SqliteStore, type SqliteOptions } from '../../src/store/sqlite.js';
import type { Thread } from '../../src/store/thread.js';
import type { ToWorker } from '../../src/store/worker.js';

export const quiet = pino({ level: 'silent' });

/** A path in a directory that is removed when the test ends. */
export function freshPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'stanzapost-store-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'store.db');
}

/** The same store without a thread of its own, whose start costs most of a second from TypeScript. */
export function openHere(path = freshPath(), options: Partial<EngineOptions> = {}): { store: SqliteStore; db: Db } {
  const open = openDatabase(path, true);
  if (isFailure(open)) throw new Error(open.text);
  const store = new SqliteStore(new Here(open, batchRunner(open.db, createEngine(open.db, { ...DEFAULTS, ...options }))), new Originals(originalsBeside(path)), quiet);
  onTestFinished(() => store.close());
  return { store, db: open.db };
}

/** Does what src/store/worker.ts does, the copying of messages included. */
class Here extends EventEmitter implements Thread {
  constructor(
    private readonly open: OpenDatabase,
    private readonly run: RunBatch,
  ) {
    super();
  }

  postMessage(message: ToWorker): void {
    const copy = structuredClone(message);
    setImmediate(() => {
      if (copy !== 'close') return this.emit('message', structuredClone({ results: this.run(copy.calls) }));
      this.open.close();
      return this.emit('exit', 0);
    });
  }
}

/** Opens and closes with the test. */
export async function openStore(path = freshPath(), options: SqliteOptions = {}): Promise<SqliteStore> {
  const store = await openSqliteStore(path, options, quiet);
  if (isFailure(store)) throw new Error(store.text);
  onTestFinished(() => store.close());
  return store;
}
