/** Who is registered, who was told, and what is left of whoever is forgotten: part of the contract that every engine passes. */
import { describe, expect, it } from 'vitest';
import { formatJid } from '../../src/address.js';
import type { HeldFor } from '../../src/store/new-message.js';
import type { Store } from '../../src/store/store.js';
import type { OpenStore } from './contract.js';
import { DAY, HOUR, jid, juliet, letter, mail, romeo, T0 } from './samples.js';

const name = formatJid(juliet);
const nurse = jid('nurse');
const gateway = { ...jid(''), domain: 'gw.example' };
const contact = { ...jid('romeo%montague.example'), domain: 'gw.example' };

async function furnish(store: Store, user = juliet): Promise<void> {
  const { aliases, bindings, correspondents, watched } = store;
  const bare = formatJid(user);
  await store.setPreferences({ user: bare, set: { burst: 5 } });
  await bindings.askBinding({ user, address: mail(user.local), codeHash: new Uint8Array(32), at: T0, expiresAt: T0 + HOUR });
  await bindings.confirmBinding(user, new Uint8Array(32), 5, T0);
  await aliases.putAlias({ local: `${user.local}+shop`, user: bare, kind: 'alias', note: 'the shop', allowed: { kind: 'domain', domain: 'shop.example' }, madeAt: T0, expiresAt: T0 + DAY });
  await correspondents.decide({ user: bare, mail: 'paris@montague.example', state: 'blocked', by: 'user', at: T0 }, 9);
  await watched.watch({ user: bare, by: 'gw.example', state: 'seen' });
  for (const one of [gateway, contact]) await store.addSubscription({ user, contact: one });
  for (const [from, hold] of [['romeo', 'away'], ['paris', 'consent']] as [string, HeldFor][]) await store.accept([letter(mail(from), user, { text: `${from} to ${user.local}`, delivery: { hold } })]);
}

const due = async (store: Store): Promise<string[]> => (await store.claim('xmpp', 9, 9, T0 + 1)).flatMap(({ deliveries }) => deliveries.map(({ message }) => message.text)).sort();

export function accountContract(open: OpenStore): void {
  describe('accounts', () => {
    it('tell who is registered and who was told, each beside the other', async () => {
      const { accounts } = await open();
      await accounts.greet(juliet, T0);
      await accounts.register(nurse, T0 + 1);
      expect(await accounts.accounts()).toEqual([{ user: name, greetedAt: T0 }, { user: formatJid(nurse), registeredAt: T0 + 1 }]);
      await accounts.register(juliet, T0 + 2);
      await accounts.greet(nurse, T0 + 3);
      expect(await accounts.accounts()).toEqual([{ user: name, greetedAt: T0, registeredAt: T0 + 2 }, { user: formatJid(nurse), registeredAt: T0 + 1, greetedAt: T0 + 3 }]);
    });

    it('remember for good who was told, also when what was said is forgotten', async () => {
      const store = await open();
      await store.accounts.greet(juliet, T0);
      await store.prune(T0 + 1_000 * DAY);
      await store.accounts.forgetUser(juliet, T0 + 1_000 * DAY);
      expect(await store.accounts.accounts()).toEqual([{ user: name, greetedAt: T0 }]);
    });

    it('forget all that is kept of one user, let go what is held for him, and leave the others alone', async () => {
      const store = await open();
      const { accounts, aliases, bindings, correspondents } = store;
      for (const user of [juliet, nurse]) await furnish(store, user);
      await accounts.register(juliet, T0);
      const forgotten = await accounts.forgetUser(juliet, T0);
      expect(forgotten).toEqual({ contacts: [gateway, contact], wasRegistered: true, hadSettings: true, mailboxes: 1, addresses: 1, decisions: 1, released: 2 });
      expect((await accounts.accounts()).some(({ registeredAt }) => registeredAt !== undefined)).toBe(false);
      expect((await store.preferences()).map(({ user }) => user)).toEqual([formatJid(nurse)]);
      expect(await bindings.bindingsOf(juliet, 'mail')).toEqual([]);
      expect(await bindings.bindingsOf(nurse, 'mail')).toHaveLength(1);
      expect(await correspondents.correspondentsOf(name)).toEqual([]);
      expect(await correspondents.correspondentsOf(formatJid(nurse))).toHaveLength(1);
      expect(await store.watched.watchedUsers()).toHaveLength(1);
      expect(await aliases.allAliases()).toEqual([
        { local: 'juliet+shop', user: name, kind: 'alias', note: '', madeAt: T0, gone: true },
        expect.objectContaining({ local: 'nurse+shop', note: 'the shop', allowed: { kind: 'domain', domain: 'shop.example' } }),
      ]);
      expect(await due(store)).toEqual(['paris to juliet', 'romeo to juliet']);
      expect(await store.holds.users()).toEqual([{ user: formatJid(nurse), count: 2 }]);
    });

    it('keep nothing of a contact that the client of who leaves takes out then', async () => {
      const store = await open();
      const { accounts, introductions } = store;
      await store.addSubscription({ user: juliet, contact });
      const { contacts } = await accounts.forgetUser(juliet, T0);
      await store.removeSubscription({ user: juliet, contact });
      await accounts.parted({ user: juliet, contacts });
      expect(await accounts.isKept(juliet)).toBe(false);
      const row = { user: name, contact: formatJid(contact), mail: 'romeo@montague.example' };
      expect(await introductions.introduce(row, { user: juliet, contact }, { perHour: 1, perDay: 1 }, T0)).toBe('new');
    });

    it('say whether there is anything to forget', async () => {
      const store = await open();
      const { accounts, aliases } = store;
      await accounts.greet(juliet, T0);
      await aliases.putAlias({ local: 'juliet+old', user: name, kind: 'alias', note: '', madeAt: T0, gone: true });
      expect(await accounts.isKept(juliet)).toBe(false);
      const steps: readonly (() => Promise<unknown>)[] = [
        () => store.addSubscription({ user: juliet, contact }),
        () => store.setPreferences({ user: name, set: { burst: 5 } }),
        () => accounts.register(juliet, T0),
        () => aliases.putAlias({ local: 'juliet+new', user: name, kind: 'alias', note: '', madeAt: T0 }),
        () => store.accept([letter(romeo, juliet, { delivery: { hold: 'away' } })]),
      ];
      for (const [i, step] of steps.entries()) {
        await step();
        expect(await accounts.isKept(juliet), `step ${i}`).toBe(true);
        const { contacts } = await accounts.forgetUser(juliet, T0);
        expect(await accounts.isKept(juliet), `while his contacts are told, step ${i}`).toBe(false);
        await accounts.parted({ user: juliet, contacts });
        expect(await accounts.isKept(juliet), `after step ${i}`).toBe(false);
      }
    });

    it('keep the contacts of who was forgotten until they are told, and the row no longer than that', async () => {
      const store = await open();
      const { accounts } = store;
      await furnish(store);
      const { contacts } = await accounts.forgetUser(juliet, T0);
      expect(await accounts.leaving()).toEqual([{ user: juliet, contacts }]);
      await accounts.parted({ user: juliet, contacts });
      expect(await accounts.leaving()).toEqual([]);
      expect(await store.subscribersOf(contact)).toEqual([]);
      expect(await accounts.accounts()).toEqual([]);
    });

    it('keep the contacts of who has registered again meanwhile', async () => {
      const store = await open();
      const { accounts } = store;
      await furnish(store);
      const { contacts } = await accounts.forgetUser(juliet, T0);
      await accounts.register(juliet, T0 + 1);
      expect(await accounts.leaving()).toEqual([]);
      await accounts.parted({ user: juliet, contacts });
      expect(await store.subscribersOf(contact)).toEqual([juliet]);
    });

    it('announce nothing to who has only given up an address', async () => {
      const { aliases, announcements } = await open();
      await aliases.putAlias({ local: 'juliet+old', user: name, kind: 'alias', note: '', madeAt: T0, gone: true });
      await aliases.putAlias({ local: 'nurse+new', user: formatJid(nurse), kind: 'alias', note: '', madeAt: T0 });
      const users: string[] = [];
      for (let source = 0; source < 6; source++) users.push(...(await announcements.usersToAnnounce('none', { source, after: '' }, 9)).users.map(({ user }) => user));
      expect(users).toEqual([formatJid(nurse)]);
    });
  });

  describe('what waits for consent', () => {
    it('is claimed lane by lane for its recipient, whoever wrote it', async () => {
      const store = await open();
      for (const from of ['romeo', 'paris', 'romeo']) await store.accept([letter(mail(from), juliet, { text: from, delivery: { hold: 'consent' } })]);
      await store.accept([letter(romeo, nurse, { delivery: { hold: 'consent' } }), letter(mail('away'), juliet, { delivery: { hold: 'away' } })]);
      const texts: string[] = [];
      for (;;) {
        const lane = await store.holds.claimAsked(juliet, 9, T0);
        if (lane === undefined || lane === 'busy') break;
        texts.push(lane.deliveries.map(({ message }) => message.text).join(' '));
      }
      expect(texts.sort()).toEqual(['paris', 'romeo romeo']);
      expect(await store.holds.claimAsked(juliet, 9, T0)).toBe('busy');
      expect(await store.holds.claimAsked(jid('tybalt'), 9, T0)).toBeUndefined();
    });
  });
}
