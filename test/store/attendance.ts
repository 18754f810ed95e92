/** Whose presence is asked for, and which contacts appear by themselves. */
import { describe, expect, it } from 'vitest';
import { formatJid } from '../../src/address.js';
import type { OpenStore } from './contract.js';
import { DAY, HOUR, jid, juliet, T0 } from './samples.js';

const LIMITS = { perHour: 2, perDay: 3 };

export function attendanceContract(open: OpenStore): void {
  const contact = (name: string) => ({ ...jid(`${name}%montague.example`), domain: 'gw.example' });
  const rowOf = (name: string, user = juliet) => ({ user: formatJid(user), contact: formatJid(contact(name)), mail: `${name}@montague.example`, name: name.toUpperCase() });

  describe('users whose presence is asked for', () => {
    it('are asked by one JID of ours; only that one is forgotten', async () => {
      const { watched } = await open();
      const user = formatJid(juliet);
      await watched.watch({ user, by: 'a@gw.example', state: 'asked' });
      await watched.watch({ user, by: 'a@gw.example', state: 'seen' });
      await watched.unwatch({ user, by: 'b@gw.example', state: 'seen' });
      expect(await watched.watchedUsers()).toEqual([{ user, by: 'a@gw.example', state: 'seen' }]);
      await watched.unwatch({ user, by: 'a@gw.example', state: 'asked' });
      expect(await watched.watchedUsers()).toEqual([]);
    });
  });

  describe('contacts that appear', () => {
    it('do so once, and wait until that is done', async () => {
      const { introductions } = await open();
      const introduce = (name: string) => introductions.introduce(rowOf(name), { user: juliet, contact: contact(name) }, LIMITS, T0);
      expect([await introduce('ann'), await introduce('ann')]).toEqual(['new', 'known']);
      expect(await introductions.waitingIntroductions(formatJid(juliet))).toEqual([rowOf('ann')]);
      await introductions.introduced(formatJid(juliet), formatJid(contact('ann')));
      expect(await introductions.waitingIntroductions(formatJid(juliet))).toEqual([]);
      expect(await introduce('ann')).toBe('known');
    });

    it('are bounded per hour and per day, for each user', async () => {
      const { introductions } = await open();
      const introduce = (name: string, at: number, user = juliet) => introductions.introduce(rowOf(name, user), { user, contact: contact(name) }, LIMITS, at);
      const first = [await introduce('ann', T0), await introduce('bob', T0), await introduce('cid', T0)];
      expect(first).toEqual(['new', 'new', 'limited']);
      expect(await introduce('cid', T0, jid('nurse'))).toBe('new');
      expect([await introduce('cid', T0 + HOUR + 1), await introduce('dan', T0 + HOUR + 1)]).toEqual(['new', 'limited']);
      expect(await introduce('dan', T0 + DAY + 1)).toBe('new');
    });

    it('are not those that the user has, nor those that he took out', async () => {
      const store = await open();
      const introduce = (name: string) => store.introductions.introduce(rowOf(name), { user: juliet, contact: contact(name) }, LIMITS, T0);
      await store.addSubscription({ user: juliet, contact: contact('ann') });
      expect(await introduce('ann')).toBe('known');
      await store.removeSubscription({ user: juliet, contact: contact('ann') });
      expect(await introduce('ann')).toBe('known');
      await introduce('cid');
      await store.removeSubscription({ user: juliet, contact: contact('cid') });
      expect(await store.introductions.waitingIntroductions(formatJid(juliet))).toEqual([]);
    });

    it('are not kept of whoever takes out what he never had, and are forgotten with their user', async () => {
      const store = await open();
      const introduce = (name: string) => store.introductions.introduce(rowOf(name), { user: juliet, contact: contact(name) }, LIMITS, T0);
      await store.removeSubscription({ user: juliet, contact: contact('ann') });
      expect(await introduce('ann')).toBe('new');
      await store.accounts.forgetUser(juliet, T0);
      expect(await store.introductions.waitingIntroductions(formatJid(juliet))).toEqual([]);
      expect(await introduce('ann')).toBe('new');
    });
  });
}
