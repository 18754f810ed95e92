/** Repeats of the same message: part of the contract that every engine passes. */
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.js';
import { claimOne, handOver, refused, settlement } from './claiming.js';
import { chat, DAY, mail, romeo, T0 } from './samples.js';

export function repeatContract(open: () => Promise<Store>): void {
  describe('repeats (promise 4)', () => {
    it('knows a source key within the window and not after it', async () => {
      const store = await open();
      const send = (at: number) => store.accept([chat(romeo, { acceptedAt: at, delivery: { sourceKey: 'k' } })]);
      expect(await send(T0)).toEqual([['stored']]);
      expect(await send(T0 + 7 * DAY - 1)).toEqual([['repeat']]);
      expect(await send(T0 + 7 * DAY)).toEqual([['stored']]);
      expect(await store.list({ limit: 10 })).toHaveLength(2);
    });

    it('tells new from repeated per recipient', async () => {
      const store = await open();
      const first = chat(romeo, { delivery: { sourceKey: 'romeo' } });
      await store.accept([first]);
      const again = chat(romeo, { delivery: { sourceKey: 'romeo' } });
      const both = { ...again, deliveries: [...again.deliveries, { ...again.deliveries[0]!, recipient: mail('paris'), sourceKey: 'paris' }] };
      expect(await store.accept([both, chat(romeo)])).toEqual([['repeat', 'stored'], ['stored']]);
      expect((await store.list({ match: again.message.id, limit: 10 })).map((entry) => entry.recipient)).toEqual(['paris@montague.example']);
    });

    it('what failed may be sent again, with the same id', async () => {
      const store = await open();
      const send = (text: string) => store.accept([chat(romeo, { text, delivery: { sourceKey: 'k' } })]);
      expect(await send('first')).toEqual([['stored']]);
      const { lane, deliveries } = await claimOne(store);
      expect(await send('while it is tried')).toEqual([['repeat']]);
      await store.settle(settlement(lane, { ended: [{ seq: deliveries[0]!.seq, state: 'failed', failure: refused }], dueAt: T0 }));
      expect(await send('after the failure')).toEqual([['stored']]);
      expect(await send('once more')).toEqual([['repeat']]);
      await handOver(store);
      expect(await send('after it went')).toEqual([['repeat']]);
    });
  });
}
