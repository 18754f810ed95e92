/** When users are looked for, and which answers count. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Jid } from '../../src/address.js';
import { Whereabouts } from '../../src/presence/whereabouts.js';
import { Looks } from '../../src/xmpp/looks.js';
import { jid } from '../address/parsed.js';

const EVERY = 60_000;
const juliet = jid('juliet@example.test');
const phone = jid('juliet@example.test/phone');
const gateway = jid('gw.example');

function stage({ isManaged = false, answers = true } = {}) {
  let by: string | undefined = 'gw.example';
  const whereabouts = new Whereabouts(() => Date.now());
  const sent: string[] = [];
  const probed: string[] = [];
  const mind = { answers };
  const answer = (who: Jid = phone): void => whereabouts.available(who, { priority: 0, seen: true });
  const looks = new Looks({
    whereabouts,
    watching: { subscriber: () => by, sees: (ours) => by !== undefined && ours.local === '' },
    isManaged: () => isManaged,
    every: EVERY,
    send: (stanza) => {
      sent.push(String(stanza.attrs.from));
      probed.push(String(stanza.attrs.to));
      if (mind.answers) setTimeout(() => answer(jid(`${String(stanza.attrs.to)}/phone`)), 10);
      return undefined;
    },
    pong: () => Promise.resolve(),
  });
  looks.add(juliet);
  looks.start();
  answer();
  const isSeen = (): boolean => whereabouts.clients(juliet).some(({ seen }) => seen === true);
  return { looks, whereabouts, sent, probed, mind, answer, isSeen, revoke: () => (by = undefined), speakFor: (name: string) => (by = name) };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('an answer that comes after the user has taken back his leave shows nothing', () => {
  const { looks, revoke } = stage();
  expect(looks.shows({ ...gateway, resource: 'look' }, phone)).toBe(true);
  revoke();
  expect(looks.shows({ ...gateway, resource: 'look' }, phone)).toBe(false);
});

it('who is followed live is looked for soon, not more often than every five seconds, and no more when he is forgotten', async () => {
  const { looks, sent } = stage();
  const told = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      looks.watch(juliet);
      await vi.advanceTimersByTimeAsync(1_000);
    }
  };
  await told(5);
  expect(sent).toEqual([]);
  await told(1);
  expect(sent).toHaveLength(1);
  await told(12);
  expect(sent).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(EVERY / 2);
  expect(sent).toHaveLength(3);
  looks.watch(juliet);
  looks.remove(juliet);
  looks.watch(juliet);
  looks.add(juliet);
  await vi.advanceTimersByTimeAsync(EVERY / 2);
  expect(sent).toHaveLength(3);
  looks.stop();
});

it('who is followed live holds up neither those with a hint nor the others, however many there are', async () => {
  const { looks, sent } = stage();
  const crowd = Array.from({ length: 1_000 }, (_, i) => jid(`user${i}@example.test`));
  for (const user of crowd) looks.add(user);
  await vi.advanceTimersByTimeAsync(EVERY - 500);
  for (const user of crowd.slice(100)) looks.watch(user);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent.length).toBeGreaterThan(4 * 50);
  expect(sent.length).toBeLessThanOrEqual(4 * 200);
  looks.stop();
});

it('he is looked for in time also where the clock of the machine is set back', async () => {
  const { looks, sent } = stage();
  await pass(EVERY + 1_000);
  expect(sent).toEqual(['gw.example/look']);
  vi.setSystemTime(Date.now() - 3_600_000);
  await pass(EVERY + 1_000);
  expect(sent).toHaveLength(3);
  looks.stop();
});

describe('managed presence', () => {
  it('shows nothing by itself: it is a hint to look, once, at who is followed', async () => {
    const { looks, probed } = stage({ isManaged: true });
    for (let i = 0; i < 20; i++) expect([looks.shows(gateway, phone), looks.shows(gateway, jid('romeo@example.test/x'))]).toEqual([false, false]);
    await pass(1_000);
    expect(probed).toEqual(['juliet@example.test']);
    expect(looks.shows({ ...gateway, resource: 'look' }, phone)).toBe(true);
    expect(looks.shows({ ...gateway, local: 'romeo%mail.test' }, phone)).toBe(false);
    await pass(EVERY / 2);
    expect(probed).toHaveLength(1);
    looks.stop();
  });

  it('of who is followed no more, or of before the link was lost, is no hint', async () => {
    const { looks, probed } = stage({ isManaged: true });
    looks.shows(gateway, phone);
    looks.remove(juliet);
    looks.add(juliet);
    await pass(1_000);
    looks.shows(gateway, phone);
    looks.stop();
    looks.start();
    await pass(1_000);
    expect(probed).toEqual([]);
    looks.stop();
  });
});

describe('who does not answer', () => {
  it('is asked once more before he is hidden, soon', async () => {
    const { looks, probed, mind, isSeen } = stage();
    mind.answers = false;
    await pass(EVERY + 500);
    expect([probed.length, isSeen()]).toEqual([1, true]);
    await pass(3_500);
    expect([probed.length, isSeen()]).toEqual([2, true]);
    await pass(3_500);
    expect([probed.length, isSeen()]).toEqual([2, false]);
    looks.stop();
  });

  it('once, and then does, stays seen', async () => {
    const { looks, mind, answer, isSeen } = stage();
    mind.answers = false;
    await pass(EVERY + 500);
    answer();
    await pass(EVERY - 5_000);
    expect(isSeen()).toBe(true);
    looks.stop();
  });

  it('on a link that is lost is not said to be silent', async () => {
    const { looks, mind, isSeen, probed } = stage();
    mind.answers = false;
    await pass(EVERY + 500);
    looks.stop();
    looks.start();
    await pass(5_000);
    looks.stop();
    looks.start();
    await pass(5_000);
    expect([probed.length, isSeen()]).toEqual([1, true]);
    looks.stop();
  });

  it('with a client that only told some of ours has nothing to lose', async () => {
    const { looks, whereabouts, mind } = stage();
    mind.answers = false;
    whereabouts.unavailable(jid('juliet@example.test'));
    whereabouts.available(jid('juliet@example.test/desk'), { priority: 0 });
    const told: string[] = [];
    whereabouts.on('changed', (user) => told.push(user.local));
    await pass(3 * EVERY);
    expect(told).toEqual([]);
    looks.stop();
  });
});

it('nobody is asked who has no client, nor by a JID of ours that is none', async () => {
  const { looks, probed, whereabouts, speakFor, answer } = stage();
  whereabouts.unavailable(jid('juliet@example.test'));
  await pass(3 * EVERY);
  expect(probed).toEqual([]);
  speakFor('@');
  answer();
  await pass(3 * EVERY);
  expect(probed).toEqual([]);
  looks.stop();
});

it('many are asked a few at a time, those that there is a hint for first', async () => {
  const { looks, probed, answer } = stage({ isManaged: true });
  const names = Array.from({ length: 400 }, (_, i) => `u${i}@example.test`);
  for (const name of names) {
    looks.add(jid(name));
    answer(jid(`${name}/phone`));
  }
  await pass(EVERY - 250);
  expect(probed).toEqual([]);
  for (const name of names.slice(250)) looks.shows(gateway, jid(`${name}/phone`));
  await pass(250);
  expect([probed.length, probed[0], new Set(probed.slice(0, 100)).size]).toEqual([150, 'u250@example.test', 100]);
  await pass(1_000);
  expect(new Set(probed).size).toBe(401);
  looks.stop();
});
