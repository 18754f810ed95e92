/** What lanes promise, and what is claimed at once: part of the contract that every engine passes. */
import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/address.js';
import type { Store } from '../../src/store/store.js';
import { claimOne, greylisted, idsOf, refused, settlement } from './claiming.js';
import { chat, HOUR, juliet, letter, mail, romeo, T0 } from './samples.js';

export function laneContract(open: () => Promise<Store>): void {
  lanes(open);
  claimsAtOnce(open);
}

function lanes(open: () => Promise<Store>): void {
  describe('lanes', () => {
    it('hands out what was accepted, as it was', async () => {
      const store = await open();
      const sent = chat(romeo, { text: '你好 🌹 مرحبا', subject: 'A rose' });
      expect(await store.accept([sent])).toEqual([['stored']]);
      const [lane] = await store.claim('smtp', 10, 10, T0);
      expect(lane?.deliveries).toMatchObject([{ message: sent.message, recipient: romeo, outlet: 'smtp', attempts: 0 }]);
      expect(await store.claim('xmpp', 10, 10, T0)).toEqual([]);
    });

    it('hands out the same each time it is tried', async () => {
      const store = await open();
      await store.accept([chat(romeo, { thread: 't' })]);
      const sent = chat(romeo, { text: 'Wherefore\n\u{1F339}', subject: 'A rose', thread: 't' });
      await store.accept([sent]);
      const [first] = await store.claim('smtp', 10, 10, T0);
      await store.settle(settlement(first!.lane, { dueAt: T0 }));
      const [again] = await store.claim('smtp', 10, 10, T0);
      expect(again).toEqual(first);
      expect(again?.deliveries[1]?.message).toEqual(sent.message);
    });

    it('keeps the order of a sender and recipient, in one lane', async () => {
      const store = await open();
      const [one, two, three] = [chat(romeo), chat(romeo), chat(romeo)];
      await store.accept([one, two]);
      await store.accept([three, chat(mail('paris'))]);
      const claimed = await store.claim('smtp', 10, 10, T0);
      expect(claimed.map(idsOf)).toContainEqual([one, two, three].map(({ message }) => message.id));
      expect(claimed).toHaveLength(2);
    });

    it('claims a lane once until it is settled', async () => {
      const store = await open();
      await store.accept([chat(romeo), chat(romeo)]);
      const lane = await claimOne(store);
      expect(await store.claim('smtp', 10, 10, T0)).toEqual([]);
      expect(await store.nextDue('smtp')).toBeUndefined();
      const [seq = 0] = lane.deliveries.map((delivery) => delivery.seq);
      await store.settle(settlement(lane.lane, { ended: [{ seq, state: 'handed-over' }] }));
      expect(await store.claim('smtp', 10, 10, T0)).toEqual([]);
      await store.settle(settlement(lane.lane, { dueAt: T0 }));
      expect(await store.claim('smtp', 10, 10, T0)).toHaveLength(1);
    });

    it('claims oldest first, within both limits', async () => {
      const store = await open();
      const names = ['a', 'b', 'c'];
      for (const [i, name] of names.entries()) {
        const delivery = { dueAt: T0 - i };
        await store.accept([chat(mail(name), { delivery }), chat(mail(name), { delivery }), chat(mail(name), { delivery })]);
      }
      const claimed = await store.claim('smtp', 5, 2, T0);
      expect(claimed.map((lane) => [lane.deliveries.length, formatAddress(lane.deliveries[0]!.recipient)])).toEqual([
        [2, 'c@montague.example'],
        [2, 'b@montague.example'],
        [1, 'a@montague.example'],
      ]);
    });

    it('a deferral holds the whole lane, and what comes later', async () => {
      const store = await open();
      const [one, two] = [chat(romeo), chat(romeo)];
      await store.accept([one, two]);
      const { lane, deliveries } = await claimOne(store);
      const seq = deliveries[0]!.seq;
      await store.settle(settlement(lane, { deferred: [{ seq, failure: greylisted }], dueAt: T0 + HOUR }));
      const three = chat(romeo);
      await store.accept([three]);
      expect(await store.claim('smtp', 10, 10, T0 + HOUR - 1)).toEqual([]);
      expect(await store.nextDue('smtp')).toBe(T0 + HOUR);
      const [again] = await store.claim('smtp', 10, 10, T0 + HOUR);
      expect(idsOf(again)).toEqual([one, two, three].map(({ message }) => message.id));
      expect(again?.deliveries.map((delivery) => delivery.attempts)).toEqual([1, 0, 0]);
    });

    it('a delivery that may not go yet holds those behind it', async () => {
      const store = await open();
      const [now, later, behind] = [chat(romeo), chat(romeo, { delivery: { dueAt: T0 + HOUR } }), chat(romeo)];
      await store.accept([now, later, behind]);
      const [lane] = await store.claim('smtp', 10, 10, T0);
      expect(idsOf(lane)).toEqual([now.message.id]);
      await store.settle(settlement(lane!.lane, { ended: [{ seq: lane!.deliveries[0]!.seq, state: 'handed-over' }], dueAt: T0 }));
      expect(await store.nextDue('smtp')).toBe(T0 + HOUR);
      expect(await store.claim('smtp', 10, 10, T0)).toEqual([]);
      expect((await store.claim('smtp', 10, 10, T0 + HOUR)).map(idsOf)).toEqual([[later.message.id, behind.message.id]]);
    });
  });
}

function claimsAtOnce(open: () => Promise<Store>): void {
  const room = { now: T0, most: { smtp: 10, xmpp: 10 } };

  describe('claims at once', () => {
    it('gives what a claim would give, and claims the lane', async () => {
      const [store, other] = [await open(), await open()];
      await store.accept([chat(mail('paris'), { thread: 't' })]);
      const sent = chat(romeo, { thread: 't' });
      const { results, lanes } = await store.acceptAndClaim([sent], room);
      await other.accept([chat(mail('paris')), sent]);
      expect(results).toEqual([['stored']]);
      expect(lanes.map((lane) => lane.deliveries)).toEqual((await other.claim('smtp', 9, 9, T0)).slice(1).map((lane) => lane.deliveries));
      expect((await store.claim('smtp', 9, 9, T0)).flatMap(idsOf)).not.toContain(sent.message.id);
      expect(await store.nextDue('smtp')).toBeUndefined();
      expect(await store.drop(lanes[0]!.deliveries[0]!.seq, refused, [], T0)).toBe(false);
    });

    it('overtakes nothing that waits in the lane, tried or not', async () => {
      const store = await open();
      await store.accept([chat(romeo)]);
      expect((await store.acceptAndClaim([chat(romeo)], room)).lanes).toEqual([]);
      const { lane, deliveries } = await claimOne(store);
      expect((await store.acceptAndClaim([chat(romeo)], room)).lanes).toEqual([]);
      const ended = deliveries.map(({ seq }) => ({ seq, state: 'handed-over' as const }));
      expect(await store.settle(settlement(lane, { ended, dueAt: T0 + HOUR }))).toBe(true);
      expect((await store.acceptAndClaim([chat(romeo)], room)).lanes).toEqual([]);
    });

    it('leaves what there is no room for, what is not due, and repeats', async () => {
      const store = await open();
      const most = { smtp: 1, xmpp: 0 };
      const accepted = await store.acceptAndClaim(
        [chat(mail('early'), { delivery: { dueAt: T0 + 1 } }), chat(romeo, { delivery: { sourceKey: 'k' } }), chat(mail('paris')), letter(romeo, juliet)],
        { now: T0, most },
      );
      expect(accepted.lanes.map(({ deliveries }) => deliveries.map(({ recipient }) => recipient))).toEqual([[romeo]]);
      const { lane, deliveries } = accepted.lanes[0]!;
      expect(await store.settle(settlement(lane, { ended: [{ seq: deliveries[0]!.seq, state: 'handed-over' }], dueAt: T0 }))).toBe(false);
      expect(await store.acceptAndClaim([chat(romeo, { delivery: { sourceKey: 'k' } })], room)).toEqual({ results: [['repeat']], lanes: [] });
      expect(await store.claim('smtp', 9, 9, T0)).toHaveLength(1);
      expect(await store.claim('xmpp', 9, 9, T0)).toHaveLength(1);
    });

    it('what comes later in the same accept waits behind it', async () => {
      const store = await open();
      const [one, two] = [chat(romeo), chat(romeo)];
      const { lanes } = await store.acceptAndClaim([one, two], room);
      expect(lanes.map(idsOf)).toEqual([[one.message.id]]);
      expect(await store.claim('smtp', 9, 9, T0)).toEqual([]);
      expect(await store.settle(settlement(lanes[0]!.lane, { dueAt: T0 }))).toBe(true);
      expect((await store.claim('smtp', 9, 9, T0)).map(idsOf)).toEqual([[one.message.id, two.message.id]]);
    });
  });
}
