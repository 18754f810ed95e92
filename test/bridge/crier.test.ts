/** Announcements on a real store: who gets them, and that each gets them once, whatever ends in between. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseJid, type Jid } from '../../src/address.js';
import { makeAnnouncement } from '../../src/bridge/announcement.js';
import { announce, endAnnouncement } from '../../src/bridge/announcing.js';
import { announceCommands } from '../../src/bridge/command/announce.js';
import { Crier } from '../../src/bridge/crier.js';
import { isFailure, type Failure } from '../../src/failure.js';
import { Whereabouts } from '../../src/presence/whereabouts.js';
import type { SqliteStore } from '../../src/store/sqlite.js';
import { waitUntil } from '../servers/wait.js';
import { openHere, quiet } from '../store/files.js';
import { T0 } from '../store/samples.js';

const DEADLINE = 10_000;
const HOUR = 3_600_000;
const gateway = { domain: 'mail.capulet.example', home: 'capulet.example', separator: '%' } as const;

function jid(text: string): Jid {
  const parsed = parseJid(text);
  if (isFailure(parsed)) throw new Error(parsed.text);
  return parsed;
}

function good<T>(value: T | Failure): T {
  if (isFailure(value)) throw new Error(value.text);
  return value;
}

function world() {
  const { store, db } = openHere();
  let now = T0;
  const clock = (): number => now;
  const whereabouts = new Whereabouts(clock);
  let woken = 0;
  const crier = (): Crier => {
    const one = new Crier({ announcements: store.announcements, whereabouts, gateway, clock, log: quiet, wake: () => woken++ });
    onTestFinished(() => one.stop());
    return one;
  };
  const wish = { text: 'Hear, hear', lifetime: '1h', audience: '', author: '', now: T0 };
  return {
    store,
    db,
    whereabouts,
    crier,
    clock,
    woken: () => woken,
    at: (time: number) => (now = time),
    knows: (user: string) => store.setPreferences({ user, set: { burst: 0 } }),
    watches: (user: string) => store.watched.watch({ user, by: gateway.domain, state: 'seen' }),
    comes: (user: string) => whereabouts.available(jid(`${user}/phone`), { priority: 0 }),
    announce: async (more: Partial<typeof wish> = {}) => good(await announce({ ...wish, ...more }, store.announcements)),
  };
}

async function told(store: SqliteStore): Promise<string[]> {
  return (await store.list({ limit: 1_000 })).map(({ recipient }) => recipient).sort();
}

describe('an announcement', () => {
  it('goes at once to who is online and to who is nobody to be seen, later to who is watched or away, once each', async () => {
    const { store, whereabouts, crier, knows, watches, comes, announce: make, woken } = world();
    for (const user of ['online@c.example', 'unseen@c.example']) await knows(user);
    for (const user of ['watched@c.example', 'away@c.example']) await watches(user);
    comes('online@c.example');
    comes('unregistered@c.example');
    whereabouts.unavailable(jid('away@c.example'));
    await make();
    const one = crier();
    await one.look();
    const first = ['online@c.example', 'unregistered@c.example', 'unseen@c.example'];
    await waitUntil('they are told', async () => (await told(store)).length === first.length, DEADLINE);
    expect(await told(store)).toEqual(first);
    expect(woken()).toBeGreaterThan(0);
    for (const user of ['away@c.example', 'away@c.example', 'watched@c.example', 'new@c.example', 'online@c.example']) comes(user);
    whereabouts.unavailable(jid('away@c.example'));
    comes('away@c.example');
    const all = [...first, 'away@c.example', 'new@c.example', 'watched@c.example'].sort();
    await waitUntil('they are told', async () => (await told(store)).length >= all.length, DEADLINE);
    expect(await told(store)).toEqual(all);
    // At the next start those who had it do not keep it from those who had not.
    await one.stop();
    comes('late@c.example');
    await crier().look();
    await waitUntil('the late one is told', async () => (await told(store)).includes('late@c.example'), DEADLINE);
    expect(await told(store)).toEqual([...all, 'late@c.example'].sort());
  });

  it('reaches each of many once though the process ends in the middle, time and again', async () => {
    const { store, crier, knows, announce: make } = world();
    const users = Array.from({ length: 450 }, (_, i) => `user${String(i).padStart(4, '0')}@c.example`);
    await Promise.all(users.map(knows));
    await make();
    for (const enough of [1, 150, 300]) {
      const one = crier();
      await one.look();
      await waitUntil('some have it', async () => (await told(store)).length >= enough, DEADLINE);
      await one.stop();
      expect((await told(store)).length).toBeLessThan(users.length);
    }
    await crier().look();
    await waitUntil('all have it', async () => (await told(store)).length >= users.length, DEADLINE);
    expect(await told(store)).toEqual(users);
  });

  it('for a list goes to nobody else', async () => {
    const { store, crier, comes, announce: make } = world();
    await make({ audience: 'Juliet@c.example/phone, nurse@c.example\njuliet@c.example' });
    const one = crier();
    await one.look();
    for (const user of ['juliet@c.example', 'romeo@c.example', 'nurse@c.example']) comes(user);
    await waitUntil('they are told', async () => (await told(store)).length === 2, DEADLINE);
    expect(await told(store)).toEqual(['juliet@c.example', 'nurse@c.example']);
  });

  it('ends with its lifetime: what waits of it expires then, and nothing is kept of it', async () => {
    const { store, db, crier, comes, at, announce: make } = world();
    await make();
    const one = crier();
    await one.look();
    comes('juliet@c.example');
    await waitUntil('she is told', async () => (await told(store)).length === 1, DEADLINE);
    expect((await store.list({ limit: 1 }))[0]?.expiresAt).toBe(T0 + HOUR);
    at(T0 + HOUR);
    comes('romeo@c.example');
    await one.look();
    await one.stop();
    expect(await told(store)).toEqual(['juliet@c.example']);
    while (await store.prune(T0 + HOUR));
    expect(db.prepare('SELECT (SELECT COUNT(*) FROM announced) + (SELECT COUNT(*) FROM announcements)').pluck().get()).toBe(0);
  });

  it('that is ended is taken out of the queue as well', async () => {
    const { store, crier, comes, announce: make } = world();
    const { id } = await make();
    const one = crier();
    await one.look();
    comes('juliet@c.example');
    await waitUntil('she is told', async () => (await told(store)).length === 1, DEADLINE);
    expect(await endAnnouncement(id, T0 + 1, store.announcements)).toBe(true);
    expect(await endAnnouncement(id, T0 + 1, store.announcements)).toBe(false);
    expect((await store.list({ limit: 1 }))[0]?.state).toBe('failed');
    expect((await store.counts(T0)).waiting.xmpp).toBe(0);
  });

  it('keeps its lifetime when the clock is set', async () => {
    const { store, announce: make } = world();
    await make();
    await store.shift(10 * HOUR);
    expect(await store.announcements.currentAnnouncements(T0 + 10 * HOUR)).toHaveLength(1);
  });
});

describe('the wish for one', () => {
  const wish = { text: 'x', lifetime: '', audience: '', author: '', now: T0 };

  it.each([
    ['no text', { text: ' \n ' }],
    ['too long a text', { text: 'x'.repeat(5_001) }],
    ['no lifetime', { lifetime: 'for ever' }],
    ['a lifetime of nothing', { lifetime: '0d' }],
    ['more than a year', { lifetime: '400d' }],
    ['a domain in the list', { audience: 'c.example' }],
    ['no JID in the list', { audience: 'a@b@c' }],
  ])('is refused with %s', (_, more) => {
    expect(isFailure(makeAnnouncement({ ...wish, ...more }))).toBe(true);
  });

  it('is bounded in number', async () => {
    const { store } = openHere();
    for (let i = 0; i < 20; i++) good(await announce(wish, store.announcements));
    expect(isFailure(await announce(wish, store.announcements))).toBe(true);
  });

  it.each([
    ['the relay moves', { lifetime: '', audience: '', announcement: 'the relay moves' }],
    ['3d the relay moves', { lifetime: '3d', audience: '', announcement: 'the relay moves' }],
    ['3d to a@c.example,b@c.example the relay\nmoves', { lifetime: '3d', audience: 'a@c.example,b@c.example', announcement: 'the relay\nmoves' }],
    ['to all who read this', { lifetime: '', audience: '', announcement: 'to all who read this' }],
  ])('is read from the line "announce %s"', (line, values) => {
    const [command] = announceCommands({ announcements: openHere().store.announcements, clock: () => T0, changed: () => undefined });
    expect(command?.read?.(line)).toEqual(values);
  });
});
