import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { Keeper } from '../src/keeper.js';
import { StoreError } from '../src/store/store-error.js';
import { openHere, quiet } from './store/files.js';
import { chat, DAY, HOUR, romeo, T0 } from './store/samples.js';

const LOOK = { lookEvery: 10, pruneEvery: HOUR };
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

function keeperOf(change: Parameters<typeof openHere>[1] = {}) {
  const { store, db } = openHere(undefined, change);
  const time = { now: T0 };
  return { store, db, time, keeper: new Keeper(store, () => time.now, quiet, 'store.db', LOOK) };
}

describe('the health of the store', () => {
  it('is bad on a full disk, and good when there is room again', async () => {
    const { db, keeper } = keeperOf();
    keeper.start();
    expect(keeper.health().ok).toBe(true);
    db.pragma('query_only = ON');
    await until(() => expect(keeper.health()).toMatchObject({ ok: false, text: expect.stringMatching(/readonly/) as string }));
    db.pragma('query_only = OFF');
    await until(() => expect(keeper.health().ok).toBe(true));
    await keeper.stop();
  });

  it('is told in the log once, with the file and what to do, and once when it is good again', async () => {
    const { store } = openHere();
    const said: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void said.push(line) });
    const keeper = new Keeper(store, () => T0, log, '/data/store.db', LOOK);
    let looks = 0;
    store.check = () => (looks++, Promise.reject(new StoreError('database or disk is full (SQLITE_FULL)')));
    keeper.start();
    await until(() => expect(looks).toBeGreaterThan(3));
    store.check = () => (looks = -1, Promise.resolve());
    await until(() => expect(looks).toBe(-1));
    await keeper.stop();
    expect(said).toEqual([expect.stringMatching(/"store":"\/data\/store.db".*make room/) as string, expect.stringContaining('takes writes again') as string]);
  });

  it('is bad while the store gives no answer', async () => {
    const { store, time, keeper } = keeperOf();
    let answer: (() => void) | undefined;
    store.check = () => new Promise((resolve) => (answer = resolve));
    keeper.start();
    await until(() => expect(answer).toBeDefined());
    time.now += 60_000;
    await until(() => expect(keeper.health()).toEqual({ ok: false, text: 'no answer for 60 s' }));
    store.check = () => Promise.resolve();
    answer?.();
    await until(() => expect(keeper.health().ok).toBe(true));
    await keeper.stop();
  });
});

describe('forgetting', () => {
  it('goes on until nothing is left that is past its time, and does not hold up the end', async () => {
    const { store, time, keeper } = keeperOf();
    let pruned = 0;
    store.prune = () => new Promise((resolve) => setImmediate(resolve, ++pruned > 0));
    time.now += DAY;
    keeper.start();
    await until(() => expect(pruned).toBeGreaterThan(3));
    await keeper.stop();
    const atTheEnd = pruned;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(pruned).toBe(atTheEnd);
  });

  it('fails without harm', async () => {
    const { store, keeper } = keeperOf();
    store.prune = () => Promise.reject(new StoreError('disk full'));
    keeper.start();
    await store.accept([chat(romeo)]);
    await keeper.stop();
    expect(await keeper.counts()).toMatchObject({ waiting: { smtp: 1 } });
  });
});
