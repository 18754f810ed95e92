/** How deliveries end, and when they are late: part of the contract that every engine passes. */
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.js';
import type { Incident } from '../../src/store/incidents.js';
import type { Store } from '../../src/store/store.js';
import { claimOne, greylisted, handOver, idsOf, refused, reportOn, settlement } from './claiming.js';
import { chat, DAY, HOUR, jid, romeo, T0 } from './samples.js';

export function settlementContract(open: () => Promise<Store>): void {
  settlements(open);
  lateness(open);
}

function settlements(open: () => Promise<Store>): void {
  describe('settlements', () => {
    it('commit the reports with the end', async () => {
      const store = await open();
      const sent = chat(romeo, { returnTo: jid('juliet', 'balcony') });
      await store.accept([sent]);
      const { lane, deliveries } = await claimOne(store);
      const report = reportOn(sent, 'r1');
      const ended = [{ seq: deliveries[0]!.seq, state: 'failed', failure: refused }] as const;
      const incident: Incident = { at: T0, what: 'bounced', from: 'a', to: 'b', failure: refused };
      await store.settle(settlement(lane, { ended, reports: [report], dueAt: T0, incidents: [incident] }));
      expect((await claimOne(store, 'xmpp')).deliveries[0]!.message).toEqual(report.message);
      expect(await store.incidents({ limit: 9 })).toEqual([incident]);
      expect((await store.message(sent.message.id))?.deliveries).toMatchObject([{ state: 'failed', attempts: 1, lastFailure: refused }]);
    });

    it('tell nobody of an end that another end came before', async () => {
      const store = await open();
      const sent = [chat(romeo), chat(romeo)];
      await store.accept(sent);
      const [lane] = await store.claim('smtp', 2, 2, T0);
      const [one, two] = lane!.deliveries.map(({ seq }) => seq) as [number, number];
      expect(await store.amend(one, 'failed', refused, [reportOn(sent[0]!, 'early')])).toBe(true);
      const ended = [one, two].map((seq) => ({ seq, state: 'failed', failure: refused }) as const);
      const reports = [{ ...reportOn(sent[0]!, 'late'), seq: one }, { ...reportOn(sent[1]!, 'other'), seq: two }];
      await store.settle(settlement(lane!.lane, { ended, reports, dueAt: T0 }));
      expect((await store.claim('xmpp', 9, 9, T0)).flatMap(idsOf)).toEqual(['early', 'other']);
    });

    it('a warning that comes after the end is not kept', async () => {
      const store = await open();
      const sent = chat(romeo, { delivery: { warnAt: T0 } });
      await store.accept([sent]);
      const [late] = await store.overdue(T0, 9);
      const { seq } = late!.delivery;
      await store.amend(seq, 'failed', refused, []);
      await store.settle(settlement(late!.lane, { warned: [seq], reports: [{ ...reportOn(sent, 'late'), seq }], dueAt: T0 }));
      expect(await store.claim('xmpp', 9, 9, T0)).toEqual([]);
    });

    it('keep nothing when a report cannot be kept', async () => {
      const store = await open();
      const sent = chat(romeo);
      await store.accept([sent]);
      const { lane, deliveries } = await claimOne(store);
      const ended = [{ seq: deliveries[0]!.seq, state: 'failed', failure: refused }] as const;
      const taken = reportOn(sent, sent.message.id);
      await expect(store.settle(settlement(lane, { ended, reports: [taken], dueAt: T0 }))).rejects.toThrow();
      expect((await store.message(sent.message.id))?.deliveries).toMatchObject([{ state: 'waiting' }]);
      await store.settle(settlement(lane, { ended, dueAt: T0 }));
      expect((await store.message(sent.message.id))?.deliveries).toMatchObject([{ state: 'failed' }]);
    });

    it('a late word changes the state once, and a failure is the last word', async () => {
      const store = await open();
      const sent = chat(romeo);
      await store.accept([sent]);
      const seq = (await handOver(store)).deliveries[0]!.seq;
      expect(await store.amend(seq, 'delivered', undefined, [reportOn(sent, 'r1')])).toBe(true);
      expect(await store.amend(seq, 'delivered', undefined, [reportOn(sent, 'r2')])).toBe(false);
      expect(await store.amend(seq, 'failed', refused, [reportOn(sent, 'r3')])).toBe(true);
      expect(await store.amend(seq, 'failed', refused, [reportOn(sent, 'r4')])).toBe(false);
      expect(await store.amend(seq, 'delivered', undefined, [reportOn(sent, 'r5')])).toBe(false);
      expect((await store.claim('xmpp', 10, 10, T0)).flatMap(idsOf)).toEqual(['r1', 'r3']);
      expect((await store.message(sent.message.id))?.deliveries).toMatchObject([{ state: 'failed', lastFailure: refused }]);
    });

    it('a bounce that is quicker than the settlement stands', async () => {
      const store = await open();
      const sent = chat(romeo);
      await store.accept([sent]);
      const { lane, deliveries } = await claimOne(store);
      const seq = deliveries[0]!.seq;
      expect(await store.amend(seq, 'failed', refused, [])).toBe(true);
      await store.settle(settlement(lane, { ended: [{ seq, state: 'handed-over' }], dueAt: T0 }));
      expect((await store.message(sent.message.id))?.deliveries).toMatchObject([{ state: 'failed' }]);
      expect(await store.claim('smtp', 10, 10, T0)).toEqual([]);
    });
  });
}

function lateness(open: () => Promise<Store>): void {
  describe('lateness', () => {
    it('warns once, then expires once', async () => {
      const store = await open();
      await store.accept([chat(romeo, { delivery: { dueAt: T0 + 9 * DAY, warnAt: T0 + HOUR, expiresAt: T0 + DAY } })]);
      expect(await store.overdue(T0 + HOUR - 1, 10)).toEqual([]);
      expect(await store.overdue(T0 + HOUR, 10, 'xmpp')).toEqual([]);
      const [late] = await store.overdue(T0 + HOUR, 10, 'smtp');
      expect(late).toMatchObject({ what: 'warn', dueAt: T0 + 9 * DAY, expiresAt: T0 + DAY });
      expect(await store.overdue(T0 + HOUR, 10)).toEqual([]);
      await store.settle(settlement(late!.lane, { warned: [late!.delivery.seq], dueAt: late!.dueAt }));
      expect(await store.overdue(T0 + DAY - 1, 10)).toEqual([]);
      expect(await store.nextDue('smtp')).toBe(T0 + 9 * DAY);
      const [dead] = await store.overdue(T0 + DAY, 10);
      expect(dead).toMatchObject({ what: 'expire' });
      const failure = Failure.permanent('expired', 'Too late.').toRecord();
      await store.settle(settlement(dead!.lane, { ended: [{ seq: dead!.delivery.seq, state: 'failed', failure }], dueAt: dead!.dueAt }));
      expect(await store.overdue(T0 + 9 * DAY, 10)).toEqual([]);
      expect(await store.list({ limit: 1 })).toMatchObject([{ state: 'failed', attempts: 0 }]);
    });

    it('leaves alone what is being tried, and tells the last failure', async () => {
      const store = await open();
      await store.accept([chat(romeo, { delivery: { expiresAt: T0 + HOUR } })]);
      const { lane, deliveries } = await claimOne(store);
      expect(await store.overdue(T0 + HOUR, 10)).toEqual([]);
      await store.settle(settlement(lane, { deferred: [{ seq: deliveries[0]!.seq, failure: greylisted }], dueAt: T0 + 2 * HOUR }));
      expect(await store.overdue(T0 + HOUR, 10)).toMatchObject([{ what: 'expire', lastFailure: greylisted }]);
    });
  });
}
