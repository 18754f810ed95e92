/** What administrators are told of a chat user. */
import { expect, it } from 'vitest';
import { userLookCommands } from '../../src/bridge/command/user-look.js';
import { Preferences } from '../../src/bridge/preferences.js';
import { SIGNATURE } from '../../src/bridge/texts.js';
import { BURST } from '../../src/bridge/settings.js';
import { isFailure } from '../../src/failure.js';
import { Whereabouts } from '../../src/presence/whereabouts.js';
import { openHere } from '../store/files.js';
import { jid, juliet, mail, T0 } from '../store/samples.js';

const HASH = new Uint8Array(32).fill(1);

function stage() {
  const { store } = openHere();
  const preferences = new Preferences([], store, { burst: 20_000 });
  const whereabouts = new Whereabouts(() => T0);
  const commands = userLookCommands({ users: store.users, preferences, whereabouts, clock: () => T0 });
  const ask = async (name: string, jid = ''): Promise<string> => {
    const answer = await commands.find((one) => one.name === name)?.run(juliet, { accountjid: jid });
    return answer === undefined || isFailure(answer) ? `failed: ${answer?.text}` : answer;
  };
  return { store, preferences, whereabouts, ask };
}

it('tells what is kept, in counts and without addresses', async () => {
  const { store, preferences, whereabouts, ask } = stage();
  expect(await ask('user show', 'juliet@capulet.example')).toBe('Nothing is kept of juliet@capulet.example. Presence is not seen.');
  await store.accounts.register(juliet, T0);
  await preferences.change(juliet, [[BURST, '7'], [SIGNATURE, 'My secret words']]);
  for (const one of ['tower', 'cellar']) await store.bindings.askBinding({ user: juliet, address: mail(one), codeHash: HASH, at: T0, expiresAt: T0 + 1_000 });
  await store.bindings.confirmBinding(juliet, HASH, 5, T0);
  const alias = { user: 'juliet@capulet.example', kind: 'alias', note: 'a note', madeAt: T0 } as const;
  await store.aliases.putAlias({ ...alias, local: 'rose1' });
  await store.aliases.putAlias({ ...alias, local: 'rose2', off: true });
  await store.aliases.putAlias({ ...alias, local: 'rose3', expiresAt: T0 });
  await store.aliases.putAlias({ ...alias, local: 'rose4', gone: true });
  await store.correspondents.decide({ user: 'juliet@capulet.example', mail: 'paris@verona.example', state: 'blocked', by: 'user', at: T0 }, 10);
  await store.addSubscription({ user: juliet, contact: jid('romeo') });
  whereabouts.available({ ...juliet, resource: 'balcony' }, { priority: 5 });
  expect((await ask('user show', ' Juliet@capulet.example/balcony ')).split('\n')).toEqual([
    'juliet@capulet.example',
    'Registered since 2026-09-21',
    'Online, 1 client',
    'Own settings: burst 7, signature (own text)',
    'Mailboxes: 1 verified, 1 not yet',
    'Addresses: 1 in use, 2 off',
    'Contacts: 1',
    'Senders: 0 accepted, 1 blocked, 0 asked about',
    'Held messages: 0',
  ]);
  expect(await ask('user show', 'capulet.example')).toMatch(/^failed: .*no address of a user/);
});

it('tells what is published of the presence, and never the link', async () => {
  const { store, ask } = stage();
  const published = { user: 'juliet@capulet.example', id: 'a'.repeat(26), audience: 'sites', shown: ['show', 'seen'], write: true, origins: ['https://verona.example'], keys: ['lax', 'verona'] } as const;
  for (const name of published.keys) await store.apiKeys.addApiKey({ name, hash: Buffer.from(name), scopes: ['read'], rate: 60, madeAt: T0 });
  await store.publications.putPublication(published);
  expect(await ask('user show', 'juliet@capulet.example')).toContain('\nPresence on the web: for sites (1 site, 2 API keys); shown: show, seen; strangers may write\n');
  await store.publications.putPublication({ ...published, audience: 'nobody', shown: [], write: false });
  const told = await ask('user show', 'juliet@capulet.example');
  expect(told).toContain('\nPresence on the web: for nobody; shown: online or not\n');
  expect(told).not.toContain(published.id);
  expect(JSON.stringify(await store.users.userFacts(juliet, T0))).not.toMatch(/aaaaaa|verona/);
});

it('names who is online, so many at most', async () => {
  const { whereabouts, ask } = stage();
  expect(await ask('user count')).toBe('0 online, of 0 whose presence is seen');
  for (let i = 0; i < 52; i++) whereabouts.available({ ...jid(`user${i}`), resource: 'r' }, { priority: i === 0 ? -1 : 0 });
  const lines = (await ask('user online')).split('\n');
  expect(lines[0]).toBe('51 online, of 52 whose presence is seen:');
  expect(lines[1]).toBe('user1@capulet.example');
  expect(lines).toHaveLength(52);
  expect(lines.at(-1)).toBe('and 1 more');
});
