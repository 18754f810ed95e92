/** Bursts of chat: part of the contract that every engine passes. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/message.js';
import type { ClaimedLane } from '../../src/store/lanes.js';
import type { Gather, NewDelivery, NewMessage } from '../../src/store/new-message.js';
import type { Store } from '../../src/store/store.js';
import { chat, HOUR, juliet, letter, romeo, T0 } from './samples.js';

const SECOND = 1_000;
const gather: Gather = { quiet: 20 * SECOND, longest: 60 * SECOND, topic: { same: '', own: '' } };

type Parts = Partial<Message> & { delivery?: Partial<NewDelivery> };
const line = (text: string, at = T0, { delivery, ...parts }: Parts = {}): NewMessage =>
  chat(romeo, { text, acceptedAt: at, ids: { stanza: text, mail: `<${text}@gw>` }, ...parts, delivery: { gather, ...delivery } });
const about = (topic: string): Parts => ({ delivery: { gather: { ...gather, topic: { same: topic, own: '' } } } });
const correction = (of: string, text: string, at = T0): NewMessage =>
  line(text, at, { change: { kind: 'correction', of }, answers: { stanza: of }, delivery: { gather: { ...gather, changes: of } } });
const retraction = (of: string, at = T0): NewMessage =>
  line(`-${of}`, at, { change: { kind: 'retraction', of }, delivery: { gather: { ...gather, changes: of }, recalls: of } });

const texts = (claimed: readonly ClaimedLane[]): string[][] => claimed.map(({ deliveries }) => deliveries.map(({ message }) => message.text));
const claim = (store: Store, now: number, perLane = 4): Promise<readonly ClaimedLane[]> => store.claim('smtp', 10, perLane, now);
const hold = (store: Store, dueAt: number, now: number): Promise<boolean> => store.hold('smtp', juliet, romeo, dueAt, now);

async function end(store: Store, { lane: id, deliveries }: ClaimedLane, at: number): Promise<void> {
  const ended = deliveries.map(({ seq }) => ({ seq, state: 'handed-over' as const }));
  await store.settle({ lane: id, ended, deferred: [], reports: [], dueAt: at, at });
}

export function gatheringContract(open: () => Promise<Store>): void {
  describe('bursts', () => {
    it('wait for each next line, and go together with one number, whatever a lane may have', async () => {
      const store = await open();
      for (let i = 0; i < 6; i++) await store.accept([line(`${i}`, T0 + i * SECOND)]);
      expect(await store.nextDue('smtp')).toBe(T0 + 25 * SECOND);
      expect(await claim(store, T0 + 25 * SECOND - 1)).toEqual([]);
      expect((await store.list({ limit: 1 }))[0]).toMatchObject({ gathers: true });
      const claimed = await claim(store, T0 + 25 * SECOND, 1);
      expect(texts(claimed)).toEqual([['0', '1', '2', '3', '4', '5']]);
      expect(new Set(claimed[0]!.deliveries.map(({ burst }) => burst))).toEqual(new Set([claimed[0]!.deliveries[0]!.seq]));
      expect((await store.list({ limit: 1 }))[0]?.gathers).toBeUndefined();
    });

    it('wait no longer than the longest', async () => {
      const store = await open();
      for (let i = 0; i < 5; i++) await store.accept([line(`${i}`, T0 + i * 14 * SECOND)]);
      expect(await store.nextDue('smtp')).toBe(T0 + 60 * SECOND);
      expect(texts(await claim(store, T0 + 60 * SECOND))).toEqual([['0', '1', '2', '3', '4']]);
    });

    it('are the same at each try, and take nothing in after the first', async () => {
      const store = await open();
      await store.accept([line('a'), line('b')]);
      const [first] = await claim(store, T0 + 20 * SECOND);
      await store.accept([line('c', T0 + 20 * SECOND)]);
      await store.settle({ lane: first!.lane, ended: [], deferred: [], reports: [], dueAt: T0 + HOUR, at: T0 });
      await store.accept([line('d', T0 + 21 * SECOND)]);
      const all = (await claim(store, T0 + HOUR))[0]!.deliveries;
      expect(all.slice(0, 2).map(({ seq, burst }) => [seq, burst])).toEqual(first!.deliveries.map(({ seq, burst }) => [seq, burst]));
      expect(all.map(({ message }) => message.text)).toEqual(['a', 'b', 'c', 'd']);
      expect(all[2]!.burst).not.toBe(all[0]!.burst);
      expect(all[3]!.burst).toBe(all[2]!.burst);
    });

    it('change no more once they are due: their claim may be lost with the power', async () => {
      const store = await open();
      const due = T0 + 20 * SECOND;
      await store.accept([line('a')]);
      expect(await hold(store, due + HOUR, due)).toBe(false);
      expect(await store.accept([retraction('a', due)])).toEqual([['too-late']]);
      await store.accept([line('b', due)]);
      const [claimed] = await claim(store, due);
      expect(texts([claimed!])).toEqual([['a']]);
    });

    it('are as full as 100 lines; what comes then is another, and takes nothing back', async () => {
      const store = await open();
      await store.accept(Array.from({ length: 100 }, (_, i) => line(`${i}`)));
      expect(await store.accept([retraction('0')])).toEqual([['too-late']]);
      await store.accept([line('more')]);
      const claimed = await claim(store, T0);
      expect(claimed[0]!.deliveries).toHaveLength(100);
      await end(store, claimed[0]!, T0);
      expect(await store.nextDue('smtp')).toBe(T0 + 20 * SECOND);
    });

    it('go at once when something comes that does not gather, or is about something else, in order', async () => {
      const store = await open();
      await store.accept([line('a')]);
      expect(await store.acceptAndClaim([chat(romeo, { text: 'b' })], { now: T0, most: { smtp: 9, xmpp: 9 } })).toMatchObject({ lanes: [] });
      const [both] = await claim(store, T0);
      expect(texts([both!])).toEqual([['a', 'b']]);
      await end(store, both!, T0);
      await store.accept([line('c'), line('d', T0, about('poison'))]);
      expect(texts(await claim(store, T0))).toEqual([['c']]);
    });

    it('wait behind what waits for another reason', async () => {
      const store = await open();
      await store.accept([chat(romeo, { text: 'first' })]);
      const [first] = await claim(store, T0);
      await store.accept([line('a'), line('b')]);
      const failure = { reason: 'overloaded', kind: 'temporary', status: '4.3.2', text: 'x' } as const;
      await store.settle({ lane: first!.lane, ended: [], deferred: [{ seq: first!.deliveries[0]!.seq, failure }], reports: [], dueAt: T0 + HOUR, at: T0 });
      expect(await claim(store, T0 + HOUR - 1)).toEqual([]);
      expect(texts(await claim(store, T0 + HOUR))).toEqual([['first', 'a', 'b']]);
    });

    it('are one link of the references, under the id of their first line', async () => {
      const store = await open();
      for (const name of ['a', 'b', 'c']) {
        await store.accept(Array.from({ length: 30 }, (_, i) => line(`${name}${i}`)));
        await end(store, (await claim(store, T0 + 20 * SECOND, 99))[0]!, T0);
      }
      await store.accept([chat(romeo)]);
      const { context } = (await claim(store, T0))[0]!.deliveries[0]!;
      expect(context).toMatchObject({ references: ['<a0@gw>', '<b0@gw>', '<c0@gw>'], answered: { mail: '<c0@gw>', stanza: 'c29' } });
    });

    it('a mail answers a line of it, not what changed one or was taken back', async () => {
      const store = await open();
      await store.accept([line('a'), line('b'), line('c'), correction('a', 'A'), retraction('c')]);
      await end(store, (await claim(store, T0 + 20 * SECOND))[0]!, T0);
      await store.accept([letter(romeo, juliet, { answers: { mail: ['<a@gw>'] } })]);
      const [lane] = await store.claim('xmpp', 9, 9, T0);
      expect(lane!.deliveries[0]!.context.answered).toMatchObject({ stanza: 'b', mail: '<a@gw>' });
    });

    it('a correction goes with the line that it is about, also one of a correction; one of a line that has gone does not', async () => {
      const store = await open();
      await store.accept([line('a'), correction('a', 'A'), correction('A', 'AA')]);
      const [claimed] = await claim(store, T0 + 20 * SECOND);
      expect(new Set(claimed!.deliveries.map(({ burst }) => burst)).size).toBe(1);
      await end(store, claimed!, T0);
      expect(await store.accept([retraction('a')])).toEqual([['too-late']]);
    });

    it('can be held and let go, within the longest', async () => {
      const store = await open();
      expect(await hold(store, T0, T0)).toBe(false);
      await store.accept([line('a')]);
      expect(await hold(store, T0 + 50 * SECOND, T0)).toBe(true);
      expect(await store.nextDue('smtp')).toBe(T0 + 50 * SECOND);
      expect(await hold(store, T0 + HOUR, T0)).toBe(true);
      expect(await store.nextDue('smtp')).toBe(T0 + 60 * SECOND);
      expect(await hold(store, T0 + SECOND, T0 + SECOND)).toBe(true);
      expect(texts(await claim(store, T0 + SECOND))).toEqual([['a']]);
      expect(await hold(store, T0 + HOUR, T0 + SECOND)).toBe(false);
    });

    it('move with the clock, and go when an administrator says so', async () => {
      const store = await open();
      await store.accept([line('a'), line('b')]);
      await store.shift(HOUR);
      expect(await hold(store, T0 + 9 * HOUR, T0)).toBe(true);
      expect(await store.nextDue('smtp')).toBe(T0 + HOUR + 60 * SECOND);
      const [last, first] = await store.list({ limit: 2 });
      expect(await store.drop(first!.seq, { reason: 'expired', kind: 'permanent', status: '5.4.7', text: 'x' }, [], T0)).toBe(true);
      expect(await store.nextDue('smtp')).toBe(T0 + HOUR + 60 * SECOND);
      expect(await store.retry(last!.seq, T0)).toBe(true);
      expect(texts(await claim(store, T0))).toEqual([['b']]);
    });

    it('are found by any of their lines', async () => {
      const store = await open();
      await store.accept([line('a'), line('b')]);
      const { deliveries } = (await claim(store, T0 + 20 * SECOND))[0]!;
      expect((await store.burstOf(deliveries[1]!.seq)).map(({ message, entry }) => [message.text, entry.seq])).toEqual([['a', deliveries[0]!.seq], ['b', deliveries[1]!.seq]]);
    });
  });
}
