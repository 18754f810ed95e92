/** What every engine of the store must do. Each engine's test file calls `storeContract` with its own opener. */
import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/address.js';
import { Failure } from '../../src/failure.js';
import type { MessageId } from '../../src/message.js';
import type { Incident } from '../../src/store/incidents.js';
import type { ClaimedLane, Settlement } from '../../src/store/lanes.js';
import type { NewMessage } from '../../src/store/new-message.js';
import type { Store } from '../../src/store/store.js';
import { accountContract } from './accounts.js';
import { attendanceContract } from './attendance.js';
import { bindingContract } from './bindings.js';
import { burstNames } from './burst-names.js';
import { gatheringContract } from './gathering.js';
import { holdingContract } from './holding.js';
import { publishingContract } from './publishing.js';
import { chat, DAY, HOUR, jid, juliet, letter, mail, romeo, T0 } from './samples.js';

/** A new empty store that is closed when the test ends. */
export type OpenStore = () => Promise<Store>;

const refused = Failure.permanent('no-such-recipient', 'No such user.').toRecord();
const greylisted = Failure.temporary('remote-refused', 'Try later.', { remote: '450 4.2.0 greylisted' }).toRecord();

const idsOf = (lane: ClaimedLane | undefined): MessageId[] => (lane?.deliveries ?? []).map((delivery) => delivery.message.id);
const settlement = (lane: string, parts: Partial<Settlement>): Settlement => ({ lane, ended: [], deferred: [], reports: [], at: T0, ...parts });

async function claimOne(store: Store, outlet: 'smtp' | 'xmpp' = 'smtp', now = T0): Promise<ClaimedLane> {
  const [lane] = await store.claim(outlet, 1, 1, now);
  if (lane === undefined) throw new Error('nothing to claim');
  return lane;
}

async function handOver(store: Store, outlet: 'smtp' | 'xmpp' = 'smtp', now = T0): Promise<ClaimedLane> {
  const lane = await claimOne(store, outlet, now);
  const ended = lane.deliveries.map(({ seq }) => ({ seq, state: 'handed-over' as const }));
  await store.settle(settlement(lane.lane, { ended, dueAt: now, at: now }));
  return lane;
}

export function storeContract(open: OpenStore): void {
  lanes(open);
  claimsAtOnce(open);
  gatheringContract(open);
  holdingContract(open);
  attendanceContract(open);
  accountContract(open);
  repeats(open);
  settlements(open);
  lateness(open);
  conversations(open);
  administration(open);
  keeping(open);
  burstNames(open);
  bindingContract(open);
  publishingContract(open);
}

function lanes(open: OpenStore): void {
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

function claimsAtOnce(open: OpenStore): void {
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

function repeats(open: OpenStore): void {
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

function settlements(open: OpenStore): void {
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

function lateness(open: OpenStore): void {
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

function conversations(open: OpenStore): void {
  describe('reply context', () => {
    async function contextOf(store: Store, message: NewMessage) {
      await store.accept([message]);
      return (await handOver(store, message.deliveries[0]!.outlet, T0 + 99 * DAY)).deliveries[0]!.context;
    }

    it('a mail answers the chat it names, in its thread', async () => {
      const store = await open();
      const asked = chat(romeo, { thread: 't1', subject: 'Balcony', ids: { stanza: 's1', origin: 'o1', mail: '<m1@gw>' } });
      expect(await contextOf(store, asked)).toEqual({ references: [], thread: 't1' });
      const answer = letter(romeo, juliet, { subject: 'Re: Balcony', answers: { mail: ['<unknown@x>', '<m1@gw>'] } });
      expect(await contextOf(store, answer)).toEqual({
        answered: { stanza: 's1', origin: 'o1', mail: '<m1@gw>' },
        answeredWords: 'hello',
        references: ['<m1@gw>'],
        thread: 't1',
        subject: 'Balcony',
      });
    });

    it('knows the first words of what is answered', async () => {
      const store = await open();
      await contextOf(store, chat(romeo, { ids: { mail: '<m1@gw>' }, text: `> old\n\nShall  we\n${'go '.repeat(200)}` }));
      const { answeredWords = '' } = await contextOf(store, letter(romeo, juliet, { text: ' ', ids: { mail: '<m2@x>' }, answers: { mail: ['<m1@gw>'] } }));
      expect(answeredWords).toMatch(/^Shall we go go/);
      expect(answeredWords.length).toBeLessThanOrEqual(200);
      expect(await contextOf(store, chat(romeo))).not.toHaveProperty('answeredWords');
    });

    it('a reaction knows what its author has reacted with before, and is no part of the talk', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { ids: { stanza: 'c1', mail: '<m1@x>' } }));
      const react = (reactions: string[]) => contextOf(store, chat(romeo, { answers: { stanza: 'c1' }, reactions }));
      expect((await react(['👍'])).reactedBefore).toEqual([]);
      expect((await react(['👍', '🌹'])).reactedBefore).toEqual(['👍']);
      expect(await react([])).toMatchObject({ reactedBefore: ['👍', '🌹'], answered: { mail: '<m1@x>' } });
      expect((await react(['👍'])).reactedBefore).toEqual([]);
      expect(await contextOf(store, chat(romeo, { ids: { mail: '<m2@gw>' } }))).toMatchObject({ answered: { mail: '<m1@x>' } });
      const back = (reactions: string[]) => contextOf(store, letter(romeo, juliet, { answers: { mail: ['<m2@gw>'] }, reactions }));
      expect((await back(['🌹'])).reactedBefore).toEqual([]);
      expect((await back(['👀'])).reactedBefore).toEqual(['🌹']);
      expect((await back(['👀'])).reactedBefore).toEqual(['🌹', '👀']);
    });

    it('a reaction to what is not known answers nothing', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { ids: { stanza: 'c1', mail: '<m1@x>' } }));
      expect((await contextOf(store, chat(romeo, { answers: { stanza: 'other' }, reactions: ['👍'] }))).answered).toBeUndefined();
    });

    it('finds what is answered among the last 1,000 that the two have said', async () => {
      const store = await open();
      await store.accept([chat(romeo, { thread: 't1', ids: { stanza: 's1', mail: '<m1@gw>' } }), ...Array.from({ length: 999 }, () => letter(romeo, juliet))]);
      const answer = letter(romeo, jid('juliet'), { answers: { mail: ['<unknown@x>', '<m1@gw>'] } });
      const { lanes } = await store.acceptAndClaim([{ ...answer, deliveries: answer.deliveries.map((one) => ({ ...one, outlet: 'smtp' as const })) }], { now: T0, most: { smtp: 1, xmpp: 0 } });
      expect(lanes[0]?.deliveries[0]?.context).toMatchObject({ answered: { mail: '<m1@gw>' }, thread: 't1' });
    });

    it('a mail that names nothing known begins a conversation', async () => {
      const store = await open();
      await contextOf(store, chat(romeo));
      const first = letter(romeo, juliet, { answers: { mail: ['<unknown@x>'] } });
      expect(await contextOf(store, first)).toEqual({ references: [], thread: first.message.id });
    });

    it('a chat answers the one it names by either id, else what was last said', async () => {
      const store = await open();
      const first = letter(romeo, juliet, { subject: 'First', ids: { stanza: 's1', mail: '<m1@x>' } });
      const second = letter(romeo, juliet, { subject: 'Second', ids: { stanza: 's2', mail: '<m2@x>' } });
      await contextOf(store, first);
      await contextOf(store, second);
      expect(await contextOf(store, chat(romeo, { answers: { stanza: 's1' }, ids: { stanza: 'c1', origin: 'o1' } }))).toMatchObject({
        answered: { mail: '<m1@x>' },
        subject: 'First',
      });
      expect(await contextOf(store, chat(romeo, { answers: { stanza: 'o1' } }))).toMatchObject({ answered: { stanza: 'c1' }, references: ['<m1@x>'] });
      const third = letter(romeo, juliet, { subject: 'Third', ids: { stanza: 's3', mail: '<m3@x>' } });
      await contextOf(store, third);
      expect(await contextOf(store, chat(romeo))).toMatchObject({ answered: { mail: '<m3@x>' }, thread: third.message.id, subject: 'Third' });
    });

    it('a chat without a subject is answered under its first words, and goes on under them', async () => {
      const store = await open();
      await contextOf(store, chat(romeo, { title: 'Wherefore art thou', ids: { mail: '<m1@gw>' } }));
      const answer = letter(romeo, juliet, { subject: 'Re: Wherefore art thou', answers: { mail: ['<m1@gw>'] } });
      expect(await contextOf(store, answer)).toMatchObject({ subject: 'Wherefore art thou' });
      expect(await contextOf(store, chat(romeo, { title: 'Another line' }))).toMatchObject({ subject: 'Wherefore art thou' });
    });

    it('another thread or subject, or long silence, begins a new conversation', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { subject: 'Re: Balcony' }));
      expect(await contextOf(store, chat(romeo, { thread: 'other' }))).toEqual({ references: [], thread: 'other' });
      expect((await contextOf(store, chat(romeo, { subject: 'Poison' }))).answered).toBeUndefined();
      expect(await contextOf(store, chat(romeo, { subject: 'Odp[2]: re: POISON' }))).toMatchObject({ subject: 'Poison' });
      expect((await contextOf(store, chat(romeo, { thread: 'other' }))).answered).toBeDefined();
      expect((await contextOf(store, chat(romeo, { acceptedAt: T0 + 31 * DAY }))).answered).toBeUndefined();
    });

    it('references are the chain, oldest first, at most 20', async () => {
      const store = await open();
      let references: readonly string[] = [];
      for (let i = 0; i < 25; i++) references = (await contextOf(store, chat(romeo, { ids: { mail: `<${i}@gw>` } }))).references;
      expect(references).toEqual(Array.from({ length: 20 }, (_, i) => `<${i + 4}@gw>`));
    });

    it("never finds another pair's message", async () => {
      const store = await open();
      const [nurse, tybalt] = [jid('nurse'), mail('tybalt')];
      // Each attacker has talked before: his own pair is known.
      for (const own of [letter(tybalt, juliet), letter(romeo, nurse), chat(tybalt), chat(romeo, { sender: nurse })]) await contextOf(store, own);
      const secret = chat(romeo, { subject: 'Secret', thread: 'secret', ids: { stanza: 'stolen-s', origin: 'stolen-o', mail: '<stolen@gw>' } });
      await contextOf(store, secret);
      const attacks = [
        letter(tybalt, juliet, { answers: { mail: ['<stolen@gw>'], stanza: 'stolen-s' } }),
        letter(romeo, nurse, { answers: { mail: ['<stolen@gw>'], stanza: 'stolen-o' } }),
        ...['stolen-s', 'stolen-o'].flatMap((stanza) => [chat(romeo, { sender: nurse, answers: { stanza } }), chat(tybalt, { answers: { stanza } })]),
        chat(tybalt, { thread: 'secret' }),
        chat(romeo, { sender: nurse, thread: 'secret' }),
      ];
      for (const attack of attacks) {
        const context = await contextOf(store, attack);
        expect(JSON.stringify(context.answered ?? null) + context.references.join()).not.toContain('stolen');
        expect(context.subject).toBeUndefined();
      }
      expect((await contextOf(store, letter(romeo, juliet, { answers: { mail: ['<stolen@gw>'] } }))).subject).toBe('Secret');
    });

    const group = (to: string[], cc: string[] = []) => ({ to: to.map((local) => ({ address: mail(local) })), cc: cc.map((local) => ({ address: mail(local) })) });

    it('somebody else of a group answers: it is found where it was said, with its thread', async () => {
      const store = await open();
      const first = letter(romeo, juliet, { subject: 'Feast', ids: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['juliet', 'mercutio']) });
      await contextOf(store, first);
      const answer = letter(mail('Mercutio'), juliet, { answers: { mail: ['<m1@x>'] }, addressees: group(['romeo', 'juliet']) });
      expect(await contextOf(store, answer)).toEqual({
        answered: { stanza: 's1', mail: '<m1@x>' },
        answeredWords: 'hello',
        references: ['<m1@x>'],
        thread: first.message.id,
        subject: 'Feast',
        addressees: group(['romeo', 'juliet', 'mercutio']),
      });
    });

    it('whoever was not addressed in it, and whoever reads another copy of it, finds nothing', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { ids: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['juliet', 'mercutio']) }));
      expect((await contextOf(store, letter(mail('tybalt'), juliet, { answers: { mail: ['<m1@x>'] } }))).answered).toBeUndefined();
      expect((await contextOf(store, letter(mail('mercutio'), jid('nurse'), { answers: { mail: ['<m1@x>'] } }))).answered).toBeUndefined();
    });

    it('a message to several answers the same for each of them, chat users too', async () => {
      const store = await open();
      const first = { ...letter(romeo, juliet, { ids: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['juliet', 'mercutio']) }) };
      const [delivery] = first.deliveries;
      await store.accept([{ ...first, deliveries: [delivery!, { ...delivery!, recipient: jid('nurse') }] }]);
      const answer = chat(romeo, { answers: { stanza: 's1' }, ids: { mail: '<m2@gw>' }, addressees: group(['romeo'], ['mercutio']) });
      const [one] = answer.deliveries;
      const all = [one!, { ...one!, recipient: mail('mercutio') }, { ...one!, outlet: 'xmpp' as const, recipient: jid('nurse') }];
      const { lanes } = await store.acceptAndClaim([{ ...answer, deliveries: all }], { now: T0, most: { smtp: 9, xmpp: 9 } });
      expect(lanes.map(({ deliveries }) => deliveries[0]?.context)).toEqual(
        all.map(() => expect.objectContaining({ answered: { stanza: 's1', mail: '<m1@x>' }, references: ['<m1@x>'], thread: first.message.id }) as unknown),
      );
    });

    it('a mark stays with its conversation, and is known by its user', async () => {
      const store = await open();
      expect(await store.talking(chat(romeo).message, romeo, true)).toBeUndefined();
      await contextOf(store, letter(romeo, juliet, { subject: 'Feast', ids: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['juliet', 'mercutio']) }));
      const everybody = { answered: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['romeo', 'juliet', 'mercutio']) };
      expect(await store.talking(chat(romeo).message, romeo)).toEqual({ ...everybody, toAll: false });
      expect(await store.usersToAll()).toEqual([]);
      expect(await store.talking(chat(romeo).message, romeo, true)).toEqual({ ...everybody, toAll: true });
      expect(await store.usersToAll()).toEqual(['juliet@capulet.example']);
      await contextOf(store, chat(romeo));
      expect(await store.talking(chat(romeo).message, romeo)).toMatchObject({ addressees: everybody.addressees, toAll: true });
      await contextOf(store, letter(romeo, juliet, { subject: 'Duel', addressees: group(['juliet', 'mercutio']) }));
      expect(await store.talking(chat(romeo).message, romeo)).toMatchObject({ toAll: false });
      await contextOf(store, chat(romeo, { answers: { stanza: 's1' }, toAll: false }));
      expect(await store.talking(chat(romeo).message, romeo)).toMatchObject({ toAll: false });
    });

    it('a mail to the chat user alone ends what answers to all would go to', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { ids: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['juliet', 'mercutio']) }));
      await store.talking(chat(romeo).message, romeo, true);
      await contextOf(store, letter(romeo, juliet, { answers: { mail: ['<m1@x>'] } }));
      expect((await store.talking(chat(romeo).message, romeo))?.addressees).toBeUndefined();
    });

    it('a mail that anybody may have written changes nothing of whom answers to all go to', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { ids: { stanza: 's1', mail: '<m1@x>' }, addressees: group(['juliet', 'mercutio']) }));
      await store.talking(chat(romeo).message, romeo, true);
      const everybody = { addressees: group(['romeo', 'juliet', 'mercutio']), toAll: true };
      await contextOf(store, letter(romeo, juliet, { authenticity: 'unverified', answers: { mail: ['<m1@x>'] }, ids: { stanza: 's2', mail: '<m2@x>' }, addressees: group(['juliet'], ['tybalt']) }));
      expect(await store.talking(chat(romeo, { answers: { stanza: 's2' } }).message, romeo)).toMatchObject(everybody);
      await contextOf(store, letter(romeo, juliet, { authenticity: 'unverified', answers: { mail: ['<m1@x>'] } }));
      expect(await store.talking(chat(romeo).message, romeo)).toMatchObject(everybody);
    });

    it('the whole chain of References is looked at, a hundred of them', async () => {
      const store = await open();
      await contextOf(store, letter(romeo, juliet, { ids: { mail: '<m1@x>' } }));
      const chain = Array.from({ length: 99 }, (_, i) => `<unknown-${i}@x>`);
      expect((await contextOf(store, letter(romeo, juliet, { answers: { mail: [...chain, '<m1@x>'] } }))).answered).toEqual({ mail: '<m1@x>' });
    });

    it('mail addresses that a contact cannot tell apart are one side', async () => {
      const store = await open();
      await contextOf(store, letter(mail('Romeo'), juliet, { ids: { stanza: 's1', mail: '<m1@x>' } }));
      expect(await contextOf(store, chat(romeo))).toMatchObject({ answered: { mail: '<m1@x>' } });
    });

    it('what was not kept is not answered', async () => {
      const store = await open();
      const kept = chat(romeo);
      await contextOf(store, kept);
      await expect(store.accept([chat(romeo, { ids: { stanza: 'lost' } }), kept])).rejects.toThrow();
      expect((await contextOf(store, chat(romeo))).answered).toEqual(kept.message.ids);
    });

    it('reports are no part of the talk', async () => {
      const store = await open();
      const asked = chat(romeo, { ids: { stanza: 's1', mail: '<m1@gw>' } });
      await contextOf(store, asked);
      expect(await contextOf(store, reportOn(asked, 'r1'))).toEqual({ references: [] });
      expect(await contextOf(store, chat(romeo))).toMatchObject({ answered: { stanza: 's1' } });
    });
  });
}

function administration(open: OpenStore): void {
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

    it('keeps what a person tells, and what it says nothing of', async () => {
      const store = await open();
      expect(await store.person(romeo)).toBeUndefined();
      expect(await store.learn(romeo, { name: 'Romeo' }, T0)).toBe(true);
      expect(await store.learn(romeo, { name: 'Romeo' }, T0 + DAY)).toBe(false);
      const picture = { type: 'image/png', bytes: Uint8Array.from([0, 1, 255]) };
      expect(await store.learn({ ...romeo, local: 'Romeo' }, { picture }, T0)).toBe(true);
      expect(await store.learn(romeo, { picture }, T0 + 30 * DAY)).toBe(false);
      expect(await store.person(romeo)).toEqual({ name: 'Romeo', picture });
      expect(await store.learn(romeo, { name: 'Romeo M.' }, T0)).toBe(true);
      expect(await store.person({ ...romeo, local: 'ROMEO' })).toEqual({ name: 'Romeo M.', picture });
      await store.prune(T0 + 400 * DAY);
      expect(await store.person(romeo)).toEqual({ name: 'Romeo M.', picture });
    });

    it('knows who is subscribed to a contact', async () => {
      const store = await open();
      const contact = jid('romeo%montague.example');
      await store.addSubscription({ user: jid('nurse'), contact });
      await store.addSubscription({ user: juliet, contact });
      await store.addSubscription({ user: juliet, contact: jid('paris%montague.example') });
      expect(await store.subscribersOf(contact)).toEqual([jid('nurse'), juliet]);
    });

    it('keeps subscriptions once, and forgets them', async () => {
      const store = await open();
      const contact = jid('romeo%montague.example');
      const many = Array.from({ length: 1_001 }, (_, i) => ({ user: jid(`u${i}`), contact }));
      await Promise.all([...many, ...many.slice(0, 10)].map((one) => store.addSubscription(one)));
      await store.removeSubscription(many[500]!);
      const found = [];
      for await (const one of store.subscriptions()) found.push(one);
      expect(found).toEqual(many.filter((_, i) => i !== 500));
    });
  });
}

function keeping(open: OpenStore): void {
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

/** A report to the sender, as the bridge makes it. */
function reportOn({ message, deliveries }: NewMessage, id: MessageId): NewMessage {
  const { ids, acceptedAt } = message;
  const recipient = deliveries[0]!.recipient;
  const report = { state: 'failed', about: { id: message.id, ids, acceptedAt }, recipient } as const;
  const reportMessage = { ...message, id, source: 'gateway', sender: recipient, origin: 'auto-replied', ids: {}, report } as const;
  return {
    message: reportMessage,
    deliveries: [{ outlet: 'xmpp', recipient: message.returnTo ?? message.sender, dueAt: T0, expiresAt: T0 + DAY }],
  };
}
