/**
 * Opens the database file so that nothing is lost and nothing foreign is overwritten: what is damaged, newer or not ours
 * is refused before the first write, and one gateway at a time holds the file.
 */
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { Failure } from '../failure.js';
import { lostFrames } from './log-end.js';
import { forbidden } from './permission.js';
import { APPLICATION_ID, MIGRATIONS } from './schema.js';

export type Db = Database.Database;

export interface OpenDatabase {
  readonly db: Db;
  /** Closes the database and lets another gateway have it. */
  close(): void;
}

const BUSY_MS = 5_000;
/** 16 MB: under load the same pages are written again and again, and go to the file itself the less often. */
const CHECKPOINT_PAGES = 4_000;
/** A gateway that was killed has lost its lock already; this is for one that is just ending. */
const LOCK_MS = 500;

/**
 * @param exclusive true for the gateway: creates, checks and migrates the file and holds it until the process ends,
 * however it ends. False for a command beside it: the file must exist and have this version's schema.
 * @returns a permanent failure of reason `storage` whose text tells an administrator what is wrong
 */
export function openDatabase(path: string, exclusive: boolean): OpenDatabase | Failure {
  if (!existsSync(dirname(path))) return refusal(`The directory of the store does not exist: ${dirname(path)}; make it for the gateway's user, or correct store.url.`);
  const barred = forbidden(path);
  if (barred !== undefined) return refusal(barred);
  if (!exclusive) return openBeside(path);
  const lock = holdLock(path);
  if (lock instanceof Failure) return lock;
  const db = guarded(path, () => openChecked(path));
  if (db instanceof Failure) {
    lock.close();
    return db;
  }
  return { db, close: () => (db.close(), lock.close()) };
}

/**
 * A connection for copying a store that another process may be writing, of this or an older schema.
 * @param held the gateway that runs on it is this very process
 */
export function openToCopy(path: string, held: boolean): Db | Failure {
  if (sizeOf(path) === 0) return orphanedLog(path) ?? refusal(`There is no store at ${path}.`);
  return guarded(path, () => {
    // Opening a log that lost commits would hide that it did. While a gateway runs, it is whole.
    const lock = held ? undefined : holdLock(path);
    const cut = lock === undefined || lock instanceof Failure ? undefined : cutLog(path);
    if (lock !== undefined && !(lock instanceof Failure)) lock.close();
    if (cut !== undefined) return cut;
    const db = connect(path);
    const wrong = foreign(db, path) ?? newer(db, path);
    if (wrong === undefined) return db;
    db.close();
    return wrong;
  });
}

function openChecked(path: string): Db | Failure {
  const wrong = sizeOf(path) > 0 ? (cutLog(path) ?? inspect(path)) : orphanedLog(path);
  if (wrong !== undefined) return wrong;
  createPrivate(path);
  const db = connect(path);
  migrate(db);
  db.exec('UPDATE lanes SET claimed = 0 WHERE claimed = 1');
  return db;
}

function openBeside(path: string): OpenDatabase | Failure {
  if (!existsSync(path)) return refusal(`There is no store at ${path}; it is made when the gateway first runs.`);
  return guarded(path, () => {
    const db = connect(path);
    const wrong = foreign(db, path) ?? wrongVersion(db, path);
    if (wrong === undefined) return { db, close: () => db.close() };
    db.close();
    return wrong;
  });
}

/** Every connection: WAL leaves `synchronous` at NORMAL for all but the one that created the file. */
function connect(path: string): Db {
  const db = new Database(path, { timeout: BUSY_MS });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Reads the whole file through a connection that cannot write; undefined when it is a whole store that this version knows. */
export function inspect(path: string): Failure | undefined {
  const db = new Database(path, { readonly: true, timeout: BUSY_MS });
  try {
    const wrong = foreign(db, path) ?? newer(db, path);
    if (wrong !== undefined) return wrong;
    // Unlike quick_check it also compares each index with its table: a message that no index names is never delivered.
    const report = db.pragma('integrity_check(5)', { simple: false }) as { integrity_check: string }[];
    const faults = report.map((row) => row.integrity_check).filter((line) => line !== 'ok');
    return faults.length === 0 ? undefined : damaged(path, faults.join('; '));
  } finally {
    db.close();
  }
}

function foreign(db: Db, path: string): Failure | undefined {
  const id = db.pragma('application_id', { simple: true });
  const tables = db.prepare('SELECT COUNT(*) FROM sqlite_schema').pluck().get() as number;
  if (id === APPLICATION_ID || (id === 0 && tables === 0)) return undefined;
  return refusal(`${path} is the database of another program; give the store a file of its own.`);
}

function newer(db: Db, path: string): Failure | undefined {
  const version = versionOf(db);
  if (version <= MIGRATIONS.length) return undefined;
  return refusal(
    `${path} was written by a newer Stanzapost (schema ${version}, this one knows ${MIGRATIONS.length}); run that version, or restore a backup.`,
  );
}

function wrongVersion(db: Db, path: string): Failure | undefined {
  const older = versionOf(db) < MIGRATIONS.length;
  return older ? refusal(`${path} has an older schema; start the gateway once, it brings the store up to date.`) : newer(db, path);
}

export function versionOf(db: Db): number {
  return db.pragma('user_version', { simple: true }) as number;
}

function migrate(db: Db): void {
  for (let version = versionOf(db); version < MIGRATIONS.length; version++) {
    const apply = db.transaction(() => {
      db.exec(MIGRATIONS[version] ?? '');
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${version + 1}`);
    });
    apply.immediate();
  }
}

/** A write transaction that is never ended, on a file beside the store: the kernel drops it with the process. */
export function holdLock(path: string): Db | Failure {
  const file = `${path}.lock`;
  return guarded(file, () => {
    createPrivate(file);
    const lock = new Database(file, { timeout: LOCK_MS });
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return lock;
    } catch (error) {
      lock.close();
      if (codeOf(error).startsWith('SQLITE_BUSY')) return refusal(`Another gateway is running on the store ${path}.`);
      if (isDamage(error)) return refusal(`${file} is damaged and was left as it is. Nothing is kept in it: when no gateway runs, remove it.`);
      throw error;
    }
  });
}

/** Does a gateway run on the store of this path? */
export function isHeld(path: string): boolean {
  const lock = holdLock(path);
  if (lock instanceof Failure) return true;
  lock.close();
  return false;
}

/** People's mail is in it: readable by the owner only. SQLite gives its side files the same mode. */
export function createPrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}

function guarded<T>(path: string, open: () => T | Failure): T | Failure {
  try {
    return open();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (isDamage(error)) return damaged(path, text);
    return refusal(`The store ${path} cannot be opened: ${text}`, error);
  }
}

function damaged(path: string, what: string): Failure {
  return refusal(`${path} is damaged and was left as it is (${what}). Restore a backup, or move the file away to start empty.`);
}

function cutLog(path: string): Failure | undefined {
  const lost = lostFrames(path);
  if (lost === 0) return undefined;
  return refusal(
    `${path}-wal is damaged or gone and was left as it is: ${lost} pages that were committed are not in it. Restore a backup of the whole store; or, to go on without what they held, remove ${path}-shm.`,
  );
}

/** SQLite deletes a log that it finds without its database. */
function orphanedLog(path: string): Failure | undefined {
  if (sizeOf(`${path}-wal`) === 0) return undefined;
  return refusal(`${path} is empty or gone, but its log ${path}-wal is there, and was left as it is. Restore a backup, or move the log away too to start empty.`);
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

function refusal(text: string, cause?: unknown): Failure {
  return Failure.permanent('storage', text, cause === undefined ? {} : { cause });
}

function isDamage(error: unknown): boolean {
  return /^SQLITE_(NOTADB|CORRUPT)/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
