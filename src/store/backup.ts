/**
 * Copies a store, also while a gateway writes it, into one file: the database as it was at one moment, the large originals in it,
 * and a seal. The file appears under its name when it is whole, verified and on the disk, or not at all.
 */
import { closeSync, existsSync, fdatasyncSync, openSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { Failure, isFailure } from '../failure.js';
import { damagedOriginals, hasFiles, holdingsOf, type Holdings } from './backup-holdings.js';
import { bringInOriginals } from './backup-originals.js';
import { checkBackup, sealBackup } from './backup-seal.js';
import { createPrivate, inspect, openToCopy, type Db } from './open.js';
import { syncDirectory } from './original-file.js';
import { originalsBeside } from './originals.js';

export interface BackupRequest {
  /** The store's file. */
  readonly store: string;
  /** The backup's. */
  readonly file: string;
  /** Replace a file of this name. */
  readonly force: boolean;
  /** This process is the gateway that runs on the store. */
  readonly held: boolean;
  /** Called often. Both in bytes. */
  readonly progress?: (done: number, of: number) => void;
}

export interface Backup extends Holdings {
  readonly file: string;
  readonly bytes: number;
  /** Originals that are damaged or lost in the store itself, and so are not in it. */
  readonly lost: readonly string[];
}

const PAGES_PER_STEP = 512;
/** Handed to the disk piece by piece: one large fsync at the end would hold up the gateway's own. */
const SYNC_EVERY = 16 << 20;
/** What must stay free for the gateway beside it. */
const SPARE = 64 << 20;

/** @returns a permanent failure of reason `storage` whose text tells an administrator what is wrong; nothing half-made is left */
export async function makeBackup(request: BackupRequest): Promise<Backup | Failure> {
  const { file, force, store, held } = request;
  const partial = `${file}.partial-${process.pid}`;
  try {
    if (!existsSync(dirname(file))) return refusal(`The directory of the backup does not exist: ${dirname(file)}`);
    if (!force && existsSync(file)) return refusal(`${file} exists; give another name, or --force to replace it.`);
    sweepPartial(file);
    const db = openToCopy(store, held);
    if (isFailure(db)) return db;
    try {
      return await copyTo(partial, db, request);
    } finally {
      db.close();
    }
  } catch (error) {
    return refusal(`The backup ${file} could not be made: ${reasonOf(error)}`, error);
  } finally {
    for (const end of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${end}`, { force: true });
  }
}

async function copyTo(partial: string, db: Db, request: BackupRequest): Promise<Backup | Failure> {
  const { file, store, force } = request;
  const total = sizeOf(db);
  const room = freeIn(dirname(file));
  if (room < total + SPARE) return refusal(`There is not enough room for the backup ${file}: it needs ${mb(total + SPARE)} MB, and ${mb(room)} MB are free.`);
  createPrivate(partial);
  const disk = openSync(partial, 'r+');
  try {
    const steady = new Steady(disk, total, request.progress);
    await copyPages(db, partial, steady);
    const copied = fillIn(partial, db, originalsBeside(store), steady);
    if (isFailure(copied)) return copied;
    await sealBackup(partial);
    const changed = await checkBackup(partial);
    if (isFailure(changed)) return changed;
    if (!force && existsSync(file)) return refusal(`${file} exists; give another name, or --force to replace it.`);
    renameSync(partial, file);
    await syncDirectory(dirname(file));
    return { file, bytes: statSync(file).size, ...copied };
  } finally {
    closeSync(disk);
  }
}

/** From one read transaction: else every commit of the gateway would make it begin anew. */
async function copyPages(db: Db, partial: string, steady: Steady): Promise<void> {
  db.exec('BEGIN');
  try {
    db.prepare('SELECT COUNT(*) FROM sqlite_schema').get();
    const pageSize = db.pragma('page_size', { simple: true }) as number;
    let before = 0;
    await db.backup(partial, {
      progress: ({ totalPages, remainingPages }) => {
        const copied = (totalPages - remainingPages) * pageSize;
        steady.add(copied - before);
        before = copied;
        return PAGES_PER_STEP;
      },
    });
  } finally {
    db.exec('COMMIT');
  }
}

function fillIn(partial: string, db: Db, directory: string, steady: Steady): (Holdings & { readonly lost: readonly string[] }) | Failure {
  const copy = new Database(partial);
  try {
    // One file, without a log beside it. Whoever opens it as a store turns the log on again.
    copy.pragma('journal_mode = DELETE');
    copy.pragma('journal_mode = OFF');
    copy.pragma('synchronous = OFF');
    const kept = hasFiles(db) ? db.prepare<[string], number>('SELECT 1 FROM contents WHERE id = ?').pluck() : undefined;
    copy.exec('BEGIN');
    const lost = bringInOriginals({ copy, directory, isKept: (id) => kept?.get(id) === 1, progress: (bytes) => steady.add(bytes) });
    copy.exec('COMMIT');
    const damaged = damagedOriginals(copy);
    const holdings = { ...holdingsOf(copy), lost: [...lost, ...damaged] };
    copy.close();
    const wrong = inspect(partial);
    return wrong === undefined ? holdings : refusal(`The store ${db.name} is damaged, and was not backed up: ${wrong.text.replace(partial, 'its copy')}`);
  } finally {
    if (copy.open) copy.close();
  }
}

/** Counts what is written, and sends it on to the disk. */
class Steady {
  private done = 0;
  private unsynced = 0;

  constructor(
    private readonly disk: number,
    private readonly total: number,
    private readonly tell: BackupRequest['progress'],
  ) {}

  add(bytes: number): void {
    this.done += bytes;
    this.unsynced += bytes;
    this.tell?.(this.done, this.total);
    if (this.unsynced < SYNC_EVERY) return;
    fdatasyncSync(this.disk);
    this.unsynced = 0;
  }
}

/** What a run that was killed has left of this backup. */
function sweepPartial(file: string): void {
  const start = `${basename(file)}.partial-`;
  for (const name of readdirSync(dirname(file))) {
    const pid = name.startsWith(start) ? Number.parseInt(name.slice(start.length), 10) : Number.NaN;
    if (pid > 0 && !isAlive(pid)) rmSync(join(dirname(file), name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function sizeOf(db: Db): number {
  const pages = (db.pragma('page_count', { simple: true }) as number) * (db.pragma('page_size', { simple: true }) as number);
  const files = hasFiles(db) ? db.prepare<[], number>('SELECT COALESCE(SUM(file_size), 0) FROM contents').pluck().get() : 0;
  return pages + (files ?? 0);
}

function freeIn(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

function mb(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/ENOSPC|SQLITE_FULL|EDQUOT/.test(code)) return 'its disk is full';
  return error instanceof Error ? error.message : String(error);
}

function refusal(text: string, cause?: unknown): Failure {
  return Failure.permanent('storage', text, cause === undefined ? {} : { cause });
}
