import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.js';
import { outletUnless } from '../../src/outlet.js';
import { StoreError } from '../../src/store/store-error.js';
import { chat, DAY, HOUR, mail, romeo, T0 } from '../store/samples.js';
import { nameOf, states, testQueue, texts, until } from './outlet.js';

const greylisted = Failure.temporary('remote-refused', 'Try later.');
const refused = Failure.permanent('no-such-recipient', 'No such user.');

describe('order (promise 5)', () => {
  it.each([true, false])('is kept per pair while pairs run beside each other (outlet keeps order: %s)', async (keepsOrder) => {
    const { store, outlet, make } = testQueue();
    outlet.keepsOrder = keepsOrder;
    const pairs = [romeo, mail('paris'), mail('tybalt')];
    const done: string[] = [];
    outlet.answer = async ({ message }) => {
      if (!keepsOrder) await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
      done.push(message.text);
      return { state: 'handed-over' };
    };
    for (let i = 0; i < 20; i++) await store.accept(pairs.map((to) => texts(20, to)[i]!));
    make().start();
    await until(() => expect(done).toHaveLength(60));
    for (const to of pairs) expect(done.filter((text) => text.startsWith(to.local))).toEqual(texts(20, to).map(({ message }) => message.text));
    expect(outlet.mostUnderWay).toBeGreaterThan(1);
    expect(outlet.mostUnderWay).toBeLessThanOrEqual(outlet.concurrency);
  });

  it('is kept through retries: nothing overtakes what was deferred', async () => {
    const { store, outlet, time, make } = testQueue();
    let tries = 0;
    outlet.answer = ({ message }) => (message.text === 'romeo 1' && ++tries < 3 ? { state: 'deferred', failure: greylisted } : { state: 'handed-over' });
    await store.accept(texts(3));
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats.deferred).toBe(1));
    await store.accept([chat(romeo, { text: 'late' })]);
    queue.wake();
    time.now = T0 + 60_000;
    queue.wake();
    await until(() => expect(queue.stats.deferred).toBe(2));
    time.now += 299_999;
    queue.wake();
    await until(() => expect(queue.stats.inHand).toBe(0));
    expect(outlet.tried).toEqual(['romeo 0', 'romeo 1', 'romeo 1']);
    time.now += 1;
    queue.wake();
    await until(() => expect(queue.stats.handedOver).toBe(4));
    expect(outlet.tried).toEqual(['romeo 0', 'romeo 1', 'romeo 1', 'romeo 1', 'romeo 2', 'late']);
    expect(await states(store)).toEqual([1, 3, 1, 1].map((attempts) => `romeo@montague.example handed-over ${attempts}`));
  });

  it('a lane that waits holds up no other', async () => {
    const { store, outlet, make } = testQueue();
    outlet.answer = (delivery) => (nameOf(delivery).startsWith('romeo') ? { state: 'deferred', failure: greylisted } : { state: 'handed-over' });
    await store.accept([...texts(30), ...texts(2, mail('paris'))]);
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats).toMatchObject({ handedOver: 2, deferred: 1 }));
  });
});

describe('the end of a delivery (promise 2)', () => {
  it('a permanent failure is reported with the end, kept as an incident, and the next goes on', async () => {
    const { store, outlet, facts, woken, make } = testQueue();
    outlet.answer = ({ message }) => (message.text === 'romeo 0' ? { state: 'failed', failure: refused } : { state: 'handed-over' });
    const sent = texts(2);
    await store.accept(sent);
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats).toMatchObject({ failed: 1, handedOver: 1 }));
    expect(facts).toEqual([{ message: sent[0]!.message, recipient: romeo, state: 'failed', failure: refused }]);
    expect(woken).toEqual(['xmpp']);
    expect(await states(store)).toEqual(['romeo@montague.example failed 1', 'romeo@montague.example handed-over 1', 'juliet@capulet.example waiting 0']);
    expect(await store.incidents({ limit: 9 })).toMatchObject([{ what: 'bounced', message: sent[0]!.message.id, failure: refused.toRecord() }]);
  });

  it('a delivery known to be with the recipient is reported, one that was handed over is not', async () => {
    const { store, outlet, facts, make } = testQueue();
    outlet.answer = ({ message }) => ({ state: message.text === 'romeo 0' ? 'delivered' : 'handed-over' });
    await store.accept(texts(2));
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats).toMatchObject({ delivered: 1, handedOver: 1 }));
    expect(facts.map(({ state }) => state)).toEqual(['delivered']);
  });

  it('who may not be told is not told, and the incident stays', async () => {
    const { store, outlet, make } = testQueue(() => ({ reportFor: () => undefined }));
    outlet.answer = () => ({ state: 'failed', failure: refused });
    await store.accept(texts(1));
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats.failed).toBe(1));
    expect(await states(store)).toEqual(['romeo@montague.example failed 1']);
    expect(await store.incidents({ limit: 9 })).toHaveLength(1);
  });

  it('warns once when late, fails when expired, with the last failure', async () => {
    const { store, outlet, time, facts, make } = testQueue();
    outlet.answer = () => ({ state: 'deferred', failure: Failure.temporary('remote-refused', 'Try later.', { remote: '450 no' }) });
    await store.accept([chat(romeo, { delivery: { warnAt: T0 + 4 * HOUR, expiresAt: T0 + 5 * DAY } })]);
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats.deferred).toBe(1));
    outlet.ready = false;
    time.now = T0 + 4 * HOUR;
    await until(() => expect(queue.stats.warned).toBe(1));
    time.now = T0 + 5 * DAY - 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(facts).toMatchObject([{ state: 'delayed', expiresAt: T0 + 5 * DAY, failure: { text: 'Try later.' } }]);
    time.now += 1;
    await until(() => expect(queue.stats.expired).toBe(1));
    expect(facts[1]).toMatchObject({ state: 'failed', failure: { kind: 'permanent', reason: 'expired', remote: '450 no', status: '5.4.7' } });
    expect((await states(store))[0]).toBe('romeo@montague.example failed 1');
    expect((await store.incidents({ limit: 9 })).map(({ what }) => what)).toEqual(['expired', 'deferred']);
  });
});

describe('what goes wrong here', () => {
  it('a lost link releases: no try is counted, and all of it goes again when the link is back', async () => {
    const { store, outlet, make } = testQueue();
    outlet.keepsOrder = true;
    outlet.answer = () => {
      outlet.ready = false;
      return { state: 'released' };
    };
    await store.accept(texts(4));
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats.released).toBe(4));
    outlet.answer = () => ({ state: 'handed-over' });
    outlet.tried.length = 0;
    outlet.connect();
    await until(() => expect(queue.stats.handedOver).toBe(4));
    expect(outlet.tried).toEqual(['romeo 0', 'romeo 1', 'romeo 2', 'romeo 3']);
    expect(await states(store)).toEqual(Array(4).fill('romeo@montague.example handed-over 1'));
  });

  it('does not spin when an outlet releases while it is ready', async () => {
    const { store, outlet, make } = testQueue();
    outlet.answer = () => ({ state: 'released' });
    await store.accept(texts(1));
    make().start();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(outlet.tried.length).toBe(1);
  });

  it('a bug in the outlet is a deferral', async () => {
    const { store, outlet, make } = testQueue();
    outlet.answer = () => {
      throw new TypeError('a bug');
    };
    await store.accept(texts(1));
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats.deferred).toBe(1));
    expect(await store.nextDue('smtp')).toBe(T0 + 60_000);
  });

  it('a store that fails is asked again, and no settlement is lost', async () => {
    let failing = 2;
    const fail = () => Promise.reject(new StoreError('disk full'));
    const { store, outlet, make } = testQueue(({ store: real }) => ({
      store: {
        claim: (...args) => real.claim(...args),
        nextDue: (outletName) => real.nextDue(outletName),
        overdue: (...args) => real.overdue(...args),
        settle: (settlement) => (failing-- > 0 ? fail() : real.settle(settlement)),
      },
    }));
    await store.accept(texts(2));
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats.handedOver).toBe(2));
    expect(failing).toBeLessThan(0);
    expect(outlet.tried).toEqual(['romeo 0', 'romeo 1']);
  });

  it('a claim that fails is made again', async () => {
    let failing = 2;
    const { store, make } = testQueue(({ store: real }) => ({
      store: {
        claim: (...args) => (failing-- > 0 ? Promise.reject(new StoreError('locked')) : real.claim(...args)),
        nextDue: (outletName) => real.nextDue(outletName),
        overdue: (...args) => real.overdue(...args),
        settle: (settlement) => real.settle(settlement),
      },
    }));
    await store.accept(texts(1));
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats.handedOver).toBe(1));
  });
});

describe('bounds', () => {
  it('long messages do not fill the memory', async () => {
    const { store, outlet, make } = testQueue();
    outlet.concurrency = 50;
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    outlet.answer = () => gate.then(() => ({ state: 'handed-over' }));
    const long = 'x'.repeat(2 << 20);
    for (let i = 0; i < 20; i++) await store.accept([chat(mail(`r${i}`), { text: long })]);
    const queue = make();
    queue.start();
    await until(() => expect(outlet.underWay).toBeGreaterThan(5));
    for (let i = 0; i < 20; i++) await store.nextDue('smtp');
    expect(queue.stats.inHand).toBeLessThan(14);
    go();
    await until(() => expect(queue.stats.handedOver).toBe(20));
  });
});

describe('start and stop', () => {
  it('is woken, and sleeps until the next is due', async () => {
    let looked = 0;
    const { store, outlet, make } = testQueue(({ store: real }) => ({
      store: {
        claim: (...args) => real.claim(...args),
        nextDue: (name) => real.nextDue(name).finally(() => looked++),
        overdue: (...args) => real.overdue(...args),
        settle: (settlement) => real.settle(settlement),
      },
    }));
    const queue = make();
    queue.start();
    await until(() => expect(looked).toBe(1));
    await store.accept(texts(1));
    queue.wake();
    // Not woken, it would look again after 5 s.
    await until(() => expect(outlet.tried).toEqual(['romeo 0']), 3_000);
  });

  it('stops when what was begun is settled, and releases the rest', async () => {
    const { store, outlet, make } = testQueue();
    outlet.concurrency = 1;
    let finish = (): void => undefined;
    outlet.answer = () => new Promise((resolve) => (finish = () => resolve({ state: 'handed-over' })));
    await store.accept([...texts(1), ...texts(1, mail('paris'))]);
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats.inHand).toBe(2));
    await until(() => expect(outlet.underWay).toBe(1));
    const stopped = queue.stop(5_000);
    finish();
    await stopped;
    expect(await states(store)).toEqual(['romeo@montague.example handed-over 1', 'paris@montague.example waiting 0']);
    expect(await store.nextDue('smtp')).toBeDefined();
    expect(outlet.tried).toHaveLength(1);
  });

  it('stops at the deadline, whatever hangs', async () => {
    const { store, outlet, make } = testQueue();
    outlet.answer = () => new Promise(() => undefined);
    await store.accept(texts(1));
    const queue = make();
    queue.start();
    await until(() => expect(outlet.underWay).toBe(1));
    const began = Date.now();
    await queue.stop(50);
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(await states(store)).toEqual(['romeo@montague.example waiting 0']);
  });
});

it('tries nothing and gives up nothing while it is held, and goes on when it is let go', async () => {
  let held = true;
  let asked = 0;
  const isHeld = (): boolean => held && ++asked > 0;
  const { store, outlet, time, make } = testQueue((parts) => ({ isHeld, outlet: outletUnless(isHeld, parts.outlet) }));
  const waiting = async (): Promise<number> => (await store.list({ state: 'waiting', limit: 9 })).length;
  await store.accept([...texts(1), chat(mail('paris'), { text: 'late', delivery: { expiresAt: T0 + 1_000 } })]);
  const queue = make();
  queue.start();
  time.now = T0 + 2_000;
  expect(queue.reserve(5)).toBe(0);
  // It looks for what has expired every 20 ms.
  await until(() => expect(asked).toBeGreaterThan(6));
  expect([outlet.tried, await waiting()]).toEqual([[], 2]);
  held = false;
  queue.wake();
  await until(async () => expect(await waiting()).toBe(0));
  expect(outlet.tried).toContain('romeo 0');
});
