/** Runs operations in one transaction: many messages, one fsync. A failing operation harms none of its neighbours. */
import type { Engine, Operation } from './engine.js';
import type { Db } from './open.js';

/** One operation, as it is posted to the worker. */
export interface Call {
  readonly operation: Operation;
  readonly args: readonly unknown[];
}

/** What came of it, in the same order. `error` is for the log. */
export type CallResult = { readonly value: unknown } | { readonly error: string };

export type RunBatch = (calls: readonly Call[]) => CallResult[];

/** They take no lock: a long look by a command must not hold up the gateway's commits. */
const READS: ReadonlySet<Operation> = new Set<Operation>([
  'contents', 'nextDue', 'message', 'burstOf', 'preferences', 'list', 'counts', 'incidents', 'file', 'files', 'piece', 'subscriptions', 'subscribersOf', 'person',
  'usersToAll', 'watchedUsers', 'waitingIntroductions', 'accounts', 'isKept', 'leaving', 'bindingsOf', 'verifiedMailbox', 'userOfMailbox', 'boundNumbers', 'allAliases',
  'currentAnnouncements', 'listAnnouncements', 'usersToAnnounce', 'isWatched', 'switchOf', 'switchesFrom', 'changesBeside', 'statistics',
  'standing', 'usersWith', 'correspondentsOf', 'asked',
  'heldUsers', 'heldSenders', 'heldCount', 'userFacts',
  'unmet', 'begunSince', 'codesSentSince',
  'publications', 'presenceStates', 'apiKeys',
]);

/**
 * Their commit need not have reached the disk when they are answered; the next one that is synced takes it there. A claim is
 * void when the process ends. A settlement that a power cut took back, with the reports it held, is made again by another
 * try with the same ids; a killed process loses none. A `hold` that was lost is a mail that goes sooner. What was
 * `begun` counts for a limit, and comes with an `accept`; who is `greyed` again waits once more.
 * Where somebody is, is asked again after a start; when a key was used is for an administrator.
 */
const UNSYNCED: ReadonlySet<Operation> = new Set<Operation>([...READS, 'claim', 'claimHeld', 'claimConsent', 'claimAsked', 'overdue', 'settle', 'hold', 'begun', 'greyed', 'putPresenceStates', 'apiKeysUsed']);

/** @returns a function that resolves a batch of calls; the values it returns are committed */
export function batchRunner(db: Db, engine: Engine): RunBatch {
  const beginRead = db.prepare('BEGIN');
  const beginWrite = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');

  function transact(calls: readonly Call[]): CallResult[] {
    const begin = only(calls, READS) ? beginRead : beginWrite;
    begin.run();
    try {
      const results = calls.map((call) => ({ value: apply(engine, call) }));
      commit.run();
      return results;
    } catch (error) {
      if (db.inTransaction) rollback.run();
      engine.rolledBack();
      throw error;
    }
  }

  function failed(call: Call, error: unknown): CallResult {
    if (call.operation === 'write') engine.lost(String(call.args[0]));
    return { error: error instanceof Error ? withCode(error) : String(error) };
  }

  function alone(call: Call): CallResult {
    try {
      return transact([call])[0] ?? { error: 'no result' };
    } catch (error) {
      return failed(call, error);
    }
  }

  let synced = true;
  /** SQLite takes this pragma when it reads the statement: it cannot be prepared. */
  function sync(wanted: boolean): void {
    if (wanted !== synced) db.exec(`PRAGMA synchronous = ${wanted ? 'FULL' : 'NORMAL'}`);
    synced = wanted;
  }

  return (calls) => {
    try {
      sync(!only(calls, UNSYNCED));
      return transact(calls);
    } catch (error) {
      return calls.map((call) => (calls.length === 1 || isBusy(error) ? failed(call, error) : alone(call)));
    }
  };
}

function only(calls: readonly Call[], operations: ReadonlySet<Operation>): boolean {
  return calls.every(({ operation }) => operations.has(operation));
}

function apply(engine: Engine, { operation, args }: Call): unknown {
  return (engine[operation] as (...args: readonly unknown[]) => unknown)(...args);
}

/** SQLite's texts are the same for many faults: `disk I/O error (SQLITE_IOERR_FSYNC)`. */
function withCode(error: Error): string {
  return 'code' in error ? `${error.message} (${String(error.code)})` : error.message;
}

/** BEGIN waited its time out; each call alone would wait as long again. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}
