/** Where those are who publish it, with a clock of its own: what is told when, and what is kept. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Board, BOUND, SETTLE } from '../../src/presence/board.js';
import type { KeptState } from '../../src/presence/ledger.js';
import { BURST, EVERY } from '../../src/presence/pace.js';
import { Whereabouts, type Client } from '../../src/presence/whereabouts.js';
import { jid } from '../address/parsed.js';
import { recordingLog } from '../xmpp/harness.js';

const JULIET = 'juliet@home.test';
const phone = jid(`${JULIET}/phone`);
const desk = jid(`${JULIET}/desk`);
const START = Date.UTC(2026, 0, 1);
const SEEN = { priority: 0, seen: true } as const;

/** `kinds`: what each client says that it is, by its resource; a promise is an answer that comes later. */
function stage({ kept = [], kinds = {} }: { kept?: KeptState[]; kinds?: Record<string, Promise<readonly string[]>> } = {}) {
  const rows = new Map(kept.map((row) => [row.user, row]));
  const store = {
    writes: 0,
    fails: false,
    presenceStates: () => Promise.resolve([...rows.values()]),
    putPresenceStates: (states: readonly KeptState[]) => {
      store.writes++;
      if (store.fails) return Promise.reject(new Error('the disk is full'));
      for (const row of states) rows.set(row.user, row);
      return Promise.resolve();
    },
  };
  const clock = (): number => Date.now();
  const where = new Whereabouts(clock);
  const asked: string[] = [];
  const identities = (_: unknown, { resource }: Client) => {
    asked.push(resource);
    return kinds[resource] ?? Promise.resolve([]);
  };
  const board = new Board({ whereabouts: where, identities, store, clock, log: recordingLog().log });
  const told: (string | undefined)[] = [];
  board.onChange((user) => {
    const { online, show, status } = board.of(user);
    told.push(online ? (status ?? show ?? 'online') : 'offline');
  });
  return { board, where, told, store, rows, asked };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

describe('where a user is', () => {
  it('is kept of those who publish it, and of nobody else', async () => {
    const { board, where, told } = stage();
    where.available(phone, SEEN);
    await pass(SETTLE);
    expect([told, board.of(JULIET)]).toEqual([[], { online: false }]);
    board.published(JULIET);
    expect(board.of(JULIET)).toEqual({ online: true, changedAt: START });
    board.withdrawn(JULIET);
    where.available(phone, { ...SEEN, show: 'dnd' });
    await pass(SETTLE);
    expect(board.of(JULIET)).toEqual({ online: false });
  });

  it('has when he came, changed, and went', async () => {
    const { board, where, told } = stage();
    board.published(JULIET);
    expect(board.of(JULIET)).toEqual({ online: false });
    where.available(phone, SEEN);
    await pass(60_000);
    expect(board.of(JULIET)).toEqual({ online: true, changedAt: START });
    where.available(phone, { ...SEEN, show: 'away', idleSince: START });
    await pass(60_000);
    expect(board.of(JULIET)).toEqual({ online: true, show: 'away', idleSince: START, changedAt: START + 60_000 });
    where.available(phone, { ...SEEN, show: 'away', idleSince: START });
    where.unavailable(jid(JULIET));
    await pass(60_000);
    expect(board.of(JULIET)).toEqual({ online: false, changedAt: START + 120_000, seenAt: START + 120_000 });
    expect(told).toEqual(['online', 'away', 'offline']);
  });

  it('is not what a client tells only some of ours, nor what one does without a message to take', async () => {
    const { board, where, told } = stage();
    board.published(JULIET);
    where.available(phone, { priority: 5, status: 'for Ann alone' });
    where.available(desk, { ...SEEN, priority: -1, status: 'robot' });
    await pass(SETTLE);
    expect([told, board.of(JULIET).online]).toEqual([[], false]);
    where.available(desk, { ...SEEN, status: 'hello' });
    where.available(desk, { priority: 5, status: 'for Bob alone' });
    await pass(SETTLE);
    expect(told).toEqual(['hello']);
  });

  it('is offline as soon as nobody tells of him any more', async () => {
    const { board, where, told } = stage();
    board.published(JULIET);
    where.available(phone, SEEN);
    await pass(SETTLE);
    where.forget(phone);
    await pass(SETTLE);
    expect(told).toEqual(['online', 'offline']);
  });
});

describe('the kind of client', () => {
  it('is asked once of the one that speaks for him, and is no change of his', async () => {
    let answer: (kinds: string[]) => void = () => undefined;
    const late = new Promise<string[]>((resolve) => (answer = resolve));
    const { board, where, asked, told } = stage({ kinds: { phone: late, desk: Promise.resolve(['gateway/smtp', 'client/pc']) } });
    board.published(JULIET);
    where.available(desk, { ...SEEN, priority: -1 });
    where.available(phone, SEEN);
    await pass(1_000);
    expect(board.of(JULIET)).toEqual({ online: true, changedAt: START });
    answer(['client/phone']);
    await pass(SETTLE);
    expect(board.of(JULIET)).toEqual({ online: true, client: 'phone', changedAt: START });
    where.available(phone, { ...SEEN, show: 'dnd' });
    await pass(SETTLE);
    expect([asked, told]).toEqual([['phone'], ['online', 'online', 'dnd']]);
    where.available(desk, { ...SEEN, priority: 9 });
    await pass(2 * SETTLE);
    expect([board.of(JULIET).client, asked]).toEqual(['pc', ['phone', 'desk']]);
  });
});

describe('a client that flaps', () => {
  it('is told a few times at once, then now and then, and its last word in the end', async () => {
    const { board, where, told, asked, store } = stage();
    board.published(JULIET);
    for (let i = 0; i < 3_000; i++) {
      where.available(phone, { ...SEEN, status: `${i}` });
      await pass(10);
    }
    expect(told.length).toBeGreaterThanOrEqual(BURST);
    expect(told.length).toBeLessThanOrEqual(BURST + 30_000 / EVERY);
    expect(store.writes).toBeLessThanOrEqual(7);
    await pass(EVERY);
    expect([told.at(-1), asked]).toEqual(['2999', ['phone']]);
    const { length } = told;
    await pass(10 * EVERY);
    expect(told).toHaveLength(length);
  });

  it('that is where it was before is not told', async () => {
    const { board, where, told } = stage();
    board.published(JULIET);
    for (let i = 0; i < 100; i++) {
      where.available(phone, SEEN);
      where.unavailable(phone);
    }
    await pass(60_000);
    expect(told).toEqual([]);
  });

  it('does not keep another waiting', async () => {
    const { board, where, told } = stage();
    board.published(JULIET);
    board.published('romeo@home.test');
    for (let i = 0; i < 200; i++) {
      where.available(phone, { ...SEEN, status: `${i}` });
      await pass(10);
    }
    where.available(jid('romeo@home.test/x'), { ...SEEN, status: 'romeo' });
    await pass(SETTLE);
    expect(told).toContain('romeo');
  });
});

describe('over a restart', () => {
  const kept: KeptState[] = [{ user: JULIET, state: { online: true, show: 'away', client: 'phone', changedAt: START - 5_000, seenAt: START - 2_000 } }];

  it('what is kept stands, and is not changed by an answer that says the same', async () => {
    const { board, where, told } = stage({ kept, kinds: { phone: Promise.resolve(['client/phone']) } });
    await board.start([JULIET]);
    const before = { online: true, show: 'away', client: 'phone', changedAt: START - 5_000 };
    expect(board.of(JULIET)).toEqual(before);
    await pass(BOUND / 2);
    where.available(phone, { ...SEEN, show: 'away' });
    await pass(2 * BOUND);
    expect([board.of(JULIET), told]).toEqual([before, []]);
  });

  it('who went meanwhile has the time at which that was learnt, and the last at which it was known', async () => {
    const { board, where, told } = stage({ kept });
    await board.start([JULIET]);
    await pass(1_000);
    where.unavailable(jid(JULIET));
    await pass(SETTLE);
    expect([board.of(JULIET), told]).toEqual([{ online: false, changedAt: START + 1_000, seenAt: START - 2_000 }, ['offline']]);
  });

  it('who is not answered for counts as offline in the end, whatever one client told one of ours', async () => {
    const { board, where, told } = stage({ kept });
    await board.start([JULIET]);
    where.available(phone, { priority: 0 });
    await pass(BOUND - 1);
    expect(told).toEqual([]);
    await pass(1);
    expect([board.of(JULIET), told]).toEqual([{ online: false, changedAt: START + BOUND, seenAt: START - 2_000 }, ['offline']]);
  });

  it('what was last is written, with how long it was known, and not more often than needed', async () => {
    const { board, where, store, rows } = stage();
    await board.start([JULIET]);
    where.available(phone, { ...SEEN, show: 'dnd' });
    await pass(600_000);
    expect(store.writes).toBeLessThanOrEqual(11);
    await pass(1_000);
    await board.stop();
    expect(rows.get(JULIET)).toEqual({ user: JULIET, state: { online: true, show: 'dnd', changedAt: START, seenAt: START + 601_000 } });
    const next = stage({ kept: [...rows.values(), { user: 'romeo@home.test', state: { online: true, changedAt: START + 1, seenAt: START + 5_000 } }] });
    await next.board.start(['romeo@home.test']);
    await pass(BOUND);
    expect(next.board.of('romeo@home.test').seenAt).toBe(START + 601_000);
  });

  it('nothing that is kept lies in the future, and what is kept of others is not known', async () => {
    const { board } = stage({ kept: [{ user: JULIET, state: { online: false, changedAt: START + 9_999, seenAt: START + 9_999 } }, { user: 'romeo@home.test', state: { online: true } }] });
    await board.start([JULIET]);
    expect([board.of(JULIET), board.of('romeo@home.test')]).toEqual([{ online: false, changedAt: START, seenAt: START }, { online: false }]);
  });
});

describe('when the link is lost', () => {
  it('what was known stands for a while, with the last word that came', async () => {
    const { board, where, told } = stage();
    board.published(JULIET);
    board.published('romeo@home.test');
    where.available(phone, SEEN);
    where.available(jid('romeo@home.test/x'), SEEN);
    await pass(SETTLE);
    where.available(phone, { ...SEEN, status: 'last' });
    where.lost();
    expect(told).toEqual(['online', 'online', 'last']);
    await pass(BOUND - 1);
    where.available(phone, { ...SEEN, status: 'last' });
    await pass(SETTLE);
    expect([board.of(JULIET).online, board.of('romeo@home.test')]).toEqual([true, { online: false, changedAt: START + SETTLE + BOUND, seenAt: START + SETTLE }]);
  });

  it('again and again, it stands no longer', async () => {
    const { board, where } = stage();
    board.published(JULIET);
    where.available(phone, SEEN);
    await pass(SETTLE);
    for (let i = 0; i < 4; i++) {
      where.lost();
      await pass(BOUND / 4);
    }
    expect(board.of(JULIET).online).toBe(false);
  });
});

describe('who withdraws', () => {
  it('is told of no more, though something was to be told, and what was to be written of him is not', async () => {
    const { board, where, told, rows } = stage();
    board.published(JULIET);
    where.available(phone, SEEN);
    await pass(SETTLE);
    where.available(phone, { ...SEEN, status: 'to be told' });
    board.withdrawn(JULIET);
    await pass(60_000);
    await board.stop();
    expect([told, [...rows]]).toEqual([['online'], []]);
  });

  it('is asked anew what client he has when he publishes again', async () => {
    const { board, where, asked } = stage({ kinds: { phone: Promise.resolve(['client/phone']) } });
    board.published(JULIET);
    where.available(phone, SEEN);
    await pass(SETTLE);
    board.withdrawn(JULIET);
    board.published(JULIET);
    expect(board.of(JULIET)).toEqual({ online: true, changedAt: START });
    await pass(SETTLE);
    expect([asked, board.of(JULIET).client]).toEqual([['phone', 'phone'], 'phone']);
  });
});

describe('what a client says that it is', () => {
  it('late, of who was heard meanwhile, is no change of his', async () => {
    const { board, where } = stage({ kinds: { phone: new Promise((resolve) => void setTimeout(() => resolve(['client/phone']), 20_000)) } });
    board.published(JULIET);
    where.available(phone, SEEN);
    await pass(10_000);
    where.available(phone, SEEN);
    await pass(20_000);
    expect(board.of(JULIET)).toEqual({ online: true, client: 'phone', changedAt: START });
  });

  it('after the link is lost does not make him offline', async () => {
    const { board, where, told } = stage({ kinds: { phone: new Promise((resolve) => void setTimeout(() => resolve(['client/phone']), 1_000)) } });
    board.published(JULIET);
    where.available(phone, SEEN);
    await pass(SETTLE);
    where.lost();
    await pass(BOUND / 2);
    expect([board.of(JULIET).online, told]).toEqual([true, ['online']]);
  });

  it('late, when another speaks for him, is not said of that one; nor is what the first was', async () => {
    const { board, where } = stage({ kinds: { phone: new Promise((resolve) => void setTimeout(() => resolve(['client/phone']), 5_000)), desk: new Promise(() => undefined) } });
    board.published(JULIET);
    where.available(phone, SEEN);
    await pass(SETTLE);
    where.available(desk, { ...SEEN, priority: 9 });
    await pass(10_000);
    expect(board.of(JULIET)).toEqual({ online: true, changedAt: START });
    where.unavailable(desk);
    await pass(10_000);
    expect(board.of(JULIET).client).toBe('phone');
    where.available(desk, { ...SEEN, priority: 9 });
    await pass(SETTLE);
    expect(board.of(JULIET).client).toBeUndefined();
  });

  it('is asked of fifty at once', async () => {
    const kinds = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`r${i}`, new Promise<string[]>((resolve) => void setTimeout(() => resolve(['client/pc']), 1_000))]));
    const { board, where, asked } = stage({ kinds });
    for (let i = 0; i < 60; i++) {
      board.published(`u${i}@home.test`);
      where.available(jid(`u${i}@home.test/r${i}`), SEEN);
    }
    await pass(SETTLE);
    expect(asked).toHaveLength(50);
    await pass(1_000);
    expect(asked).toHaveLength(60);
  });
});

describe('the end', () => {
  it('leaves what is kept and not known to be true as it is, with its time', async () => {
    const kept: KeptState[] = [{ user: JULIET, state: { online: true, changedAt: START - 5_000, seenAt: START - 2_000 } }];
    const { board, store, rows } = stage({ kept });
    await board.start([JULIET]);
    await pass(1_000);
    await board.stop();
    expect([store.writes, rows.get(JULIET)]).toEqual([0, kept[0]]);
  });

  it('is one: nothing is told by a timer, and nothing is written any more, though the link is lost after it', async () => {
    const { board, where, told, store } = stage();
    await board.start([JULIET, 'romeo@home.test']);
    where.available(phone, SEEN);
    await pass(SETTLE);
    where.available(phone, { ...SEEN, status: 'too late' });
    await board.stop();
    const { writes } = store;
    expect(vi.getTimerCount()).toBe(0);
    await pass(120_000);
    expect(told).toEqual(['online']);
    where.lost();
    await pass(120_000);
    expect(store.writes).toBe(writes);
  });
});

describe('the store', () => {
  it('that fails is written to again later, with what it has not got', async () => {
    const { board, where, store, rows } = stage();
    await board.start([JULIET]);
    store.fails = true;
    where.available(phone, SEEN);
    await pass(1_000);
    where.unavailable(jid(JULIET));
    await pass(10_000);
    store.fails = false;
    await pass(60_000);
    expect(rows.get(JULIET)?.state.online).toBe(false);
  });

  it('tells of no idleness that is yet to come', async () => {
    const { board } = stage({ kept: [{ user: JULIET, state: { online: true, idleSince: START + 9_999, changedAt: START, seenAt: START } }] });
    await board.start([JULIET]);
    expect(board.of(JULIET).idleSince).toBe(START);
  });
});

it('those who are kept since different times are offline at different times', async () => {
  const { board, where } = stage();
  const romeo = 'romeo@home.test';
  for (const user of [JULIET, romeo]) board.published(user);
  where.available(phone, SEEN);
  await pass(SETTLE);
  where.lost();
  await pass(BOUND / 2);
  where.available(jid(`${romeo}/x`), SEEN);
  await pass(SETTLE);
  where.lost();
  await pass(BOUND / 2);
  expect([JULIET, romeo].map((user) => board.of(user).online)).toEqual([false, true]);
  await pass(BOUND / 2);
  expect(board.of(romeo).online).toBe(false);
});
