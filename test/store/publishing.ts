/** What is published of whom, where those were, and the keys of who asks: part of the contract that every engine passes. */
import { describe, expect, it } from 'vitest';
import { formatJid } from '../../src/address.js';
import type { Publication } from '../../src/presence/publication.js';
import type { ApiKey } from '../../src/store/api-keys.js';
import type { OpenStore } from './contract.js';
import { jid, juliet, T0 } from './samples.js';

const user = formatJid(juliet);
const nurse = formatJid(jid('nurse'));
const published: Publication = { user, id: 'a'.repeat(26), audience: 'sites', shown: ['show', 'seen'], write: true, origins: ['https://verona.example'], keys: [] };
const key = (name: string, n: number): ApiKey => ({ name, hash: Buffer.alloc(32, n), scopes: ['read', 'lookup'], rate: 60, madeAt: T0 });

export function publishingContract(open: OpenStore): void {
  describe('publications', () => {
    it('are one for each user, replaced as a whole, and no two with one id', async () => {
      const { publications } = await open();
      await publications.putPublication(published);
      await expect(publications.putPublication({ ...published, user: nurse })).rejects.toThrow(/UNIQUE/);
      await publications.putPublication({ ...published, user: nurse, id: 'b'.repeat(26) });
      const changed: Publication = { ...published, id: 'c'.repeat(26), audience: 'everybody', shown: [], write: false, origins: [], keys: [] };
      await publications.putPublication(changed);
      expect(await publications.publications()).toEqual([changed, { ...published, user: nurse, id: 'b'.repeat(26) }]);
    });

    it('go with the user, and are something to forget', async () => {
      const { publications, presenceStates, accounts } = await open();
      for (const [one, id] of [[user, 'a'], [nurse, 'b']] as const) await publications.putPublication({ ...published, user: one, id: id.repeat(26) });
      await presenceStates.putPresenceStates([{ user, state: { online: true } }, { user: nurse, state: { online: false } }]);
      expect(await accounts.isKept(juliet)).toBe(true);
      expect(await accounts.forgetUser(juliet, T0)).toMatchObject({ hadSettings: true });
      expect((await publications.publications()).map((one) => one.user)).toEqual([nurse]);
      expect((await presenceStates.presenceStates()).map((one) => one.user)).toEqual([nurse]);
    });
  });

  describe('presence states', () => {
    it('are kept of who publishes, and of nobody else', async () => {
      const { publications, presenceStates } = await open();
      await publications.putPublication(published);
      const state = { online: true, show: 'away', status: 'Wherefore', client: 'phone', changedAt: T0 } as const;
      await presenceStates.putPresenceStates([{ user, state: { online: false } }, { user: nurse, state }, { user, state }]);
      expect(await presenceStates.presenceStates()).toEqual([{ user, state }]);
      await publications.putPublication({ ...published, audience: 'nobody' });
      expect(await presenceStates.presenceStates()).toEqual([]);
      await presenceStates.putPresenceStates([{ user, state }]);
      expect(await presenceStates.presenceStates()).toEqual([]);
    });
  });

  describe('API keys', () => {
    it('are unique by name and by hash, and remember when they were used', async () => {
      const { apiKeys } = await open();
      expect(await apiKeys.addApiKey(key('verona', 1))).toBe(true);
      expect(await apiKeys.addApiKey(key('verona', 2))).toBe(false);
      expect(await apiKeys.addApiKey(key('lax', 1))).toBe(false);
      expect(await apiKeys.addApiKey({ ...key('lax', 2), scopes: ['read'] })).toBe(true);
      await apiKeys.apiKeysUsed([{ name: 'verona', at: T0 + 1 }, { name: 'nobody', at: T0 }]);
      const [lax, verona, ...more] = await apiKeys.apiKeys();
      expect(lax).toMatchObject({ name: 'lax', scopes: ['read'], rate: 60, madeAt: T0 });
      expect(lax?.usedAt).toBeUndefined();
      expect(verona).toMatchObject({ name: 'verona', usedAt: T0 + 1 });
      expect(Buffer.from(verona!.hash)).toEqual(Buffer.alloc(32, 1));
      expect(more).toEqual([]);
    });

    it('that are removed are permitted nothing any more', async () => {
      const { publications, apiKeys } = await open();
      await apiKeys.addApiKey(key('verona', 1));
      await apiKeys.addApiKey(key('lax', 2));
      const permitting = { ...published, keys: ['verona', 'lax'] };
      await publications.putPublication(permitting);
      const kept = async () => (await publications.publications()).map(({ keys }) => keys);
      expect(await kept()).toEqual([['verona', 'lax']]);
      expect(await apiKeys.removeApiKey('verona')).toBe(true);
      expect(await apiKeys.removeApiKey('verona')).toBe(false);
      expect(await kept()).toEqual([['lax']]);
      // By a gateway that has not noticed yet.
      await publications.putPublication(permitting);
      expect(await kept()).toEqual([['lax']]);
    });
  });
}
