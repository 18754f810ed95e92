/** How long a chat line waits, whom a mail's end is told, and what a chat user can set. */
import { describe, expect, it } from 'vitest';
import { gathering } from '../../src/bridge/gather.js';
import { Failure } from '../../src/failure.js';
import type { Message } from '../../src/message.js';
import type { Store } from '../../src/store/store.js';
import { openHere } from '../store/files.js';
import { chat, juliet, mail, romeo, T0 } from '../store/samples.js';
import { bridgeOn } from './on-store.js';

const S = 1_000;
const balcony = { ...juliet, resource: 'balcony' };
const route = { outlet: 'smtp', recipient: romeo } as const;
const line = (text: string, parts: Partial<Message> = {}): Message => chat(romeo, { text, returnTo: balcony, ids: { stanza: text, mail: `<${text}@gw.example>` }, ...parts }).message;
const takesBack = (of: string): Message => line(`not ${of}`, { text: '', change: { kind: 'retraction', of } });
const due = async (store: Store): Promise<number> => (((await store.nextDue('smtp')) ?? NaN) - T0) / S;

describe('a line waits', () => {
  const about = (parts: Partial<Message>, quiet = 20 * S) => gathering(line('one', parts), { quiet, longest: 60 * S });

  it('for others of the same thread, addressees and answer', () => {
    const same = (parts: Partial<Message>): string | undefined => about(parts).gather?.topic.same;
    const all = { addressees: { to: [{ address: romeo }, { address: mail('paris') }], cc: [] } };
    expect(new Set([same({}), same({ thread: 't' }), same(all), same({ reactions: ['🌹'], answers: { stanza: 'a' } }), same({ reactions: ['🌹'], answers: { stanza: 'b' } })]).size).toBe(5);
    expect(same({ subject: 'Roses' })).toBe(same({}));
    expect(about({}).gather?.topic.own).toBe('');
    expect(about({ subject: 'Roses' }).gather?.topic.own).not.toBe(about({ subject: 'Thorns' }).gather?.topic.own);
  });

  it('not at all where its writer wants none, unless it takes back what waits', () => {
    expect(about({}, 0)).toEqual({});
    expect(about({ change: { kind: 'correction', of: 'x' } }, 0)).toEqual({});
    expect(about({ change: { kind: 'retraction', of: 'x' } }, 0)).toMatchObject({ recalls: 'x', gather: { quiet: 0, changes: 'x' } });
    expect(about({ source: 'gateway' })).toEqual({});
  });
});

describe('typing', () => {
  it.each([['composing', 20, 60], ['composing', 100, 100], ['paused', 20, 20], ['gone', 20, 0]] as const)('%s with %i s to wait lets the lines go after %i s', async (state, quiet, then) => {
    const { store } = openHere();
    const bridge = bridgeOn(store, quiet * S);
    await bridge.accept(line('one'), [route]);
    await bridge.typing(balcony, romeo, state);
    expect(await due(store)).toBe(then);
  });

  it('says nothing where nothing waits', async () => {
    const { store } = openHere();
    await bridgeOn(store, 20 * S).typing(balcony, romeo, 'gone');
    expect(await due(store)).toBeNaN();
  });
});

describe('what is taken back', () => {
  it('is kept while it waits, and refused when it does not', async () => {
    const { store } = openHere();
    const bridge = bridgeOn(store, 20 * S);
    await bridge.accept(line('one'), [route]);
    expect(await bridge.accept(takesBack('one'), [route])).toMatchObject([{ result: 'stored' }]);
    const [late] = await bridge.accept(takesBack('two'), [route]);
    expect(late?.result).toMatchObject({ kind: 'permanent', reason: 'not-supported', text: expect.stringMatching(/cannot be recalled/) as string });
    expect(await store.list({ limit: 9 })).toHaveLength(2);
  });

  it('has no report', () => {
    const { store } = openHere();
    const facts = { recipient: romeo, state: 'delayed' } as const;
    expect(bridgeOn(store).reportFor({ message: takesBack('one'), ...facts })).toBeUndefined();
    expect(bridgeOn(store).reportFor({ message: line('one'), ...facts })).toBeDefined();
  });
});

it('a late failure of a mail is told of each of its lines, but not of those that were taken back', async () => {
  const { store } = openHere();
  const bridge = bridgeOn(store, 20 * S);
  for (const message of [line('one'), line('two'), takesBack('one'), line('three')]) await bridge.accept(message, [route]);
  const [lane] = await store.claim('smtp', 9, 9, T0 + 20 * S);
  const ended = lane!.deliveries.map(({ seq }) => ({ seq, state: 'handed-over' as const }));
  await store.settle({ lane: lane!.lane, ended, deferred: [], reports: [], dueAt: T0, at: T0 });
  for (let i = 0; i < 2; i++) await bridge.reported(lane!.deliveries[0]!.message.id, romeo, 'failed', Failure.permanent('no-such-recipient', 'No such user.'));
  const told = (await store.claim('xmpp', 9, 9, T0)).flatMap(({ deliveries }) => deliveries.map(({ message }) => message.report?.about.ids.stanza));
  expect(told).toEqual(['two', 'three']);
});

