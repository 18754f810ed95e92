/** Originals, and what is forgotten when: part of the contract that every engine passes. */
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.js';
import { handOver, refused, settlement } from './claiming.js';
import { chat, DAY, juliet, letter, mail, romeo, T0 } from './samples.js';

export function keepingContract(open: () => Promise<Store>): void {
  const pruneAll = async (store: Store, now: number) => {
    while (await store.prune(now));
  };

  describe('keeping and forgetting', () => {
    it('keeps originals with their message, byte for byte', async () => {
      const store = await open();
      const pieces = [Buffer.from([0, 255, 13, 10]), Buffer.alloc(256 * 1024, 7), Buffer.from('end')];
      for (const [i, piece] of pieces.entries()) await store.write('c1', i, piece);
      await store.accept([letter(romeo, juliet, { original: 'c1' })]);
      expect(Buffer.concat(await bytesOf(store, 'c1')).equals(Buffer.concat(pieces))).toBe(true);
      expect(await bytesOf(store, 'unknown')).toEqual([]);
      await handOver(store, 'xmpp');
      await pruneAll(store, T0 + 29 * DAY);
      expect(await bytesOf(store, 'c1')).toHaveLength(3);
      await pruneAll(store, T0 + 31 * DAY);
      expect(await bytesOf(store, 'c1')).toEqual([]);
    });

    it('refuses a message whose original is not there', async () => {
      const store = await open();
      await expect(store.accept([letter(romeo, juliet, { original: 'nothing' })])).rejects.toThrow('original');
      expect(await store.list({ limit: 1 })).toEqual([]);
    });

    it('forgets an original that nobody owns after a day', async () => {
      const store = await open();
      await store.write('orphan', 0, Buffer.from('x'));
      await pruneAll(store, T0);
      await pruneAll(store, T0 + DAY);
      expect(await bytesOf(store, 'orphan')).toHaveLength(1);
      await pruneAll(store, T0 + DAY + 1);
      expect(await bytesOf(store, 'orphan')).toEqual([]);
    });

    it('forgets messages a week after their end, and never one that waits', async () => {
      const store = await open();
      const [ended, waiting] = [chat(romeo), chat(mail('paris'))];
      await store.accept([ended, waiting]);
      await handOver(store, 'smtp', T0 + 5 * DAY);
      await pruneAll(store, T0 + 12 * DAY);
      expect(await store.message(ended.message.id)).toBeDefined();
      await pruneAll(store, T0 + 12 * DAY + 1);
      expect(await store.message(ended.message.id)).toBeUndefined();
      await pruneAll(store, T0 + 99 * DAY);
      expect(await store.message(waiting.message.id)).toBeDefined();
    });

    it('remembers the talk for half a year, incidents for two weeks, source keys for the window', async () => {
      const store = await open();
      await store.accept([chat(romeo, { ids: { stanza: 's1' }, delivery: { sourceKey: 'k' } })]);
      await handOver(store);
      await store.record({ at: T0, what: 'refused', from: 'a', to: 'b', failure: refused });
      await pruneAll(store, T0 + 14 * DAY);
      expect(await store.incidents({ limit: 9 })).toHaveLength(1);
      await pruneAll(store, T0 + 15 * DAY);
      expect(await store.incidents({ limit: 9 })).toEqual([]);
      const answer = (acceptedAt: number) => letter(romeo, juliet, { acceptedAt, answers: { stanza: 's1' } });
      await pruneAll(store, T0 + 179 * DAY);
      await store.accept([answer(T0 + 179 * DAY)]);
      expect((await handOver(store, 'xmpp', T0 + 179 * DAY)).deliveries[0]!.context.answered).toEqual({ stanza: 's1' });
      await pruneAll(store, T0 + 181 * DAY);
      await store.accept([answer(T0 + 181 * DAY)]);
      expect((await handOver(store, 'xmpp', T0 + 181 * DAY)).deliveries[0]!.context.answered).toBeUndefined();
    });

    it('forgets a bounded amount per call', async () => {
      const store = await open();
      const old = Array.from({ length: 1_200 }, () => chat(romeo));
      await store.accept(old);
      const [lane] = await store.claim('smtp', 2_000, 2_000, T0);
      const ended = lane!.deliveries.map(({ seq }) => ({ seq, state: 'handed-over' as const }));
      await store.settle(settlement(lane!.lane, { ended, dueAt: T0 }));
      expect(await store.prune(T0 + 8 * DAY)).toBe(true);
      expect(await store.message(old[0]!.message.id)).toBeUndefined();
      expect(await store.message(old.at(-1)!.message.id)).toBeDefined();
      await pruneAll(store, T0 + 8 * DAY);
      expect(await store.list({ limit: 1 })).toEqual([]);
    });
  });
}

async function bytesOf(store: Store, id: string): Promise<Uint8Array[]> {
  const pieces = [];
  for await (const piece of store.content(id)) pieces.push(piece);
  return pieces;
}
