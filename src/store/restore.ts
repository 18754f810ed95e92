/**
 * Puts a backup in the place of a store. All of it is read and checked, as a copy beside the store, before anything of the store is
 * touched; what stood there is moved aside, whole, and not removed.
 */
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { Failure, isFailure } from '../failure.js';
import { damagedOriginals, holdingsOf, type Holdings } from './backup-holdings.js';
import { checkBackup } from './backup-seal.js';
import { createPrivate, holdLock, inspect, openDatabase } from './open.js';
import { syncDirectory } from './original-file.js';
import { originalsBeside } from './originals.js';
import { switchOperations } from './switches.js';

export interface RestoreRequest {
  readonly file: string;
  /** The store's file. */
  readonly store: string;
  /** Move a store that is there aside. */
  readonly force: boolean;
  /** For the name of what is moved aside; ms since the epoch. */
  readonly now: number;
  /** What an administrator switches in it before anything can run on it; see `SwitchStore`. */
  readonly set?: readonly (readonly [name: string, value: unknown])[];
}

export interface Restored extends Holdings {
  /** Where the store that was there is now. */
  readonly aside?: string;
  /** What an administrator has switched in it, by name; see `SwitchStore`. */
  readonly switches: ReadonlyMap<string, unknown>;
}

/** @returns a permanent failure of reason `storage` that says what is wrong; the store is then as it was */
export async function restoreBackup(request: RestoreRequest): Promise<Restored | Failure> {
  const { file, store } = request;
  try {
    if (!existsSync(file)) return refusal(`There is no backup ${file}.`);
    mkdirSync(dirname(store), { recursive: true, mode: 0o700 });
    const lock = holdLock(store);
    if (isFailure(lock)) return lock;
    try {
      return await restoreHeld(request);
    } finally {
      lock.close();
    }
  } catch (error) {
    return refusal(`${file} could not be restored: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

async function restoreHeld({ file, store, force, now, set = [] }: RestoreRequest): Promise<Restored | Failure> {
  const there = partsOf(store);
  if (there.length > 0 && !force) return refusal(`There is a store at ${store}; with --force it is moved aside, and kept.`);
  const copy = `${store}.restoring`;
  try {
    const holdings = await checkedCopy(file, copy);
    if (isFailure(holdings)) return holdings;
    const unset = set.length === 0 ? undefined : setIn(copy, set);
    if (unset !== undefined) return unset;
    const switches = switchesIn(copy);
    const aside = there.length === 0 ? undefined : `${store}.before-${new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')}`;
    if (aside !== undefined) for (const part of there) renameSync(part, aside + part.slice(store.length));
    renameSync(copy, store);
    giveToOwner(store);
    await syncDirectory(dirname(store));
    return { ...holdings, switches, ...(aside !== undefined && { aside }) };
  } finally {
    for (const end of ['', '-wal', '-shm', '.lock']) rmSync(`${copy}${end}`, { force: true });
  }
}

/** What there is of a store; its lock belongs to whoever holds it. */
function partsOf(store: string): readonly string[] {
  return [store, `${store}-wal`, `${store}-shm`, originalsBeside(store)].filter((path) => existsSync(path) && !isEmptyDirectory(path));
}

function isEmptyDirectory(path: string): boolean {
  return statSync(path).isDirectory() && readdirSync(path).length === 0;
}

async function checkedCopy(file: string, copy: string): Promise<Holdings | Failure> {
  rmSync(copy, { force: true });
  createPrivate(copy);
  const handle = await open(copy, 'r+');
  try {
    const wrong = await checkBackup(file, handle);
    if (wrong !== undefined) return wrong;
    await handle.sync();
  } finally {
    await handle.close();
  }
  const wrong = inspect(copy);
  if (wrong !== undefined) return refusal(`${file} was not restored: ${wrong.text.replaceAll(copy, 'it')}`);
  const db = new Database(copy, { readonly: true });
  try {
    const damaged = damagedOriginals(db);
    return damaged.length === 0 ? holdingsOf(db) : refusal(`${file} is damaged: originals in it are not what was written (${damaged.join(', ')}).`);
  } finally {
    db.close();
  }
}

/** Brings it to this version's schema. */
function setIn(copy: string, set: NonNullable<RestoreRequest['set']>): Failure | undefined {
  const opened = openDatabase(copy, true);
  if (isFailure(opened)) return opened;
  try {
    const { setSwitch } = switchOperations(opened.db);
    for (const [name, value] of set) setSwitch(name, value);
    // Only the file itself is put in the place of the store.
    opened.db.pragma('wal_checkpoint(TRUNCATE)');
    return undefined;
  } finally {
    opened.close();
  }
}

/** None in a schema that had none. */
function switchesIn(copy: string): ReadonlyMap<string, unknown> {
  const db = new Database(copy, { readonly: true });
  try {
    const isThere = db.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'switches'`).get() !== undefined;
    return new Map(isThere ? switchOperations(db).switchesFrom('') : []);
  } finally {
    db.close();
  }
}

/** Root restores; the gateway, which is somebody else, must be able to write it. */
function giveToOwner(store: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(store));
  for (const name of readdirSync(dirname(store))) {
    const isOurs = name === basename(store) || name === `${basename(store)}.lock`;
    if (isOurs) chownSync(join(dirname(store), name), uid, gid);
  }
}

function refusal(text: string, cause?: unknown): Failure {
  return Failure.permanent('storage', text, cause === undefined ? {} : { cause });
}
