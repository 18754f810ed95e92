/** What is held for chat users: part of the contract that every engine passes. */
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.js';
import type { ClaimedLane, Settlement } from '../../src/store/lanes.js';
import type { HeldFor, NewMessage } from '../../src/store/new-message.js';
import type { Store } from '../../src/store/store.js';
import { chat, DAY, HOUR, jid, juliet, letter, mail, romeo, T0 } from './samples.js';

const refused = Failure.permanent('not-allowed', 'Blocked.').toRecord();
const away = { user: 'juliet@capulet.example', keep: 3 * DAY, warn: 2 * DAY };
const nurse = mail('nurse');

function held(text: string, from = romeo, hold: HeldFor = 'away', more: object = {}): NewMessage {
  return letter(from, juliet, { text, delivery: { hold, ...more } });
}

const settlement = (lane: string, parts: Partial<Settlement>): Settlement => ({ lane, ended: [], deferred: [], reports: [], at: T0, dueAt: T0, ...parts });
const taken = ({ lane, deliveries }: ClaimedLane): Settlement => settlement(lane, { ended: deliveries.map(({ seq }) => ({ seq, state: 'handed-over' })) });
const claim = (store: Store, now = T0): Promise<readonly ClaimedLane[]> => store.claim('xmpp', 10, 10, now);

/** By `seq`, as they go to the client. */
function texts(lanes: readonly ClaimedLane[]): string[] {
  return lanes.flatMap(({ deliveries }) => deliveries).sort((a, b) => a.seq - b.seq).map(({ message }) => message.text);
}

export function holdingContract(open: () => Promise<Store>): void {
  homecoming(open);
  consent(open);
  keeping(open);
  administration(open);
}

function homecoming(open: () => Promise<Store>): void {
  describe('what is held for somebody who is away', () => {
    it('is due at no time, also what comes behind it and at once', async () => {
      const store = await open();
      const room = { now: T0, most: { xmpp: 10, smtp: 10 } };
      expect((await store.acceptAndClaim([held('a')], room)).lanes).toEqual([]);
      expect((await store.acceptAndClaim([letter(romeo, juliet, { text: 'b' })], room)).lanes).toEqual([]);
      expect(await claim(store, T0 + HOUR)).toEqual([]);
      expect(await store.nextDue('xmpp')).toBeUndefined();
      expect(await store.holds.count(jid('juliet', 'phone'))).toBe(2);
      expect(await store.holds.users()).toEqual([{ user: 'juliet@capulet.example', count: 2 }]);
    });

    it('goes in the order it came, over all senders, some at a time, and the rest stays held', async () => {
      const store = await open();
      for (const [i, from] of [romeo, nurse, romeo, mail('paris'), nurse, romeo].entries()) await store.accept([held(`${i}`, from)]);
      await store.accept([letter(romeo, jid('tybalt'), { delivery: { hold: 'away' } })]);
      const first = await store.holds.claim(juliet, 4, T0);
      expect(texts(first)).toEqual(['0', '1', '2', '3']);
      expect(texts(await store.holds.claim(juliet, 4, T0))).toEqual([]);
      for (const lane of first) await store.settle(taken(lane));
      expect(await claim(store)).toEqual([]);
      const rest = await store.holds.claim(juliet, 4, T0);
      expect(texts(rest)).toEqual(['4', '5']);
      for (const lane of rest) await store.settle(taken(lane));
      expect(await store.holds.users()).toEqual([{ user: 'tybalt@capulet.example', count: 1 }]);
      await store.accept([letter(romeo, juliet, { text: 'now' })]);
      expect(texts(await claim(store))).toEqual(['now']);
    });

    it('is the same again when it was not taken, and waits for its time when it was deferred', async () => {
      const store = await open();
      await store.accept([held('a'), held('b')]);
      const [lane] = await store.holds.claim(juliet, 9, T0);
      await store.settle(settlement(lane!.lane, {}));
      const [again] = await store.holds.claim(juliet, 9, T0);
      expect(again).toEqual(lane);
      await store.settle(settlement(lane!.lane, { deferred: [{ seq: lane!.deliveries[0]!.seq, failure: refused }], dueAt: T0 + HOUR }));
      expect(await store.holds.claim(juliet, 9, T0 + HOUR - 1)).toEqual([]);
      expect(texts(await store.holds.claim(juliet, 9, T0 + HOUR))).toEqual(['a', 'b']);
    });

    it('is held by a settlement as well, for as long as the recipient says', async () => {
      const store = await open();
      await store.accept([letter(romeo, juliet, { text: 'a' }), letter(romeo, juliet, { text: 'b' })]);
      const [lane] = await claim(store);
      await store.settle(settlement(lane!.lane, { ended: [{ seq: lane!.deliveries[0]!.seq, state: 'handed-over' }], held: away }));
      expect(await claim(store)).toEqual([]);
      expect((await store.list({ limit: 1 }))[0]).toMatchObject({ held: { why: 'away', user: away.user }, expiresAt: T0 + 3 * DAY, attempts: 0 });
      expect(await store.overdue(T0 + 2 * DAY - 1, 9)).toEqual([]);
      expect(await store.overdue(T0 + 2 * DAY, 9)).toMatchObject([{ what: 'warn', held: 'away', expiresAt: T0 + 3 * DAY }]);
    });

    it('holds a lane that is being tried, and one that waits', async () => {
      const store = await open();
      await store.accept([letter(romeo, juliet, { text: 'a' })]);
      const [lane] = await claim(store);
      await store.accept([held('b')]);
      await store.settle(settlement(lane!.lane, {}));
      expect(await claim(store, T0 + HOUR)).toEqual([]);
      expect(texts(await store.holds.claim(juliet, 9, T0))).toEqual(['a', 'b']);
    });

    it('is let go to the queue', async () => {
      const store = await open();
      await store.accept([held('a'), held('b', nurse), held('asked', mail('paris'), 'consent')]);
      expect(await store.holds.letGo(juliet)).toBe(true);
      expect(texts(await claim(store))).toEqual(['a', 'b']);
      expect(await store.holds.letGo(juliet)).toBe(false);
    });

    it('is refused when too much is held, the newest, and a repeat is still a repeat', async () => {
      const store = await open();
      const full = (text: string, sourceKey: string) => held(text, romeo, 'away', { quota: 2, sourceKey });
      expect(await store.accept([full('a', '1'), full('b', '2'), full('c', '3')])).toEqual([['stored'], ['stored'], ['full']]);
      expect(await store.accept([full('b', '2')])).toEqual([['repeat']]);
      expect(texts(await store.holds.claim(juliet, 9, T0))).toEqual(['a', 'b']);
    });

    it('reports wait for the user as well, at the client that is to have them', async () => {
      const store = await open();
      await store.accept([letter(romeo, jid('juliet', 'phone'), { text: 'report', delivery: { hold: 'away' } }), held('a')]);
      expect(texts(await store.holds.claim(juliet, 9, T0))).toEqual(['report', 'a']);
    });
  });
}

function consent(open: () => Promise<Store>): void {
  describe('what is held for consent', () => {
    it('is not taken home with the rest, and goes when it is released', async () => {
      const store = await open();
      await store.accept([held('a', romeo, 'consent'), held('b', nurse), held('c')]);
      expect(texts(await store.holds.claim(juliet, 9, T0))).toEqual(['b']);
      expect(await store.holds.releaseConsent(romeo, juliet, T0)).toBe(true);
      expect(await store.holds.releaseConsent(romeo, juliet, T0)).toBe(false);
      expect(texts(await claim(store))).toEqual(['a', 'c']);
    });

    it('is claimed to fail, with the reports that tell the sender', async () => {
      const store = await open();
      await store.accept([held('a', romeo, 'consent'), held('b', romeo, 'consent'), held('c', nurse, 'consent')]);
      const lane = await store.holds.claimConsent(romeo, juliet, 9, T0);
      if (lane === undefined || lane === 'busy') throw new Error('nothing to claim');
      expect(await store.holds.claimConsent(romeo, juliet, 9, T0)).toBe('busy');
      const ended = lane.deliveries.map(({ seq }) => ({ seq, state: 'failed' as const, failure: refused }));
      await store.settle(settlement(lane.lane, { ended, reports: [{ ...chat(romeo, { text: 'no' }), seq: ended[0]!.seq }] }));
      expect(await store.holds.claimConsent(romeo, juliet, 9, T0)).toBeUndefined();
      expect((await store.list({ limit: 9 })).map(({ state }) => state)).toEqual(['waiting', 'waiting', 'failed', 'failed']);
      expect(texts(await store.claim('smtp', 9, 9, T0))).toEqual(['no']);
    });
  });
}

function keeping(open: () => Promise<Store>): void {
  describe('what is held', () => {
    it('warns and expires as it was told when it was stored, and its lane stays held', async () => {
      const store = await open();
      await store.accept([held('a', romeo, 'away', { warnAt: T0 + HOUR, expiresAt: T0 + DAY }), held('b', romeo, 'away', { expiresAt: T0 + 2 * DAY })]);
      const [warn] = await store.overdue(T0 + HOUR, 9);
      expect(warn).toMatchObject({ what: 'warn', held: 'away' });
      await store.settle(settlement(warn!.lane, { warned: [warn!.delivery.seq], dueAt: warn!.dueAt }));
      const [late] = await store.overdue(T0 + DAY, 9);
      expect(late).toMatchObject({ what: 'expire', held: 'away' });
      await store.settle(settlement(late!.lane, { ended: [{ seq: late!.delivery.seq, state: 'failed' }], dueAt: late!.dueAt }));
      expect(await claim(store, T0 + DAY)).toEqual([]);
      expect(texts(await store.holds.claim(juliet, 9, T0 + DAY))).toEqual(['b']);
    });

    it('has the time left that it had when the clock is set', async () => {
      const store = await open();
      await store.accept([held('a', romeo, 'away', { expiresAt: T0 + DAY })]);
      await store.shift(10 * DAY);
      expect(await store.overdue(T0 + 11 * DAY - 1, 9)).toEqual([]);
      expect(texts(await store.holds.claim(juliet, 9, T0 + 10 * DAY))).toEqual(['a']);
    });
  });
}

function administration(open: () => Promise<Store>): void {
  describe('an administrator', () => {
    it('sees what is held and for whom, and has it tried, but not before consent', async () => {
      const store = await open();
      await store.accept([held('a'), held('asked', nurse, 'consent')]);
      const [asked, waits] = await store.list({ state: 'waiting', limit: 9 });
      expect(waits).toMatchObject({ held: { why: 'away', user: 'juliet@capulet.example' } });
      expect(waits?.dueAt).toBeUndefined();
      expect(asked).toMatchObject({ held: { why: 'consent', user: 'juliet@capulet.example' } });
      expect(await store.retry(asked!.seq, T0)).toBe(false);
      expect(await store.retry(waits!.seq, T0)).toBe(true);
      expect(texts(await claim(store))).toEqual(['a']);
    });

    it('drops what is held', async () => {
      const store = await open();
      await store.accept([held('a'), held('b')]);
      const entries = await store.list({ limit: 9 });
      expect(await store.drop(entries[1]!.seq, refused, [chat(romeo, { text: 'no' })])).toBe(true);
      expect(texts(await store.holds.claim(juliet, 9, T0))).toEqual(['b']);
      expect(texts(await store.claim('smtp', 9, 9, T0))).toEqual(['no']);
    });
  });
}
