import { describe, expect, it, onTestFinished } from 'vitest';
import { Preferences } from '../../src/bridge/preferences.js';
import { Whereabouts } from '../../src/presence/whereabouts.js';
import { createAway } from '../../src/queue/away.js';
import type { Queue } from '../../src/queue/queue.js';
import { quiet } from '../store/files.js';
import { DAY, HOUR, jid, juliet, letter, mail, romeo, T0 } from '../store/samples.js';
import { TestOutlet, testQueue, until } from './outlet.js';

const mailbox = mail('juliet.reads');

/** The queue of the XMPP outlet on a real store, with all that is done for who is away. */
function world(bound?: typeof mailbox) {
  const whereabouts = new Whereabouts(() => T0);
  const outlet = Object.assign(new TestOutlet(), { name: 'xmpp' as const, keepsOrder: true });
  const made = testQueue(() => away.forQueue);
  const { store, time } = made;
  const away = createAway({
    ...{ store, outlet, whereabouts, log: quiet, clock: () => time.now },
    reportFor: () => undefined,
    wake: () => undefined,
    retry: { schedule: [60_000], jitter: 0 },
    rate: 1_000,
    quota: 9,
    lifetime: DAY,
    gateway: { domain: 'gw.example', home: 'capulet.example', separator: '%' },
    preferences: new Preferences([], store, {}),
    forwarding: { forward: () => Promise.resolve(undefined), onRequest: () => Promise.reject(new Error('nobody asked')) },
    hasRead: () => Promise.resolve(true),
    verifiedMailboxOf: () => Promise.resolve(bound),
  });
  away.homecoming.start();
  onTestFinished(() => away.homecoming.stop(1_000));
  return { ...made, outlet, whereabouts };
}

async function heldTwo({ store, time, whereabouts, make }: ReturnType<typeof world>): Promise<Queue> {
  whereabouts.unavailable(juliet);
  await store.accept([letter(romeo, juliet, { text: 'a' }), letter(mail('nurse'), juliet, { text: 'b' })]);
  const queue = make();
  queue.start();
  await until(() => expect(queue.stats.held).toBe(2));
  expect(time.now).toBe(T0);
  return queue;
}

describe('what waits for somebody', () => {
  it('is told at his mailbox a day before it ends, once, and never to the senders as a delay', async () => {
    const made = world(mailbox);
    const queue = await heldTwo(made);
    made.time.now = T0 + 13 * DAY;
    await until(() => expect(queue.stats.warned).toBe(2));
    const told = (await made.store.claim('smtp', 9, 9, T0 + 13 * DAY)).flatMap(({ deliveries }) => deliveries);
    expect(told.map(({ recipient }) => recipient)).toEqual([mailbox]);
    expect(told[0]!.message).toMatchObject({ source: 'gateway', subject: 'Messages wait for you in chat' });
    expect(told[0]!.message.text).toContain('2 messages');
    expect(made.facts).toEqual([]);
  });

  it('is told to the senders when it ends', async () => {
    const made = world();
    const queue = await heldTwo(made);
    made.time.now = T0 + 14 * DAY;
    await until(() => expect(queue.stats.expired).toBe(2));
    expect(made.facts.map(({ state, failure }) => [state, failure?.status])).toEqual([['failed', '5.4.7'], ['failed', '5.4.7']]);
  });

  it('goes when he comes, and what is written then goes at once', async () => {
    const made = world();
    const queue = await heldTwo(made);
    made.whereabouts.available(jid('juliet', 'phone'), { priority: 0 });
    await until(() => expect(made.outlet.tried).toEqual(['a', 'b']));
    await until(async () => expect(await made.store.holds.users()).toEqual([]));
    await made.store.accept([letter(romeo, juliet, { text: 'c', acceptedAt: T0 - HOUR })]);
    queue.wake();
    await until(() => expect(made.outlet.tried).toEqual(['a', 'b', 'c']));
  });
});
