/** Many calls, few commits; a failing call or a full disk harms nobody else. */
import { readFileSync } from 'node:fs';
import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { HEAD_OF_LANE, CLAIM_LANES, NEXT_DUE, OVERDUE } from '../../src/store/claim.js';
import { HELD_HEADS } from '../../src/store/held.js';
import { Grouping } from '../../src/store/grouping.js';
import { Originals } from '../../src/store/originals.js';
import { Recent } from '../../src/store/recent.js';
import { SqliteStore } from '../../src/store/sqlite.js';
import type { Thread } from '../../src/store/thread.js';
import { StoreError } from '../../src/store/store-error.js';
import { freshPath, openHere, openStore, quiet } from './files.js';
import { chat, juliet, letter, mail, romeo, T0 } from './samples.js';

/** Counts the commits in a write-ahead log: a frame that ends one carries the size of the database. */
function commitsIn(wal: Buffer): number {
  const pageSize = wal.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + 24 + pageSize <= wal.length; at += 24 + pageSize) {
    const ofThisRound = wal.subarray(at + 8, at + 16).equals(wal.subarray(16, 24));
    if (ofThisRound && wal.readUInt32BE(at + 4) > 0) commits++;
  }
  return commits;
}

describe('grouping', () => {
  it('commits many messages at once', async () => {
    const path = freshPath();
    const store = await openStore(path);
    const before = commitsIn(readFileSync(`${path}-wal`));
    await Promise.all(Array.from({ length: 300 }, (_, i) => store.accept([chat(mail(`r${i}`))])));
    const commits = commitsIn(readFileSync(`${path}-wal`)) - before;
    expect(commits).toBeGreaterThan(0);
    expect(commits).toBeLessThan(10);
    expect(await store.list({ limit: 1_000 })).toHaveLength(300);
  });

  it('a lone call leaves at once, and what comes while it runs leaves together', async () => {
    const batches: number[] = [];
    const grouping = new Grouping((calls) => batches.push(calls.length));
    const call = () => grouping.call({ operation: 'check', args: [] }, 0).catch(() => undefined);
    void call();
    await immediate();
    for (let i = 0; i < 5; i++) void call();
    await immediate();
    expect(batches).toEqual([1]);
    grouping.answered([{ value: undefined }]);
    await immediate();
    expect(batches).toEqual([1, 5]);
  });

  it('a failing call fails alone', async () => {
    const { store } = openHere();
    const taken = chat(romeo);
    await store.accept([taken]);
    const calls = [chat(romeo), taken, chat(romeo)].map((one) => store.accept([one]));
    const results = await Promise.allSettled(calls);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(calls[1]).rejects.toBeInstanceOf(StoreError);
    expect(await store.list({ limit: 9 })).toHaveLength(3);
  });
});

describe('a full disk', () => {
  it('fails what cannot be kept, and goes on when there is room', async () => {
    const { store, db } = openHere();
    await store.accept([chat(romeo)]);
    const pages = db.pragma('max_page_count', { simple: true }) as number;
    db.pragma('max_page_count = 1');
    const big = () => chat(romeo, { text: 'x'.repeat(100_000) });
    const results = await Promise.allSettled([store.accept([big()]), store.accept([big()]), store.counts(T0)]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    await expect(store.accept([big()])).rejects.toThrow(/full/);
    db.pragma(`max_page_count = ${pages}`);
    expect(await store.accept([big()])).toEqual([['stored']]);
    expect(await store.list({ limit: 9 })).toHaveLength(2);
  });

  it('never accepts a message whose original lost a piece', async () => {
    const { store, db } = openHere();
    await store.write('c1', 0, Buffer.from('first'));
    await store.counts(T0);
    const pages = db.pragma('max_page_count', { simple: true }) as number;
    db.pragma('max_page_count = 1');
    await store.write('c1', 1, Buffer.alloc(100_000));
    await store.counts(T0);
    db.pragma(`max_page_count = ${pages}`);
    await store.write('c1', 2, Buffer.from('last'));
    await expect(store.accept([letter(romeo, juliet, { original: 'c1' })])).rejects.toThrow(/original/);
  });
});

describe('bounds', () => {
  /** A thread that never answers. */
  const stuck: Thread = { postMessage: () => undefined, on: () => undefined };

  it('turns messages away when too much waits, and makes writers wait', async () => {
    const store = new SqliteStore(stuck, new Originals('/nowhere'), quiet);
    const big = chat(romeo, { text: 'x'.repeat(40 << 20) });
    const first = store.accept([big]);
    await expect(store.accept([chat(romeo)])).rejects.toMatchObject({ reason: 'overloaded' });
    await expect(store.record({ at: T0, what: 'refused', from: '', to: '', failure: undefined as never })).rejects.toMatchObject({ reason: 'overloaded' });
    const written = store.write('c', 0, Buffer.from('x')).then(() => 'written');
    expect(await Promise.race([first, written, new Promise((resolve) => setImmediate(resolve, 'waits'))])).toBe('waits');
  });

  it('rejects everything when the thread ends by itself', async () => {
    const exits: (() => void)[] = [];
    const dying: Thread = { postMessage: () => undefined, on: (event: string, listener: unknown) => event === 'exit' && exits.push(listener as () => void) };
    const store = new SqliteStore(dying, new Originals('/nowhere'), quiet);
    const accepted = store.accept([chat(romeo)]);
    for (const exit of exits) exit();
    await expect(accepted).rejects.toBeInstanceOf(StoreError);
    await expect(store.counts(T0)).rejects.toBeInstanceOf(StoreError);
    expect(await store.broken).toMatchObject({ kind: 'permanent', reason: 'storage' });
    await store.close();
  });

  it('what is held of the newest is bounded in memory', () => {
    const recent = new Recent(5_000);
    expect(recent.from).toBe(Infinity);
    const [one, two, three] = ['a', 'b', 'c'].map((letter) => ({ message: chat(romeo, { text: letter.repeat(500) }).message, recipient: romeo }));
    recent.add(1, one!);
    recent.add(2, two!);
    expect(recent.from).toBe(1);
    recent.add(4, three!);
    expect(recent.from).toBe(2);
    expect([1, 2, 4].map((seq) => recent.take(seq))).toEqual([undefined, two, three]);
    expect(recent.from).toBe(5);
  });

  it('a claim is bounded in memory', async () => {
    const { store } = openHere();
    await store.accept(Array.from({ length: 30 }, (_, i) => chat(mail(`r${i}`), { text: 'x'.repeat(1 << 20) })));
    expect((await store.claim('smtp', 100, 100, T0)).length).toBeLessThan(12);
  });
});

describe('a command beside the gateway', () => {
  it('reads without holding up writes', async () => {
    const path = freshPath();
    const { db } = openHere(path);
    const beside = await openStore(path, { exclusive: false });
    db.exec('BEGIN IMMEDIATE');
    expect(await beside.list({ limit: 9 })).toEqual([]);
    db.exec('ROLLBACK');
  });
});

describe('durability', () => {
  it('a claim and a settlement are answered before they are on the disk, what shares a commit with mail is not', async () => {
    const { store, db } = openHere();
    db.exec(`CREATE TEMP TABLE levels (level);
      CREATE TEMP TRIGGER claimed AFTER UPDATE OF claimed ON lanes BEGIN INSERT INTO levels SELECT synchronous FROM pragma_synchronous; END`);
    await store.accept([chat(romeo)]);
    const [lane] = await store.claim('smtp', 1, 1, T0);
    const settled = { lane: lane!.lane, ended: [], deferred: [], reports: [], dueAt: T0, at: T0 };
    await store.settle(settled);
    await Promise.all([store.claim('smtp', 1, 1, T0), store.accept([chat(mail('paris'))])]);
    await store.settle(settled);
    expect(db.prepare('SELECT level FROM levels').pluck().all()).toEqual([1, 1, 2, 1]);
  });
});

describe('the cost of claiming', () => {
  it.each([
    ['lanes that are due', CLAIM_LANES, ['smtp', T0, 10], ['SEARCH lanes USING COVERING INDEX lanes_due']],
    ['the next that is due', NEXT_DUE, ['smtp'], ['SEARCH lanes USING COVERING INDEX lanes_due']],
    ['the head of a lane', HEAD_OF_LANE, [1, 10], ['SEARCH deliveries USING INDEX deliveries_waiting']],
    ['what is held for one', HELD_HEADS, ['j@c', T0, T0, 9], ['SEARCH l USING INDEX lanes_held', 'SEARCH d USING INDEX deliveries_waiting', 'USE TEMP B-TREE']],
    ['what is overdue', OVERDUE, [{ now: T0, outlet: null, most: 1 }], ['SEARCH d USING INDEX deliveries_attention', 'SEARCH l USING INTEGER PRIMARY KEY']],
  ])('%s: a step in an index, no scan, no sort', (_what, sql, parameters, steps) => {
    const { db } = openHere();
    const plan = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters);
    expect(plan.map((step) => step.detail)).toEqual(steps.map((step) => expect.stringContaining(step) as string));
  });
});
