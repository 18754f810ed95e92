/** What an administrator looks up and changes, and secrets: part of the contract that every engine passes. */
import { describe, expect, it } from 'vitest';
import type { Incident } from '../../src/store/incidents.js';
import type { Store } from '../../src/store/store.js';
import { claimOne, handOver, idsOf, refused, reportOn } from './claiming.js';
import { chat, DAY, HOUR, jid, juliet, letter, mail, romeo, T0 } from './samples.js';

export function administrationContract(open: () => Promise<Store>): void {
  describe('administration', () => {
    it('lists by address, message and state, newest first', async () => {
      const store = await open();
      const [one, two] = [chat(romeo), letter(mail('paris'), jid('juliet', 'balcony'))];
      await store.accept([one, two]);
      await handOver(store);
      const find = async (filter: object) => (await store.list({ limit: 10, ...filter })).map((entry) => entry.message);
      expect(await find({})).toEqual([two.message.id, one.message.id]);
      expect(await find({ match: 'romeo@montague.example' })).toEqual([one.message.id]);
      expect(await find({ match: 'juliet@capulet.example' })).toEqual([two.message.id, one.message.id]);
      expect(await find({ match: two.message.id })).toEqual([two.message.id]);
      expect(await find({ match: "'; DROP TABLE messages;--" })).toEqual([]);
      expect(await find({ state: 'waiting' })).toEqual([two.message.id]);
      expect(await find({ state: 'handed-over', match: 'romeo@montague.example' })).toEqual([one.message.id]);
      expect(await find({ limit: 1 })).toEqual([two.message.id]);
      const [, first] = await store.list({ limit: 2 });
      expect(await find({ seq: first!.seq })).toEqual([one.message.id]);
      expect(await find({ seq: first!.seq, state: 'waiting' })).toEqual([]);
      expect(await find({ seq: 99 })).toEqual([]);
      expect((await store.message(one.message.id))?.message).toEqual(one.message);
      expect(await store.message('nobody')).toBeUndefined();
    });

    it('counts what waits', async () => {
      const store = await open();
      await store.accept([chat(romeo), chat(romeo, { acceptedAt: T0 + HOUR }), letter(romeo, juliet)]);
      await handOver(store);
      expect(await store.counts(T0 + 2 * HOUR)).toEqual({ waiting: { smtp: 1, xmpp: 1 }, oldest: { smtp: HOUR, xmpp: 2 * HOUR } });
    });

    it('retries a lane now', async () => {
      const store = await open();
      await store.accept([chat(romeo, { delivery: { dueAt: T0 + HOUR } }), chat(romeo, { delivery: { dueAt: T0 + DAY } })]);
      const [second, first] = await store.list({ limit: 2 });
      expect(first).toMatchObject({ dueAt: T0 + HOUR });
      expect(await store.retry(second!.seq, T0)).toBe(true);
      expect((await store.claim('smtp', 10, 10, T0))[0]?.deliveries).toHaveLength(2);
      expect(await store.retry(999, T0)).toBe(false);
    });

    it('drops a delivery, tells its sender, and goes on behind it', async () => {
      const store = await open();
      const [one, two] = [chat(romeo), chat(romeo)];
      await store.accept([one, two]);
      const [, first] = await store.list({ limit: 2 });
      expect(await store.drop(first!.seq, refused, [reportOn(one, 'r1')], T0)).toBe(true);
      expect(await store.drop(first!.seq, refused, [], T0)).toBe(false);
      expect(await store.incidents({ match: one.message.id, limit: 9 })).toEqual([
        { at: T0, what: 'dropped', from: 'juliet@capulet.example', to: 'romeo@montague.example', message: one.message.id, failure: refused },
      ]);
      expect(idsOf(await claimOne(store, 'xmpp'))).toEqual(['r1']);
      const lane = await claimOne(store);
      expect(idsOf(lane)).toEqual([two.message.id]);
      expect(await store.drop(lane.deliveries[0]!.seq, refused, [], T0)).toBe(false);
    });

    it('finds incidents by either address, with any resource', async () => {
      const store = await open();
      const incident = (from: string, to: string, at: number): Incident => ({ at, what: 'refused', from, to, failure: refused });
      const all = [incident('a@x', 'b@y/phone', 1), incident('c@x', 'a@x', 2), incident('d@x', 'e@x', 3)];
      for (const one of all) await store.record(one);
      expect(await store.incidents({ limit: 2 })).toEqual([all[2], all[1]]);
      expect(await store.incidents({ match: 'a@x', limit: 9 })).toEqual([all[1], all[0]]);
      expect(await store.incidents({ match: 'b@y', limit: 9 })).toEqual([all[0]]);
    });

    it('makes a secret once, and another one for each name', async () => {
      const store = await open();
      const [one, again] = await Promise.all([store.secret('links'), store.secret('links')]);
      expect(one).toHaveLength(32);
      expect([...again]).toEqual([...one]);
      expect([...(await store.secret('links'))]).toEqual([...one]);
      expect([...(await store.secret('others'))]).not.toEqual([...one]);
    });
  });
}
