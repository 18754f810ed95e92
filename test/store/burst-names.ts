/** Bursts of chat: whom they are joined by, and what they and their conversation are called. Part of the contract. */
import { describe, expect, it } from 'vitest';
import type { MailAddress } from '../../src/address.js';
import { Failure } from '../../src/failure.js';
import type { Message } from '../../src/message.js';
import type { ClaimedLane, Settlement } from '../../src/store/lanes.js';
import type { Gather, NewMessage } from '../../src/store/new-message.js';
import type { Store } from '../../src/store/store.js';
import type { OpenStore } from './contract.js';
import { chat, mail, romeo, T0 } from './samples.js';

const S = 1_000;
const QUIET = 20 * S;
const LONGEST = 60 * S;

type Parts = Partial<Message> & { to?: MailAddress; at?: number; gather?: Partial<Gather> };

/** Said so many seconds after the start; its stanza id is its text. */
function line(text: string, { to = romeo, at = 0, gather, ...parts }: Parts = {}): NewMessage {
  const waits: Gather = { quiet: QUIET, longest: LONGEST, topic: { same: '', own: '' }, ...gather };
  const ids = { stanza: text, mail: `<${text}@gw.example>` };
  return chat(to, { text, title: text, ids, acceptedAt: T0 + at * S, ...parts, delivery: { gather: waits } });
}

const correction = (of: string, text: string, at: number): NewMessage =>
  line(text, { at, change: { kind: 'correction', of }, gather: { changes: of, topic: { same: '', own: of } } });

function retraction(of: string, at: number): NewMessage {
  const { message, deliveries } = line(`not ${of}`, { at, text: '', change: { kind: 'retraction', of }, gather: { changes: of } });
  return { message, deliveries: deliveries.map((delivery) => ({ ...delivery, recalls: of })) };
}

const settlement = (lane: string, parts: Partial<Settlement>): Settlement => ({ lane, ended: [], deferred: [], reports: [], at: T0, ...parts });
const claim = (store: Store, at: number, perLane = 10): Promise<readonly ClaimedLane[]> => store.claim('smtp', 100, perLane, T0 + at * S);
const bursts = (lanes: readonly ClaimedLane[]): [string, number | undefined][] =>
  lanes.flatMap(({ deliveries }) => deliveries.map(({ message, burst }): [string, number | undefined] => [message.text, burst]));

async function say(store: Store, ...lines: NewMessage[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const one of lines) results.push(...(await store.accept([one])).flat());
  return results;
}

async function handOver(store: Store, at: number): Promise<ClaimedLane> {
  const lanes = await claim(store, at);
  for (const { lane, deliveries } of lanes) {
    await store.settle(settlement(lane, { ended: deliveries.map(({ seq }) => ({ seq, state: 'handed-over' })), dueAt: T0 + at * S }));
  }
  if (lanes[0] === undefined) throw new Error('nothing to claim');
  return lanes[0];
}

/** What the next chat line to Romeo would answer. */
const answered = async (store: Store, at: number, same = '') => {
  await say(store, line('what next', { at, gather: { topic: { same, own: '' } } }));
  return (await claim(store, at + 100))[0]!.deliveries.at(-1)!.context;
};

export function burstNames(open: OpenStore): void {
  waiting(open);
  changes(open);
  named(open);
}

function waiting(open: OpenStore): void {
  describe('lines that gather', () => {
    it('are claimed by no accept, however much room there is', async () => {
      const store = await open();
      expect((await store.acceptAndClaim([line('one')], { now: T0 + 100 * S, most: { smtp: 9, xmpp: 9 } })).lanes).toEqual([]);
    });

    it.each<[string, Gather['topic'], number]>([
      ['nothing of its own', { same: '', own: '' }, 2],
      ['the same', { same: '', own: 'a' }, 2],
      ['another', { same: '', own: 'b' }, 1],
    ])('with a subject are joined by what has %s', async (_, topic, together) => {
      const store = await open();
      await say(store, line('one', { gather: { topic: { same: '', own: 'a' } } }), line('two', { at: 1, gather: { topic } }));
      expect((await claim(store, 21))[0]?.deliveries.filter(({ burst }) => burst === 1)).toHaveLength(together);
    });

    it('have at most 256 KiB, and a message', async () => {
      const store = await open();
      const long = 'x'.repeat(200 * 1024);
      await say(store, ...[1, 2, 3].map((n) => line(`long ${n}`, { to: mail('paris'), text: long })));
      const lanes = await claim(store, 20);
      expect(lanes.flatMap(({ deliveries }) => deliveries.map(({ burst }) => burst))).toEqual([1, 1, 3]);
    });

    it('go without one that was dropped', async () => {
      const store = await open();
      await say(store, line('one'), line('two', { at: 1 }));
      expect(await store.drop(1, Failure.permanent('not-allowed', 'No.').toRecord(), [], T0 + 2 * S)).toBe(true);
      expect(bursts(await claim(store, 20))).toEqual([]);
      expect(bursts(await claim(store, 21))).toEqual([['two', 2]]);
    });
  });
}

function changes(open: OpenStore): void {
  describe('what changes a line', () => {
    it('never takes back what another waits with', async () => {
      const store = await open();
      const elsewhere = line('one', { to: mail('paris') });
      expect(await say(store, elsewhere, retraction('one', 1))).toEqual(['stored', 'too-late']);
    });
  });
}

function named(open: OpenStore): void {
  describe('the mail of a burst', () => {
    it.each<[string, NewMessage[], string]>([
      ['the first line', [line('Supper'), line('at nine')], 'Supper'],
      ['the first that does not only greet', [line('Hi'), line('Supper at nine')], 'Supper at nine'],
      ['what a line was corrected to', [line('Super'), correction('Super', 'Supper', 1)], 'Supper'],
      ['what is left when the first was taken back', [line('I hate thee'), line('Supper'), retraction('I hate thee', 1)], 'Supper'],
      ['the subject that was given', [line('one', { subject: 'Roses' }), line('two')], 'Roses'],
      ['no subject that was taken back', [line('one', { subject: 'Secret' }), line('two'), retraction('one', 1)], 'two'],
    ])('and its conversation are called by %s', async (_, lines, subject) => {
      const store = await open();
      await say(store, ...lines);
      await handOver(store, 30);
      expect((await answered(store, 40)).subject).toBe(subject);
    });

    it('is called so also where another topic closed it', async () => {
      const store = await open();
      await say(store, line('I hate thee'), line('Supper'), retraction('I hate thee', 1));
      expect((await answered(store, 2, 'another')).subject).toBe('Supper');
    });
  });
}
