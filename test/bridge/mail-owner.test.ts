/** Whose a mail address is, and whose it is not said to be. */
import { expect, test } from 'vitest';
import { formatBareJid, parseMailAddress, type MailAddress } from '../../src/address.js';
import { ownerOf } from '../../src/bridge/mail-owner.js';
import type { Alias } from '../../src/store/aliases.js';

const GATEWAY = { domain: 'gw.example', home: 'capulet.example', separator: '%' } as const;

const ALIASES: readonly Partial<Alias>[] = [
  { local: 'juliet+shop7hq', kind: 'alias' },
  { local: 'capulet', kind: 'own' },
  { local: 'rose', kind: 'wanted' },
  { local: 'left', kind: 'own', gone: true },
  { local: 'off', kind: 'own', off: true },
  { local: 'old', kind: 'own', expiresAt: 1 },
];

async function owner(text: string): Promise<string | undefined> {
  const aliases = { named: (local: string) => ALIASES.map((one) => ({ user: 'juliet@capulet.example', note: '', madeAt: 0, ...one }) as Alias).find((one) => one.local === local), isExpired: ({ expiresAt }: Alias) => expiresAt === 1 };
  const mailboxes = { userOf: ({ local, domain }: MailAddress) => Promise.resolve(`${local}@${domain}` === 'juliet@montague.example' ? ({ kind: 'jid', local: 'juliet', domain: 'capulet.example', resource: '' } as const) : undefined) };
  const user = await ownerOf(parseMailAddress(text) as MailAddress, { mailboxes, aliases, gateway: GATEWAY });
  return user && formatBareJid(user);
}

test.each([
  ['a proven mailbox', 'juliet@montague.example', 'juliet@capulet.example'],
  ['the address of his JID', 'Juliet@gw.example', 'juliet@capulet.example'],
  ['of a user elsewhere', 'tybalt%verona.example@gw.example', 'tybalt@verona.example'],
  ['the address that he is known by', 'Capulet@gw.example', 'juliet@capulet.example'],
  ['a name that somebody wants', 'rose@gw.example', 'rose@capulet.example'],
  ['a disposable one', 'juliet+shop7hq@gw.example', undefined],
  ['a disposable one in another case', 'JULIET+shop7hq@gw.example', undefined],
  ['one given up', 'left@gw.example', undefined],
  ['one switched off', 'off@gw.example', undefined],
  ['one that has expired', 'old@gw.example', undefined],
  ['a mailbox of nobody', 'romeo@montague.example', undefined],
  ['the gateway itself', 'x%gw.example@gw.example', undefined],
])('%s: %s', async (_name, mail, user) => {
  expect(await owner(mail)).toBe(user);
});
