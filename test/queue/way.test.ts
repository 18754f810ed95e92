import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.js';
import type { QueueParts } from '../../src/queue/queue.js';
import type { Way, WayOf } from '../../src/bridge/way.js';
import { chat, DAY, mail, romeo } from '../store/samples.js';
import { states, testQueue, until } from './outlet.js';

const held: Way = { state: 'held', keep: DAY, warn: DAY };
const texts = (n: number) => Array.from({ length: n }, (_, i) => chat(romeo, { text: `${i}` }));

function queueWith(wayOf: WayOf, more: Partial<QueueParts> = {}) {
  const made = testQueue(() => ({ wayOf, ...more }));
  made.outlet.keepsOrder = true;
  return made;
}

describe('before each try the way is asked for', () => {
  it('keeps the order of a lane, though some answers are late', async () => {
    const { store, outlet, make } = queueWith(({ message }) => (Number(message.text) % 3 === 1 ? new Promise((resolve) => setTimeout(resolve, 5, 'now')) : 'now'));
    await store.accept(texts(20));
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats.handedOver).toBe(20));
    expect(outlet.tried).toEqual(texts(20).map(({ message }) => message.text));
  });

  it('holds what is behind one that is held, whatever is known by then', async () => {
    const { store, outlet, make } = queueWith(({ message }) => (message.text === '1' ? Promise.resolve(held) : 'now'));
    await store.accept(texts(4));
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats).toMatchObject({ handedOver: 1, held: 3 }));
    expect(outlet.tried).toEqual(['0']);
    expect(await store.nextDue('smtp')).toBeUndefined();
  });

  it('ends one that fails or goes another way, and the rest goes on', async () => {
    const instead = chat(mail('paris'), { text: 'forwarded' });
    const ways: Record<string, Way> = { 0: { state: 'failed', failure: Failure.permanent('recipient-unavailable', 'Away.') }, 1: { state: 'forwarded', as: instead } };
    const { store, outlet, facts, make } = queueWith(({ message }) => ways[message.text] ?? 'now');
    await store.accept(texts(3));
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats).toMatchObject({ failed: 1, forwarded: 1 }));
    await until(() => expect(outlet.tried).toEqual(['2', 'forwarded']));
    expect(facts.map(({ state }) => state)).toEqual(['failed']);
    expect((await states(store)).slice(0, 3)).toEqual(['failed 1', 'handed-over 1', 'handed-over 1'].map((end) => `romeo@montague.example ${end}`));
  });

  it('tries it later when the answer is a bug', async () => {
    let asked = 0;
    const { store, outlet, time, make } = queueWith(() => (++asked === 1 ? Promise.reject(new Error('bug')) : 'now'));
    await store.accept(texts(2));
    const queue = make();
    queue.start();
    await until(() => expect(queue.stats.released).toBe(2));
    time.now += 1_000;
    queue.wake();
    await until(() => expect(outlet.tried).toEqual(['0', '1']));
    expect(queue.stats).toMatchObject({ released: 2, deferred: 0 });
  });
});
