/** What an accept has claimed at once is given to the queue without another look at the store. */
import { describe, expect, it } from 'vitest';
import { acceptAndQueue } from '../../src/bridge/accept.js';
import type { Queue, QueueParts } from '../../src/queue/queue.js';
import type { NewMessage } from '../../src/store/new-message.js';
import { StoreError } from '../../src/store/store-error.js';
import type { Store } from '../../src/store/store.js';
import { chat, mail, T0 } from '../store/samples.js';
import { states, testQueue, texts, until } from './outlet.js';

describe('what an accept has claimed', () => {
  const acceptInto = (queue: Queue, store: Store) => (one: NewMessage) => acceptAndQueue(one, { store, clock: () => T0, queueOf: () => queue });

  it('is tried with no look at the store, and is settled', async () => {
    let claims = 0;
    const { store, outlet, make } = testQueue(({ store: real }) => ({ store: counting(real, () => claims++) }));
    const queue = make();
    queue.start();
    await until(() => expect(claims).toBe(1));
    for (const one of texts(3)) {
      expect(await acceptInto(queue, store)(one)).toEqual(['stored']);
      await until(() => expect(queue.stats.inHand).toBe(0));
    }
    expect(outlet.tried).toEqual(['romeo 0', 'romeo 1', 'romeo 2']);
    expect(claims).toBe(1);
    expect(await states(store)).toEqual(Array(3).fill('romeo@montague.example handed-over 1'));
  });

  it('goes in its order, also when all comes at once', async () => {
    const { store, outlet, make } = testQueue();
    const queue = make();
    queue.start();
    await Promise.all(texts(50).map(acceptInto(queue, store)));
    await until(() => expect(queue.stats.handedOver).toBe(50));
    expect(outlet.tried).toEqual(texts(50).map(({ message }) => message.text));
  });

  it('is no more than there is room for', async () => {
    const { store, outlet, make } = testQueue();
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    outlet.answer = () => gate.then(() => ({ state: 'handed-over' }));
    const queue = make();
    queue.start();
    await store.nextDue('smtp');
    const many = Array.from({ length: 300 }, (_, i) => chat(mail(`r${i}`)));
    await Promise.all(many.map(acceptInto(queue, store)));
    expect(queue.stats.inHand).toBe(200);
    go();
    await until(() => expect(queue.stats.handedOver).toBe(300));
  });

  it.each(['stopped', 'not ready'])('is given back when the queue is %s meanwhile', async (how) => {
    const { store, outlet, make } = testQueue();
    const queue = make();
    queue.start();
    const accepted = acceptInto(queue, store)(texts(1)[0]!);
    outlet.ready = how !== 'not ready';
    if (how === 'stopped') await queue.stop(100);
    await accepted;
    await until(async () => expect(await store.nextDue('smtp')).toBeDefined());
    expect(outlet.tried).toEqual([]);
    expect(await states(store)).toEqual(['romeo@montague.example waiting 0']);
  });

  it('gives its room back when the store fails', async () => {
    const { store, make } = testQueue();
    const queue = make();
    queue.start();
    const failing = { ...store, acceptAndClaim: () => Promise.reject(new StoreError('disk full')) } as unknown as Store;
    await Promise.allSettled(texts(300).map(acceptInto(queue, failing)));
    expect(queue.reserve(300)).toBe(200);
  });
});

function counting(real: QueueParts['store'], claimed: () => void): QueueParts['store'] {
  return {
    claim: (...args) => (claimed(), real.claim(...args)),
    nextDue: (outlet) => real.nextDue(outlet),
    overdue: (...args) => real.overdue(...args),
    settle: (settlement) => real.settle(settlement),
  };
}
