import { onTestFinished, describe, expect, it } from 'vitest';
import { formatJid, type Jid } from '../../src/address.js';
import type { Outcome } from '../../src/edge.js';
import type { Delivery } from '../../src/message.js';
import { Homecoming, type HomecomingParts } from '../../src/queue/homecoming.js';
import { openHere, quiet } from '../store/files.js';
import { jid, juliet, letter, mail, T0 } from '../store/samples.js';
import { until } from './outlet.js';

const nameOf = (user: Jid): string => formatJid(user);

interface World extends Partial<HomecomingParts> {
  /** ms between looks at who is home. */
  readonly pause?: number;
}

/** A homecoming on a real store, an outlet that takes all, and clients that read all. */
function world({ pause = 60_000, ...parts }: World = {}) {
  const { store } = openHere();
  const home = new Set<string>();
  const sent: string[] = [];
  const read = { proves: true };
  const make = async (): Promise<Homecoming> => {
    const homecoming = new Homecoming(
      {
        store,
        outlet: { ready: true, deliver: ({ message }: Delivery) => (sent.push(message.text), Promise.resolve<Outcome>({ state: 'handed-over' })) },
        clock: () => T0,
        log: quiet,
        retry: { schedule: [60_000], jitter: 0 },
        rate: 100_000,
        reportFor: () => undefined,
        wake: () => undefined,
        isHome: (user) => home.has(nameOf(user)),
        hasRead: () => Promise.resolve(read.proves),
        look: () => ({ free: false, policy: 'auto' }),
        ...parts,
      },
      pause,
    );
    await homecoming.load();
    homecoming.start();
    onTestFinished(() => homecoming.stop(1_000));
    return homecoming;
  };
  const hold = (text: string, from = mail('romeo'), to = juliet) => store.accept([letter(from, to, { text, delivery: { hold: 'away' } })]);
  return { store, home, sent, read, make, hold };
}

const JULIET = nameOf(juliet);

describe('who comes home', () => {
  it('gets what was held in order, over all senders, also more than a chunk', async () => {
    const { store, home, sent, make, hold } = world();
    const texts = Array.from({ length: 90 }, (_, i) => `${i}`);
    for (const [i, text] of texts.entries()) await hold(text, mail(`sender${i % 3}`));
    const homecoming = await make();
    homecoming.comes(JULIET);
    expect(sent).toEqual([]);
    home.add(JULIET);
    homecoming.comes(JULIET);
    await until(() => expect(homecoming.has(JULIET)).toBe(false));
    expect(sent).toEqual(texts);
    expect(await store.holds.count(juliet)).toBe(0);
  });

  it('gets it again, the same, when he did not show that he read: when he comes anew, and after a pause', async () => {
    const { store, home, sent, read, make, hold } = world({ pause: 50 });
    await hold('a');
    await hold('b');
    const homecoming = await make();
    read.proves = false;
    home.add(JULIET);
    homecoming.comes(JULIET);
    await until(() => expect(homecoming.stats.unproven).toBe(2));
    await hold('c');
    homecoming.held(JULIET);
    expect(await store.holds.count(juliet)).toBe(3);
    read.proves = true;
    await until(() => expect(homecoming.has(JULIET)).toBe(false));
    expect(sent).toEqual(['a', 'b', 'a', 'b', 'c']);
  });

  it('gets what could not go while he came at once when it can, not after a pause', async () => {
    const outlet = { ready: false, deliver: ({ message }: Delivery) => (sent.push(message.text), Promise.resolve<Outcome>({ state: 'handed-over' })) };
    const { home, sent, make, hold } = world({ outlet });
    await hold('a');
    const homecoming = await make();
    home.add(JULIET);
    homecoming.comes(JULIET);
    outlet.ready = true;
    homecoming.lookAround();
    await until(() => expect(homecoming.has(JULIET)).toBe(false));
    expect(sent).toEqual(['a']);
  });

  it('who does not read is not written to for each new message', async () => {
    const { home, sent, read, make, hold } = world();
    await hold('a');
    const homecoming = await make();
    read.proves = false;
    home.add(JULIET);
    homecoming.comes(JULIET);
    await until(() => expect(homecoming.stats.unproven).toBe(1));
    for (let i = 0; i < 10; i++) {
      await hold('more');
      homecoming.held(JULIET);
    }
    expect(sent).toEqual(['a']);
    homecoming.comes(JULIET);
    await until(() => expect(sent).toHaveLength(12));
  });

  it('keeps the rest when he goes half way', async () => {
    const { store, home, sent, make, hold } = world({ hasRead: () => (home.delete(JULIET), Promise.resolve(true)) });
    for (let i = 0; i < 50; i++) await hold(`${i}`);
    const homecoming = await make();
    home.add(JULIET);
    homecoming.comes(JULIET);
    await until(async () => expect(await store.holds.count(juliet)).toBe(30));
    expect(sent).toHaveLength(20);
    expect(homecoming.has(JULIET)).toBe(true);
  });

  it('who goes before he has shown that he read is not waited for', async () => {
    const { home, sent, make, hold } = world({ hasRead: () => (home.delete(JULIET) ? new Promise(() => undefined) : Promise.resolve(true)) });
    await hold('a');
    const homecoming = await make();
    home.add(JULIET);
    homecoming.comes(JULIET);
    await until(() => expect(home.size).toBe(0));
    homecoming.leaves(JULIET);
    await until(() => expect(homecoming.stats.unproven).toBe(1));
    expect(sent).toEqual(['a']);
  });

  it('gets what came meanwhile behind it, and never two at once', async () => {
    let proofs = 0;
    const { store, home, sent, make, hold } = world({
      hasRead: async () => {
        if (proofs++ === 0) await store.accept([letter(mail('romeo'), juliet, { text: 'meanwhile' })]);
        return true;
      },
    });
    for (let i = 0; i < 30; i++) await hold(`${i}`);
    const homecoming = await make();
    home.add(JULIET);
    for (let i = 0; i < 5; i++) homecoming.comes(JULIET);
    await until(() => expect(homecoming.has(JULIET)).toBe(false));
    expect(sent).toEqual([...Array.from({ length: 30 }, (_, i) => `${i}`), 'meanwhile']);
  });

  it('is one of a bounded number, and all get theirs', async () => {
    let atOnce = 0;
    let most = 0;
    const { store, home, make, hold } = world({
      hasRead: async () => {
        most = Math.max(most, ++atOnce);
        await new Promise((resolve) => setTimeout(resolve, 5));
        atOnce--;
        return true;
      },
    });
    const users = Array.from({ length: 500 }, (_, i) => jid(`user${i}`));
    await Promise.all(users.map((user) => hold('a', mail('romeo'), user)));
    const homecoming = await make();
    for (const user of users) home.add(nameOf(user));
    for (const user of users) homecoming.comes(nameOf(user));
    await until(async () => expect(await store.holds.users()).toEqual([]));
    expect(most).toBeLessThanOrEqual(200);
    expect(homecoming.stats.taken).toBe(500);
  });

  it('is not written to faster than the rate', async () => {
    const { home, make, hold } = world({ rate: 100 });
    for (let i = 0; i < 60; i++) await hold(`${i}`);
    const homecoming = await make();
    const begun = performance.now();
    home.add(JULIET);
    homecoming.comes(JULIET);
    await until(() => expect(homecoming.has(JULIET)).toBe(false));
    expect(performance.now() - begun).toBeGreaterThan(290);
  });

  it('has his queue let go when it may go another way', async () => {
    const { store, make, hold } = world({ pause: 20, look: () => ({ free: true, policy: 'pass' }) });
    await hold('a');
    const homecoming = await make();
    await until(() => expect(homecoming.has(JULIET)).toBe(false));
    expect(await store.claim('xmpp', 9, 9, T0)).toHaveLength(1);
  });
});
