/** The worker thread that owns the database: fsync and SQL stay off the event loop. Started by src/store/sqlite.ts, called by thread.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { isFailure, type FailureRecord } from '../failure.js';
import { batchRunner, type Call, type CallResult, type RunBatch } from './batch.js';
import { createEngine, type EngineOptions } from './engine.js';
import { openDatabase, type OpenDatabase } from './open.js';

export interface WorkerInput {
  readonly path: string;
  readonly exclusive: boolean;
  readonly engine: EngineOptions;
}

/** A batch to run, or the end. */
export type ToWorker = { readonly calls: readonly Call[] } | 'close';

/** First how the opening ended, then one answer per batch, in order. */
export type FromWorker = 'open' | { readonly failure: FailureRecord } | { readonly results: readonly CallResult[] };

function post(message: FromWorker): void {
  parentPort?.postMessage(message);
}

function serve(open: OpenDatabase, run: RunBatch): void {
  parentPort?.on('message', (message: ToWorker) => {
    if (message !== 'close') return post({ results: run(message.calls) });
    open.close();
    parentPort?.close();
  });
  post('open');
}

function start({ path, exclusive, engine }: WorkerInput): void {
  const open = openDatabase(path, exclusive);
  if (isFailure(open)) post({ failure: open.toRecord() });
  else serve(open, batchRunner(open.db, createEngine(open.db, engine)));
}

start(workerData as WorkerInput);
