/** A backup is the store at one moment, in one file, whole or not there; a restore brings all of it back. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { isFailure, type Failure } from '../../src/failure.js';
import { makeBackup, type Backup } from '../../src/store/backup.js';
import { MIGRATIONS } from '../../src/store/schema.js';
import { holdSwitch, queueHeldIn } from '../../src/bridge/queue-hold.js';
import { restoreBackup } from '../../src/store/restore.js';
import { originalsBeside } from '../../src/store/originals.js';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.js';
import { freshPath, openHere, quiet } from './files.js';
import { juliet, letter, romeo, T0 } from './samples.js';

const PIECE = 256 * 1024;
const DAY = 86_400_000;
const PIECES = [Buffer.alloc(PIECE, 'arise fair sun'), Buffer.alloc(PIECE, 'and kill'), Buffer.from('the envious moon')];
const WHOLE = Buffer.concat(PIECES);

async function large(store: SqliteStore, id: string): Promise<void> {
  for (const [seq, piece] of PIECES.entries()) await store.write(id, seq, Buffer.from(piece));
  await store.accept([letter(romeo, juliet, { original: id, text: `of ${id}` })]);
}

async function contentOf(store: SqliteStore, id: string): Promise<Buffer> {
  const pieces = [];
  for await (const piece of store.content(id)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const backup = (store: string, file: string, force = false) => makeBackup({ store, file, force, held: false });
const restore = (file: string, store: string, force = false) => restoreBackup({ file, store, force, now: T0 });

function good<T>(value: T | Failure): T {
  if (isFailure(value)) throw new Error(value.text);
  return value;
}

function textOf(value: unknown): string {
  return isFailure(value) ? value.text : 'it went well';
}

/** A store with a large original, and its backup. */
async function backedUp(): Promise<{ path: string; file: string; store: SqliteStore; made: Backup }> {
  const path = freshPath();
  const { store } = openHere(path);
  await large(store, 'c1');
  await store.setPreferences({ user: 'juliet@capulet.example', set: { burst: 0 } });
  const file = join(dirname(path), 'a.backup');
  return { path, file, store, made: good(await backup(path, file)) };
}

describe('a backup', () => {
  it('is one file for its owner, and says what it holds', async () => {
    const { path, file, made } = await backedUp();
    expect(made).toMatchObject({ waiting: 1, users: 1, originals: 1, lost: [], schema: MIGRATIONS.length });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(path)).filter((name) => name.includes('.backup'))).toEqual(['a.backup']);
  });

  it('brings everything back where all was destroyed, large originals byte for byte', async () => {
    const { path, file, store } = await backedUp();
    await store.close();
    const elsewhere = join(dirname(path), 'gone', 'store.db');
    expect(good(await restore(file, elsewhere))).toMatchObject({ waiting: 1, users: 1 });
    const { store: again } = openHere(elsewhere);
    expect(await again.list({ limit: 10 })).toHaveLength(1);
    expect(await again.preferences()).toEqual([{ user: 'juliet@capulet.example', set: { burst: 0 } }]);
    expect((await contentOf(again, 'c1')).equals(WHOLE)).toBe(true);
    expect(existsSync(originalsBeside(elsewhere))).toBe(false);
  });

  it('is a store by itself, for whoever has only this file', async () => {
    const { path, file } = await backedUp();
    const elsewhere = join(dirname(path), 'copied.db');
    copyFileSync(file, elsewhere);
    const { store: again } = openHere(elsewhere);
    await large(again, 'c2');
    expect(await again.list({ limit: 10 })).toHaveLength(2);
    expect((await contentOf(again, 'c1')).equals(WHOLE)).toBe(true);
    await again.close();
    expect(await openHere(elsewhere).store.list({ limit: 10 })).toHaveLength(2);
  });

  it('is never written over, unless that is asked for', async () => {
    const { path, file } = await backedUp();
    const before = readFileSync(file);
    expect(textOf(await backup(path, file))).toContain('exists');
    expect(readFileSync(file).equals(before)).toBe(true);
    good(await backup(path, file, true));
  });

  it('names originals that the store has lost, and is made all the same', async () => {
    const { path, store } = await backedUp();
    await large(store, 'c2');
    writeFileSync(join(originalsBeside(path), 'c2'), 'not what it was');
    const file = join(dirname(path), 'b.backup');
    expect(good(await backup(path, file))).toMatchObject({ lost: ['c2'], originals: 1, waiting: 2 });
    good(await restore(file, join(dirname(path), 'other.db')));
  });

  it('is of one moment: what is pruned while it is made is not missing', async () => {
    const { path, store } = await backedUp();
    const file = join(dirname(path), 'b.backup');
    await large(store, 'c2');
    const made = makeBackup({ store: path, file, force: false, held: false, progress: () => rmSync(join(originalsBeside(path), 'c1'), { force: true }) });
    await store.prune(T0 + 400 * DAY);
    expect(good(await made)).toMatchObject({ lost: [] });
  });

  it('goes on while the store is written all the time, and holds a prefix of what was written', async () => {
    const path = freshPath();
    const store = good(await openSqliteStore(path, {}, quiet));
    await store.accept(Array.from({ length: 3_000 }, (_, i) => letter(romeo, juliet, { text: `${i} ${'word '.repeat(100)}` })));
    const file = join(dirname(path), 'a.backup');
    let writing = true;
    let written = 0;
    const writer = (async () => {
      for (; writing; written++) await store.accept([letter(romeo, juliet, { text: `later ${written}` })]);
    })();
    const made = good(await makeBackup({ store: path, file, force: false, held: false }));
    writing = false;
    await writer;
    await store.close();
    expect(made.waiting).toBeGreaterThanOrEqual(3_000);
    expect(written).toBeGreaterThan(0);
    expect(good(await restore(file, join(dirname(path), 'other.db')))).toMatchObject({ waiting: made.waiting });
  });

  it('leaves nothing half-made where it cannot be made', async () => {
    const { path, store } = await backedUp();
    const directory = join(dirname(path), 'full');
    expect(textOf(await backup(path, join(directory, 'x.backup')))).toContain('does not exist');
    mkdirSync(directory);
    writeFileSync(join(directory, 'x.backup.partial-999999999'), 'of a run that was killed');
    expect(textOf(await makeBackup({ store: path, file: join(directory, 'x.backup'), force: false, held: false, progress: () => { throw new Error('no more disk'); } }))).toContain('no more disk');
    expect(readdirSync(directory)).toEqual([]);
    await large(store, 'still takes mail');
  });

  it('of an older schema is taken, and brought up to date at the next start', async () => {
    const path = freshPath();
    const old = new Database(path);
    for (const sql of MIGRATIONS.slice(0, 2)) old.exec(sql);
    old.pragma('application_id = 0x53507a74');
    old.pragma('user_version = 2');
    old.close();
    const file = join(dirname(path), 'old.backup');
    expect(good(await backup(path, file))).toMatchObject({ schema: 2 });
    const elsewhere = join(dirname(path), 'new.db');
    good(await restore(file, elsewhere));
    expect((await openHere(elsewhere).store.list({ limit: 1 }))).toEqual([]);
    const held = join(dirname(path), 'held.db');
    good(await restoreBackup({ file, store: held, force: false, now: T0, set: [holdSwitch(T0)] }));
    expect(await queueHeldIn(openHere(held).store.switches)).toBe(T0);
  });
});

describe('a restore', () => {
  it('moves a store that is there aside, with all its files, and only when asked to', async () => {
    const { path, file, store } = await backedUp();
    await store.close();
    expect(textOf(await restore(file, path))).toContain('--force');
    const { aside } = good(await restore(file, path, true));
    expect((await contentOf(openHere(path).store, 'c1')).equals(WHOLE)).toBe(true);
    expect((await contentOf(openHere(aside ?? '').store, 'c1')).equals(WHOLE)).toBe(true);
  });

  it('has what it is to hold switched in it, in the one file, and leaves nothing else behind', async () => {
    const { path, file } = await backedUp();
    const there = new Set(readdirSync(dirname(path)));
    const elsewhere = join(dirname(path), 'held.db');
    good(await restoreBackup({ file, store: elsewhere, force: false, now: T0, set: [holdSwitch(T0)] }));
    expect(readdirSync(dirname(path)).filter((name) => !there.has(name)).sort()).toEqual(['held.db', 'held.db.lock']);
    const { store } = openHere(elsewhere);
    expect(await queueHeldIn(store.switches)).toBe(T0);
    expect((await contentOf(store, 'c1')).equals(WHOLE)).toBe(true);
  });

  it('refuses while a gateway runs on the store', async () => {
    const { path, file } = await backedUp();
    expect(textOf(await restore(file, path, true))).toContain('running');
  });

  it.each([
    ['a byte that changed', (file: string) => flip(file, 5_000)],
    ['a byte in the middle of an original', (file: string) => flip(file, Math.floor(statSync(file).size / 2))],
    ['a cut end', (file: string) => truncateSync(file, statSync(file).size - 1)],
    ['a missing page', (file: string) => writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, 4_096), readFileSync(file).subarray(8_192)]))],
    ['another file', (file: string) => writeFileSync(file, 'not a backup')],
  ])('refuses a backup with %s by name, and leaves the store alone', async (_, damage) => {
    const { path, file, store } = await backedUp();
    await store.close();
    damage(file);
    expect(textOf(await restore(file, path, true))).toContain(file);
    const { store: again } = openHere(path);
    expect(await again.list({ limit: 10 })).toHaveLength(1);
    expect(readdirSync(dirname(path)).filter((name) => name.includes('restoring') || name.includes('before'))).toEqual([]);
  });

  it('refuses a backup of a newer schema, though it is whole', async () => {
    const { path, store } = await backedUp();
    await store.close();
    const newer = join(dirname(path), 'newer.db');
    copyFileSync(path, newer);
    const db = new Database(newer);
    db.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    db.close();
    const { sealBackup } = await import('../../src/store/backup-seal.js');
    await sealBackup(newer);
    expect(textOf(await restore(newer, path, true))).toContain('newer Stanzapost');
  });
});

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}
