/** What authors tell of themselves, and who is subscribed to them: part of the contract that every engine passes. */
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.js';
import { DAY, jid, juliet, romeo, T0 } from './samples.js';

export function peopleContract(open: () => Promise<Store>): void {
  describe('people', () => {
    it('keeps what a person tells, and what it says nothing of', async () => {
      const store = await open();
      expect(await store.person(romeo)).toBeUndefined();
      expect(await store.learn(romeo, { name: 'Romeo' }, T0)).toBe(true);
      expect(await store.learn(romeo, { name: 'Romeo' }, T0 + DAY)).toBe(false);
      const picture = { type: 'image/png', bytes: Uint8Array.from([0, 1, 255]) };
      expect(await store.learn({ ...romeo, local: 'Romeo' }, { picture }, T0)).toBe(true);
      expect(await store.learn(romeo, { picture }, T0 + 30 * DAY)).toBe(false);
      expect(await store.person(romeo)).toEqual({ name: 'Romeo', picture });
      expect(await store.learn(romeo, { name: 'Romeo M.' }, T0)).toBe(true);
      expect(await store.person({ ...romeo, local: 'ROMEO' })).toEqual({ name: 'Romeo M.', picture });
      await store.prune(T0 + 400 * DAY);
      expect(await store.person(romeo)).toEqual({ name: 'Romeo M.', picture });
    });

    it('knows who is subscribed to a contact', async () => {
      const store = await open();
      const contact = jid('romeo%montague.example');
      await store.addSubscription({ user: jid('nurse'), contact });
      await store.addSubscription({ user: juliet, contact });
      await store.addSubscription({ user: juliet, contact: jid('paris%montague.example') });
      expect(await store.subscribersOf(contact)).toEqual([jid('nurse'), juliet]);
    });

    it('keeps subscriptions once, and forgets them', async () => {
      const store = await open();
      const contact = jid('romeo%montague.example');
      const many = Array.from({ length: 1_001 }, (_, i) => ({ user: jid(`u${i}`), contact }));
      await Promise.all([...many, ...many.slice(0, 10)].map((one) => store.addSubscription(one)));
      await store.removeSubscription(many[500]!);
      const found = [];
      for await (const one of store.subscriptions()) found.push(one);
      expect(found).toEqual(many.filter((_, i) => i !== 500));
    });
  });
}
