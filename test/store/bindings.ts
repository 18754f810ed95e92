/** Mailboxes of chat users, as every engine keeps them. */
import { describe, expect, it } from 'vitest';
import type { Jid, MailAddress, PhoneNumber } from '../../src/address.js';
import type { OpenStore } from './contract.js';
import { HOUR, jid, juliet, mail, T0 } from './samples.js';

const nurse = jid('nurse');
const balcony = mail('Juliet.Capulet');
const kitchen = mail('kitchen');
const hash = (n: number): Uint8Array => new Uint8Array(32).fill(n);

const asked = (user: Jid, address: MailAddress, code: number, at = T0) => ({ user, address, codeHash: hash(code), at, expiresAt: at + HOUR });

export function bindingContract(open: OpenStore): void {
  describe('bindings', () => {
    it('are verified by their code, and found by user and mailbox', async () => {
      const { bindings } = await open();
      await bindings.askBinding(asked(juliet, balcony, 1));
      expect(await bindings.verifiedMailbox(juliet)).toBeUndefined();
      expect(await bindings.userOfMailbox(balcony)).toBeUndefined();
      expect(await bindings.confirmBinding(juliet, hash(1), 5, T0 + 1)).toEqual({ state: 'verified', kind: 'mail', address: 'Juliet.Capulet@montague.example' });
      expect(await bindings.verifiedMailbox(juliet)).toBe('Juliet.Capulet@montague.example');
      expect(await bindings.userOfMailbox(mail('juliet.CAPULET'))).toBe('juliet@capulet.example');
      expect(await bindings.userOfMailbox(kitchen)).toBeUndefined();
      expect(await bindings.verifiedMailbox(nurse)).toBeUndefined();
    });

    it('take their own user\'s code only, so often and so long', async () => {
      const { bindings } = await open();
      await bindings.askBinding(asked(juliet, balcony, 1));
      expect(await bindings.confirmBinding(nurse, hash(1), 5, T0)).toEqual({ state: 'none' });
      for (const left of [4, 3, 2, 1, 0]) expect(await bindings.confirmBinding(juliet, hash(9), 5, T0)).toEqual({ state: 'wrong', left });
      expect(await bindings.confirmBinding(juliet, hash(1), 5, T0)).toEqual({ state: 'none' });
      await bindings.askBinding(asked(juliet, balcony, 2));
      expect(await bindings.confirmBinding(juliet, hash(1), 5, T0)).toEqual({ state: 'wrong', left: 4 });
      expect(await bindings.confirmBinding(juliet, hash(2), 5, T0 + HOUR)).toEqual({ state: 'none' });
      expect(await bindings.confirmBinding(juliet, hash(2), 5, T0 + HOUR - 1)).toMatchObject({ state: 'verified' });
    });

    it('let nobody guess at several mailboxes at once', async () => {
      const { bindings } = await open();
      await bindings.askBinding(asked(juliet, balcony, 1));
      await bindings.askBinding(asked(juliet, kitchen, 2));
      for (let i = 0; i < 5; i++) await bindings.confirmBinding(juliet, hash(9), 5, T0);
      expect(await bindings.confirmBinding(juliet, hash(2), 5, T0)).toEqual({ state: 'none' });
    });

    it('pass to who verified last', async () => {
      const { bindings } = await open();
      await bindings.askBinding(asked(juliet, balcony, 1));
      await bindings.askBinding(asked(nurse, balcony, 2));
      await bindings.confirmBinding(juliet, hash(1), 5, T0);
      expect(await bindings.confirmBinding(nurse, hash(2), 5, T0)).toMatchObject({ state: 'verified', former: 'juliet@capulet.example' });
      expect(await bindings.userOfMailbox(balcony)).toBe('nurse@capulet.example');
      expect(await bindings.bindingsOf(juliet, 'mail')).toEqual([]);
    });

    it('have a first choice among them', async () => {
      const { bindings } = await open();
      for (const [i, address] of [balcony, kitchen].entries()) {
        await bindings.askBinding(asked(juliet, address, i));
        await bindings.confirmBinding(juliet, hash(i), 5, T0 + i);
      }
      await bindings.askBinding(asked(juliet, mail('garden'), 7));
      expect(await bindings.verifiedMailbox(juliet)).toBe('Juliet.Capulet@montague.example');
      expect(await bindings.chooseBinding(juliet, mail('garden'), T0)).toBe(false);
      expect(await bindings.chooseBinding(juliet, kitchen, T0)).toBe(true);
      expect(await bindings.bindingsOf(juliet, 'mail')).toEqual([
        { kind: 'mail', address: 'kitchen@montague.example', verifiedAt: T0 + 1, first: true },
        { kind: 'mail', address: 'Juliet.Capulet@montague.example', verifiedAt: T0 },
        { kind: 'mail', address: 'garden@montague.example', expiresAt: T0 + HOUR },
      ]);
      expect(await bindings.removeBinding(nurse, kitchen)).toBe(false);
      expect(await bindings.removeBinding(juliet, kitchen)).toBe(true);
      expect(await bindings.verifiedMailbox(juliet)).toBe('Juliet.Capulet@montague.example');
    });

    it('are not undone by who asks again, and forgotten when nobody confirms', async () => {
      const store = await open();
      const { bindings } = store;
      await bindings.askBinding(asked(juliet, balcony, 1));
      await bindings.confirmBinding(juliet, hash(1), 5, T0);
      await bindings.askBinding(asked(juliet, balcony, 2));
      await bindings.askBinding(asked(juliet, kitchen, 3));
      expect(await bindings.verifiedMailbox(juliet)).toBe('Juliet.Capulet@montague.example');
      await store.prune(T0 + HOUR);
      expect(await bindings.bindingsOf(juliet, 'mail')).toHaveLength(2);
      await store.prune(T0 + HOUR + 1);
      expect(await bindings.bindingsOf(juliet, 'mail')).toMatchObject([{ address: 'Juliet.Capulet@montague.example' }]);
    });

    it('keep numbers apart from mailboxes, and know them all', async () => {
      const { bindings } = await open();
      const number: PhoneNumber = { kind: 'phone', digits: '15551234567' };
      await bindings.askBinding({ user: juliet, address: number, codeHash: hash(1), at: T0, expiresAt: T0 + HOUR });
      await bindings.askBinding(asked(juliet, kitchen, 2));
      expect(await bindings.boundNumbers()).toEqual([]);
      expect(await bindings.confirmBinding(juliet, hash(1), 5, T0)).toEqual({ state: 'verified', kind: 'phone', address: '+15551234567' });
      expect(await bindings.boundNumbers()).toEqual([{ address: '+15551234567', user: 'juliet@capulet.example' }]);
      expect(await bindings.verifiedMailbox(juliet)).toBeUndefined();
      expect(await bindings.bindingsOf(juliet, 'phone')).toEqual([{ kind: 'phone', address: '+15551234567', verifiedAt: T0, first: true }]);
      expect(await bindings.bindingsOf(juliet, 'mail')).toEqual([{ kind: 'mail', address: 'kitchen@montague.example', expiresAt: T0 + HOUR }]);
      await bindings.askBinding({ user: nurse, address: number, codeHash: hash(3), at: T0, expiresAt: T0 + HOUR });
      expect(await bindings.confirmBinding(nurse, hash(3), 5, T0)).toMatchObject({ kind: 'phone', former: 'juliet@capulet.example' });
      expect(await bindings.removeBinding(nurse, number)).toBe(true);
      expect(await bindings.boundNumbers()).toEqual([]);
    });
  });
}
