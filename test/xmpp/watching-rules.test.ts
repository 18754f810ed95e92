/** What is asked of whom, when things happen in between. How servers take it is in watching.test.ts. */
import type { Element } from '@xmpp/xml';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { WatchedUser } from '../../src/edge.js';
import { Whereabouts } from '../../src/presence/whereabouts.js';
import { Aside } from '../../src/xmpp/aside.js';
import { Watching } from '../../src/xmpp/watching.js';
import { jid } from '../address/parsed.js';
import { MemoryWatched, recordingLog } from './harness.js';

const GATEWAY = { domain: 'gw.test', home: 'home.test', separator: '%' } as const;
const juliet = jid('juliet@home.test');
const romeo = jid('romeo@home.test');
const ann = jid('ann%shop.example@gw.test');
const bob = jid('bob%shop.example@gw.test');
const row = (user: string, state: WatchedUser['state']): WatchedUser => ({ user: `${user}@home.test`, by: 'ann%shop.example@gw.test', state });

/** @param rosters absent: they cannot be written; else what becomes of it */
function stage({ rows = [], room = () => Promise.resolve(), rosters, shares = new Aside(1, 0) }: { rows?: WatchedUser[]; room?: () => Promise<void>; rosters?: () => Promise<boolean>; shares?: Aside } = {}) {
  const watched = new MemoryWatched();
  for (const one of rows) watched.rows.set(one.user, one);
  const sent: string[] = [];
  const unseen: string[] = [];
  const link = { connected: true };
  const whereabouts = new Whereabouts(() => 0);
  const watching = new Watching({
    ...{ watched, whereabouts, gateway: GATEWAY, log: recordingLog().log, shares, room },
    get connected() {
      return link.connected;
    },
    canShare: () => rosters !== undefined,
    share: rosters ?? (() => Promise.resolve(false)),
    confirmed: () => undefined,
    unseen: ({ local }) => void unseen.push(local),
    send: ({ attrs }: Element) => void sent.push(`${attrs.type} ${attrs.from?.split('%')[0]} ${attrs.to?.split('@')[0]}`),
    pong: () => Promise.resolve(),
  });
  return { watching, watched, sent, unseen, link, whereabouts };
}

/** Something that ends when it is told to. */
function held<T>() {
  let end: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => (end = resolve));
  return { promise, end };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a link-up does not ask who has refused, or gone, while others were asked', async () => {
  const turn = held<void>();
  const { watching, sent } = stage({ rows: [row('juliet', 'seen'), row('romeo', 'asked'), row('nurse', 'asked'), row('paris', 'refused')], room: () => turn.promise });
  const round = watching.online();
  await vi.advanceTimersByTimeAsync(0);
  await watching.unsubscribed(juliet, ann);
  await watching.left(romeo);
  turn.end();
  await round;
  expect(sent).toEqual(['subscribe ann nurse']);
});

it('where too many wait for a roster nothing is kept, and the next presence asks again', async () => {
  const first = held<boolean>();
  const { watching, watched, sent } = stage({ rosters: () => first.promise });
  await watching.ask(juliet, ann);
  await watching.ask(romeo, ann);
  expect(watched.rows.size).toBe(0);
  first.end(true);
  await vi.advanceTimersByTimeAsync(0);
  await watching.ask(romeo, ann);
  await vi.advanceTimersByTimeAsync(0);
  expect([...watched.rows.values()].map(({ user, state }) => `${user} ${state}`)).toEqual(['juliet@home.test seen', 'romeo@home.test seen']);
  expect(sent).toEqual(['probe ann juliet', 'probe ann romeo']);
});

it('of two contacts one writes the roster, and a link-up meanwhile asks nobody', async () => {
  const first = held<boolean>();
  const rosters = vi.fn(() => first.promise);
  const { watching, sent } = stage({ rosters, shares: new Aside(5, 5) });
  await watching.ask(juliet, ann);
  await watching.ask(juliet, bob);
  await watching.online();
  expect(rosters).toHaveBeenCalledTimes(1);
  expect(sent).toEqual([]);
  first.end(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(sent).toEqual(['subscribe ann juliet']);
});

it('a roster that was written too late makes nobody seen who has gone, or of whom the link knows nothing', async () => {
  const writings = [held<boolean>(), held<boolean>()] as const;
  const rosters = vi.fn(() => Promise.resolve(false)).mockReturnValueOnce(writings[0].promise).mockReturnValueOnce(writings[1].promise);
  const { watching, watched, link, sent } = stage({ rosters, shares: new Aside(5, 5) });
  await watching.ask(juliet, ann);
  await watching.ask(romeo, ann);
  await watching.left(juliet);
  link.connected = false;
  writings[0].end(true);
  writings[1].end(false);
  await vi.advanceTimersByTimeAsync(0);
  expect([watched.rows.size, sent]).toEqual([0, []]);
  link.connected = true;
  await watching.ask(romeo, bob);
  await vi.advanceTimersByTimeAsync(0);
  expect(sent).toEqual(['subscribe bob romeo']);
});

it('who has taken it back is unknown and stays refused, also when the contact goes later', async () => {
  const { watching, watched, unseen } = stage({ rows: [row('juliet', 'asked')] });
  await watching.subscribed(juliet, ann);
  await watching.unsubscribed(juliet, ann);
  expect(unseen).toEqual(['juliet']);
  expect(await watching.refuses(juliet)).toBe(true);
  await watching.wrote(juliet, bob);
  await vi.advanceTimersByTimeAsync(3_000);
  await watching.forget(juliet, ann);
  await watching.ask(juliet, bob);
  expect([...watched.rows.values()]).toMatchObject([{ state: 'refused' }]);
});

it('who removes the contact, which begins the same, has refused nothing', async () => {
  const { watching, sent } = stage({ rows: [row('juliet', 'asked')] });
  await watching.subscribed(juliet, ann);
  await watching.unsubscribed(juliet, ann);
  await watching.forget(juliet, ann);
  await watching.ask(juliet, bob);
  expect(sent).toEqual(['probe ann juliet', 'subscribe bob juliet']);
});

it('a client that is there of which nothing is told shows that the subscription is lost', async () => {
  const { watching, unseen, sent } = stage({ rows: [row('juliet', 'asked')] });
  await watching.subscribed(juliet, ann);
  watching.client(jid('juliet@home.test/phone'));
  watching.heard(juliet, bob);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(unseen).toEqual(['juliet']);
  expect(sent).toEqual(['probe ann juliet', 'subscribe ann juliet']);
});

it('a client that came and went at once, as we were told, shows nothing of the kind', async () => {
  const { watching, unseen, sent } = stage({ rows: [row('juliet', 'asked')] });
  await watching.subscribed(juliet, ann);
  watching.client(jid('juliet@home.test/phone'));
  watching.client(jid('juliet@home.test/desk'));
  watching.heard(juliet, ann);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(unseen).toEqual([]);
  expect(sent).toEqual(['probe ann juliet']);
});

it('what was to be looked at later is let be when the contact has gone', async () => {
  const { watching, sent, whereabouts } = stage({ rows: [row('juliet', 'asked')] });
  await watching.subscribed(juliet, ann);
  watching.client(jid('juliet@home.test/phone'));
  await watching.forget(juliet, ann);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(sent).toEqual(['probe ann juliet']);
  expect(whereabouts.standing(juliet)).toBe('unknown');
});
