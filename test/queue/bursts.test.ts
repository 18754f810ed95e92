/** Bursts are tried whole, by outlets that know them and by those that do not. */
import { expect, it } from 'vitest';
import type { Delivery } from '../../src/message.js';
import { Failure } from '../../src/failure.js';
import { chat, romeo, T0 } from '../store/samples.js';
import { states, testQueue, until } from './outlet.js';

const gather = { quiet: 20_000, longest: 60_000, topic: { same: '', own: '' } };
const line = (text: string) => chat(romeo, { text, delivery: { gather } });
const greylisted = Failure.temporary('remote-refused', 'Try later.');
const refused = Failure.permanent('no-such-recipient', 'No such user.');

it('a burst goes when it is due, whole, and not to an outlet line by line', async () => {
  const { store, outlet, time, make } = testQueue();
  outlet.deliverBurst = outlet.together;
  await store.accept([line('one'), line('two'), chat(romeo, { text: 'alone' }), line('three')]);
  const queue = make();
  queue.start();
  await until(() => expect(outlet.tried).toEqual(['one+two', 'alone']));
  time.now = T0 + 20_000;
  queue.wake();
  await until(() => expect(queue.stats.handedOver).toBe(4));
  expect(outlet.tried).toEqual(['one+two', 'alone', 'three']);
});

it('an outlet that knows no bursts gets each line', async () => {
  const { store, outlet, time, make } = testQueue();
  await store.accept([line('one'), line('two')]);
  time.now = T0 + 20_000;
  const queue = make();
  queue.start();
  await until(() => expect(queue.stats.handedOver).toBe(2));
  expect(outlet.tried).toEqual(['one', 'two']);
});

it('each line ends as the outlet says of it', async () => {
  const { store, outlet, time, facts, make } = testQueue();
  outlet.deliverBurst = (burst) => Promise.resolve(burst.map(({ message }) => (message.text === 'three' ? { state: 'handed-over' } : { state: 'failed', failure: refused })));
  await store.accept([line('one'), line('two'), line('three')]);
  time.now = T0 + 20_000;
  make().start();
  await until(() => expect(facts).toHaveLength(2));
  expect(facts.map(({ message }) => message.text)).toEqual(['one', 'two']);
  await until(async () => expect((await states(store)).slice(0, 3)).toEqual(['failed 1', 'failed 1', 'handed-over 1'].map((end) => `romeo@montague.example ${end}`)));
});

it.each(['deferred', 'throws'] as const)('is tried again with the same lines when it %s, and what came meanwhile is behind it', async (how) => {
  const { store, outlet, time, make } = testQueue();
  outlet.deliverBurst = outlet.together;
  let tries = 0;
  outlet.answer = () => {
    if (++tries > 1) return { state: 'handed-over' };
    if (how === 'throws') throw new Error('a bug');
    return { state: 'deferred', failure: greylisted };
  };
  await store.accept([line('one'), line('two')]);
  time.now = T0 + 20_000;
  const queue = make();
  queue.start();
  await until(() => expect(queue.stats.deferred).toBe(2));
  await store.accept([line('three')]);
  time.now += 60_000;
  queue.wake();
  await until(() => expect(queue.stats.handedOver).toBe(3));
  expect(outlet.tried).toEqual(['one+two', 'one+two', 'three']);
});

it('a damaged line fails alone; the others are one mail', async () => {
  const { store, outlet, time, facts, make } = testQueue();
  const bursts: string[][] = [];
  outlet.deliverBurst = (burst) => {
    bursts.push(burst.map(({ message }) => message.text));
    return Promise.resolve(burst.map(() => ({ state: 'handed-over' })));
  };
  await store.accept([line('one'), line('two'), line('three')]);
  time.now = T0 + 20_000;
  const claim: typeof store.claim = store.claim.bind(store);
  store.claim = async (...args) => {
    const lanes = await claim(...args);
    const damage = (delivery: Delivery): Delivery => (delivery.message.text === 'two' ? { ...delivery, damaged: true } : delivery);
    return lanes.map(({ lane, deliveries }) => ({ lane, deliveries: deliveries.map(damage) }));
  };
  const queue = make();
  queue.start();
  await until(() => expect(queue.stats).toMatchObject({ handedOver: 2, failed: 1 }));
  expect(bursts).toEqual([['one', 'three']]);
  expect(facts).toMatchObject([{ message: { text: 'two' }, failure: { reason: 'storage' } }]);
});
