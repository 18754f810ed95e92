/** Own addresses on a real store: whoever had asked for a name has no hold on it when it is another's; the clock is the test's. */
import { describe, expect, it } from 'vitest';
import type { Jid } from '../../src/address.js';
import { Aliases } from '../../src/bridge/aliases.js';
import { OwnAddressBook } from '../../src/bridge/own-address.js';
import type { AccessRules } from '../../src/bridge/policy.js';
import type { Alias } from '../../src/store/aliases.js';
import type { Store } from '../../src/store/store.js';
import { openHere, quiet } from '../store/files.js';
import { DAY, jid, juliet, T0 } from '../store/samples.js';
import { rules as plain } from './on-store.js';

const nurse = jid('nurse');

async function setUp(store: Store = openHere().store) {
  const time = { now: T0 };
  const rules: AccessRules = { ...plain, admins: [jid('prince')] };
  const aliases = new Aliases({ store: store.aliases, rules, clock: () => time.now });
  await aliases.load();
  const inUse = { names: (): Promise<'unused' | undefined> => Promise.resolve('unused') };
  const told: string[] = [];
  const book = new OwnAddressBook({ aliases, rules, rule: 'free', clock: () => time.now, log: quiet, inUse: () => inUse.names(), send: ({ message }) => Promise.resolve(told.push(message.text)) });
  const kept = async (): Promise<string[]> => (await store.aliases.allAliases()).filter(({ gone }) => gone !== true).map(({ user, kind, local }) => `${user} ${kind} ${local}`).sort();
  const wish = async (user: Jid, name: string): Promise<void> => {
    inUse.names = () => Promise.resolve(undefined);
    await book.ask(user, name);
    inUse.names = () => Promise.resolve('unused');
  };
  return { store, time, aliases, book, inUse, told, kept, wish };
}

describe('a name that another has now', () => {
  it('is not given up by who had asked for it, long ago', async () => {
    const { time, aliases, book, kept, wish } = await setUp();
    await wish(juliet, 'angelica');
    time.now += 31 * DAY;
    expect(await book.ask(nurse, 'angelica')).toMatch(/^Your own address is angelica@/);
    expect(book.of(juliet)).toBeUndefined();
    expect(await book.none(juliet)).toBe('You have no address of your own.');
    aliases.forget(juliet);
    expect(book.of(nurse)?.local).toBe('angelica');
    expect(await kept()).toEqual(['nurse@capulet.example own angelica']);
  });

  it('is not erased with the wish that had lapsed before', async () => {
    const { time, aliases, book, kept, wish } = await setUp();
    await wish(nurse, 'aaron');
    await wish(juliet, 'angelica');
    time.now += 31 * DAY;
    const [, lapsed] = aliases.known();
    if (lapsed === undefined) throw new Error('no wish');
    await book.ask(nurse, 'angelica');
    await aliases.erase(lapsed);
    expect(await kept()).toContain('nurse@capulet.example own angelica');
  });

  it('is not taken by who was slower', async () => {
    const { store } = openHere();
    const row = (i: number): Alias => ({ local: `juliet+${i}`, user: 'juliet@capulet.example', kind: 'alias', note: '', madeAt: T0 + i, gone: true });
    for (let i = 0; i < 50; i++) await store.aliases.putAlias(row(i));
    const { book, kept } = await setUp(store);
    await Promise.all([book.ask(juliet, 'angelica'), book.ask(nurse, 'angelica')]);
    expect(await kept()).toEqual(['nurse@capulet.example own angelica']);
    expect([book.of(juliet), book.of(nurse)?.local]).toEqual([undefined, 'angelica']);
  });
});

it('who asked for another address, and was not answered because the gateway ended, gets it when he asks again', async () => {
  const { store } = openHere();
  const row = (local: string, madeAt: number): Alias => ({ local, user: 'juliet@capulet.example', kind: 'own', note: '', madeAt });
  for (const one of [row('capulet', T0), row('montecchi', T0 + 1)]) await store.aliases.putAlias(one);
  const { book, kept } = await setUp(store);
  expect(await book.ask(juliet, 'montecchi')).toMatch(/^Your own address is montecchi@/);
  expect(await kept()).toEqual(['juliet@capulet.example own montecchi']);
});

it('a user whose name is somebody’s alias does not write by that alias', async () => {
  const { aliases, book, told } = await setUp();
  const made = await aliases.make(juliet, 'shop');
  if (!('local' in made)) throw new Error('no alias');
  const namesake = jid(made.local);
  expect(aliases.plainOf(namesake)).toEqual({ kind: 'mail', local: `${made.local}%capulet.example`, domain: 'gw.example' });
  book.seen({ ...namesake, resource: 'x' });
  await book.stop();
  expect(told).toEqual([]);
  expect(aliases.named(made.local)?.contested).toBeUndefined();
});
