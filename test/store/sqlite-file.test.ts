/** The file on the disk: who may open it, what is refused, what survives. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, openSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { uptime } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { Failure, isFailure } from '../../src/failure.js';
import { openDatabase } from '../../src/store/open.js';
import { openSqliteStore } from '../../src/store/sqlite.js';
import { APPLICATION_ID, MIGRATIONS } from '../../src/store/schema.js';
import { freshPath, openHere, openStore, quiet } from './files.js';
import { chat, DAY, juliet, letter, mail, romeo, T0 } from './samples.js';

function refusalOf(path: string, exclusive = true): string {
  const open = openDatabase(path, exclusive);
  if (isFailure(open)) return open.text;
  open.close();
  throw new Error('it was opened');
}

/** A closed store with something in it. */
async function filledStore(messages = 1): Promise<string> {
  const path = freshPath();
  const { store } = openHere(path);
  await store.accept(Array.from({ length: messages }, () => chat(romeo, { text: 'x'.repeat(2_000) })));
  await store.close();
  return path;
}

/** As a kill leaves it: the file and its log, beside each other. */
async function killedStore(): Promise<string> {
  const source = freshPath();
  await (await openStore(source)).close();
  const { store } = openHere(source);
  for (let i = 0; i < 50; i++) await store.accept([chat(romeo, { text: 'x'.repeat(2_000) })]);
  const path = freshPath();
  for (const end of ['', '-wal', '-shm']) copyFileSync(`${source}${end}`, `${path}${end}`);
  return path;
}

function filesOf(path: string): (string | undefined)[] {
  return ['', '-wal'].map((end) => (existsSync(`${path}${end}`) ? readFileSync(`${path}${end}`, 'latin1') : undefined));
}

function change(path: string, statement: string): void {
  const db = new Database(path);
  db.exec(statement);
  db.close();
}

describe('opening', () => {
  it('makes every connection durable: WAL, synchronous=FULL, foreign keys', async () => {
    const path = freshPath();
    for (let opened = 0; opened < 2; opened++) {
      const { store, db } = openHere(path);
      const pragmas = ['journal_mode', 'synchronous', 'foreign_keys'].map((name) => db.pragma(name, { simple: true }));
      expect(pragmas).toEqual(['wal', 2, 1]);
      await store.close();
    }
  });

  it('keeps what was there, for the owner only', async () => {
    const path = await filledStore();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const store = await openStore(path);
    expect(await store.list({ limit: 9 })).toHaveLength(1);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
  });

  it('refuses a newer schema, and leaves it', async () => {
    const path = await filledStore();
    change(path, `PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    const before = readFileSync(path);
    expect(refusalOf(path)).toMatch(/newer Stanzapost/);
    expect(refusalOf(path, false)).toMatch(/newer Stanzapost/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('refuses the database of another program, and leaves it', () => {
    const path = freshPath();
    change(path, 'CREATE TABLE prosody (host TEXT)');
    const before = readFileSync(path);
    expect(refusalOf(path)).toMatch(/another program/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each([
    ['is no database', (path: string) => writeFileSync(path, 'This is no database.'.repeat(500))],
    ['has a broken page', (path: string) => void writeSync(openSync(path, 'r+'), Buffer.alloc(4096, 0xa5), 0, 4096, 6 * 4096)],
    ['is cut short', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 9 * 4096))],
  ])('refuses a file that %s, and leaves it', async (_what, damage) => {
    const path = await filledStore(50);
    damage(path);
    const before = readFileSync(path);
    expect(refusalOf(path)).toMatch(/damaged and was left as it is/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('refuses a damaged file with a log that was not yet written back, and leaves both', async () => {
    const source = freshPath();
    const { store } = openHere(source);
    await store.accept(Array.from({ length: 50 }, () => chat(romeo, { text: 'x'.repeat(2_000) })));
    await store.close();
    const second = openHere(source);
    await second.store.accept([chat(romeo)]);
    const path = freshPath();
    copyFileSync(source, path);
    copyFileSync(`${source}-wal`, `${path}-wal`);
    writeSync(openSync(path, 'r+'), Buffer.alloc(4096 * 8, 0xa5), 0, 4096 * 8, 12 * 4096);
    const before = [path, `${path}-wal`].map((file) => readFileSync(file));
    expect(refusalOf(path)).toMatch(/damaged/);
    expect([path, `${path}-wal`].map((file, i) => readFileSync(file).equals(before[i]!))).toEqual([true, true]);
  });

  it.each([
    ['is cut', (log: string) => truncateSync(log, Math.floor(statSync(log).size / 2)), /-wal is damaged or gone/],
    ['is gone', (log: string) => rmSync(log), /-wal is damaged or gone/],
    ['has a broken frame', (log: string) => void writeSync(openSync(log, 'r+'), 'broken', Math.floor(statSync(log).size / 2)), /-wal is damaged or gone/],
    ['has lost its database', (log: string) => truncateSync(log.replace('-wal', ''), 0), /its log .*-wal is there/],
    ['has seen its database deleted', (log: string) => rmSync(log.replace('-wal', '')), /its log .*-wal is there/],
  ])('refuses a log of a killed gateway that %s, and leaves what there is', async (_what, damage, told) => {
    const path = await killedStore();
    damage(`${path}-wal`);
    const before = filesOf(path);
    expect(refusalOf(path)).toMatch(told);
    expect(filesOf(path)).toEqual(before);
  });

  it('opens what a killed gateway left, and what a power failure may leave: no index, or garbage for one', async () => {
    for (const harm of [() => undefined, (index: string) => rmSync(index), (index: string) => writeFileSync(index, 'garbage'.repeat(5_000))]) {
      const path = await killedStore();
      harm(`${path}-shm`);
      expect(await openHere(path).store.list({ limit: 100 })).toHaveLength(50);
    }
  });

  it.each([
    ['the end of the log that nobody had synced is gone', (log: string) => truncateSync(log, Math.floor(statSync(log).size / 2))],
    ['the log was deleted, as at the end of a gateway, and its index not yet', (log: string) => rmSync(log)],
  ])('opens what a power failure leaves: the index is from before the machine started, and %s', async (_what, harm) => {
    const path = await killedStore();
    harm(`${path}-wal`);
    const before = new Date(Date.now() - uptime() * 1_000 - 60_000);
    utimesSync(`${path}-shm`, before, before);
    expect((await openHere(path).store.list({ limit: 100 })).length).toBeLessThan(50);
  });

  it('says that nothing is lost with a damaged lock file', async () => {
    const path = await filledStore();
    writeFileSync(`${path}.lock`, 'garbage'.repeat(1_000));
    expect(refusalOf(path)).toMatch(/Nothing is kept in it/);
  });

  it('says what is missing', () => {
    expect(refusalOf('/nonexistent/store.db')).toMatch(/directory of the store does not exist/);
    expect(refusalOf(freshPath(), false)).toMatch(/no store at/);
  });
});

describe('an older schema', () => {
  /** As the second schema left it: an open delivery with its source key, and a talk. */
  function second(path: string): void {
    const db = new Database(path);
    for (const migration of MIGRATIONS.slice(0, 2)) db.exec(migration);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma('user_version = 2');
    const { message, deliveries } = chat(romeo, { id: 'old', ids: { stanza: 's1', mail: '<m1@gw>' } });
    db.prepare("INSERT INTO messages (id, sender, accepted_at, json) VALUES ('old', 'juliet@capulet.example', ?, ?)").run(T0, JSON.stringify(message));
    db.prepare("INSERT INTO lanes (key, outlet, due_at, claimed) VALUES ('smtp\njid:juliet@capulet.example\nmail:romeo@montague.example', 'smtp', ?, 1)").run(T0);
    db.prepare(`INSERT INTO deliveries (message, lane, outlet, due_at, expires_at, recipient, recipient_json)
      VALUES (1, 1, 'smtp', ?, ?, 'romeo@montague.example', ?)`).run(T0, T0 + DAY, JSON.stringify(deliveries[0]!.recipient));
    db.prepare("INSERT INTO seen (key, at, delivery) VALUES ('k', ?, 1)").run(T0);
    db.exec("INSERT INTO pairs (chat, mail) VALUES ('juliet@capulet.example', 'romeo@montague.example')");
    db.prepare("INSERT INTO said (seq, pair, at, stanza, mail, thread) VALUES (1, 1, ?, 's1', '<m1@gw>', 'old')").run(T0);
    db.close();
  }

  it('is brought up to date, and all it kept is kept', async () => {
    const path = freshPath();
    second(path);
    expect(refusalOf(path, false)).toMatch(/older schema/);
    const { store } = openHere(path);
    expect(await store.accept([chat(romeo, { delivery: { sourceKey: 'k' } })])).toEqual([['repeat']]);
    await store.accept([chat(romeo), letter(romeo, juliet, { answers: { mail: ['<m1@gw>'] } })]);
    const [lane] = await store.claim('smtp', 9, 9, T0);
    expect(lane?.deliveries.map(({ message }) => message.id)).toEqual(['old', expect.any(String)]);
    const [answer] = await store.claim('xmpp', 9, 9, T0);
    expect(answer?.deliveries[0]?.context).toMatchObject({ answered: { stanza: 's1', mail: '<m1@gw>' }, references: ['<m1@gw>'], thread: 'old' });
  });
});

describe('who was written to, in a talk of before', () => {
  it.each([
    ['written by the chat user', 's1', '<01234567890123456789abcdef@gw.example>', true],
    ['a mail, though its Message-ID looks like one of ours', 'abcdefghijklmnopqrstuvwxyz', '<01234567890123456789abcdef@gw.example>', false],
    ['a mail', 'abcdefghijklmnopqrstuvwxyz', '<m@montague.example>', false],
  ])('is told by the ids: %s', async (_name, stanza, id, written) => {
    const path = freshPath();
    const db = new Database(path);
    for (const migration of MIGRATIONS.slice(0, 6)) db.exec(migration);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma('user_version = 6');
    db.exec("INSERT INTO pairs (chat, mail) VALUES ('juliet@capulet.example', 'romeo@montague.example')");
    db.prepare("INSERT INTO said (seq, pair, at, stanza, mail, thread) VALUES (1, 1, ?, ?, ?, 't')").run(T0, stanza, id);
    db.close();
    const { store } = openHere(path);
    expect(await store.correspondents.standing({ user: juliet, names: ['romeo@montague.example'], contacts: [] })).toMatchObject({ written, met: true });
  });
});

describe('one gateway at a time', () => {
  it('refuses a second one, serves commands beside it, and lets the next in', async () => {
    const path = freshPath();
    const gateway = await openStore(path);
    await gateway.accept([chat(romeo), chat(mail('paris'))]);
    expect(await openSqliteStore(path, {}, quiet)).toMatchObject({ kind: 'permanent', text: expect.stringMatching(/Another gateway is running/) as string });
    const [lane] = await gateway.claim('smtp', 1, 1, T0);
    const beside = await openStore(path, { exclusive: false });
    const [paris, first] = await beside.list({ limit: 9 });
    expect(await beside.retry(first!.seq, T0)).toBe(true);
    expect(await beside.drop(paris!.seq, Failure.permanent('expired', 'Dropped.').toRecord(), [], T0)).toBe(true);
    await beside.close();
    const ended = lane!.deliveries.map(({ seq }) => ({ seq, state: 'handed-over' as const }));
    await gateway.settle({ lane: lane!.lane, ended, deferred: [], reports: [], dueAt: T0, at: T0 });
    expect((await gateway.list({ limit: 9 })).map((entry) => entry.state)).toEqual(['failed', 'handed-over']);
    await gateway.close();
    await (await openStore(path)).close();
  });

  it('claims again what a dead gateway had claimed', async () => {
    const path = freshPath();
    const first = openHere(path);
    await first.store.accept([chat(romeo)]);
    expect(await first.store.claim('smtp', 9, 9, T0)).toHaveLength(1);
    await first.store.close();
    expect(await openHere(path).store.claim('smtp', 9, 9, T0)).toHaveLength(1);
  });
});

describe('kill -9', () => {
  it('loses nothing that was accepted', { timeout: 60_000 }, async () => {
    const path = freshPath();
    const accepted: string[] = [];
    for (let round = 0; round < 4; round++) accepted.push(...(await acceptUntilKilled(path, 50 + Math.random() * 400)));
    expect(accepted.length).toBeGreaterThan(100);
    const { store } = openHere(path);
    const kept = await Promise.all(accepted.map((id) => store.message(id)));
    expect(kept.filter((found) => found === undefined)).toEqual([]);
  });
});

/** Starts a process that accepts and names what is committed, and kills it some ms after the first. */
async function acceptUntilKilled(path: string, afterMs: number): Promise<string[]> {
  const script = fileURLToPath(new URL('accepting.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ids: string[] = [];
  const lines = createInterface(child.stdout).on('line', (line) => {
    if (ids.push(line) === 1) setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  await Promise.all([once(child, 'exit'), once(lines, 'close')]);
  // The last line may have been cut by the kill.
  return ids.filter((id) => id.length === 26);
}
