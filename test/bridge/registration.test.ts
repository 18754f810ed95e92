/** Registering where there is no room. */
import { expect, it } from 'vitest';
import { Accounts } from '../../src/bridge/accounts.js';
import { Preferences } from '../../src/bridge/preferences.js';
import { Registrations } from '../../src/bridge/registration.js';
import { openHere } from '../store/files.js';
import { jid, juliet, T0 } from '../store/samples.js';
import { rules } from './on-store.js';

it('keeps nothing of whom there is no room for; who is registered may change his settings', async () => {
  const { store } = openHere();
  const rows = Array.from({ length: 200_000 }, (_, i) => ({ user: `user${i}@capulet.example`, registeredAt: T0 }));
  const accounts = new Accounts(rows, store.accounts, []);
  const preferences = new Preferences([], store, {});
  const leaving = { begins: () => Promise.resolve(), alone: <T>(_: unknown, forget: () => Promise<T>) => forget(), ended: () => undefined };
  const registration = new Registrations({ accounts, rules, preferences, clock: () => T0, leaving });
  expect(await registration.register(juliet, { strangers: 'contacts' })).toMatchObject({ kind: 'temporary', reason: 'overloaded' });
  expect(await store.preferences()).toEqual([]);
  expect(await registration.register(jid('user7'), { strangers: 'contacts' })).toBe('changed');
  expect(await store.preferences()).toMatchObject([{ user: 'user7@capulet.example' }]);
});
