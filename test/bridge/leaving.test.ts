/** Who unregisters, and who never did: what is forgotten, what becomes of what waits, and who is told once. On a real store. */
import { describe, expect, it } from 'vitest';
import { Accounts } from '../../src/bridge/accounts.js';
import { Aliases } from '../../src/bridge/aliases.js';
import { registerCommands } from '../../src/bridge/command/register.js';
import { CommandTable } from '../../src/bridge/command-table.js';
import { createConsent } from '../../src/bridge/create-consent.js';
import type { AccessRules } from '../../src/bridge/policy.js';
import { Preferences } from '../../src/bridge/preferences.js';
import { Registrations } from '../../src/bridge/registration.js';
import type { Policy } from '../../src/bridge/strangers.js';
import { Welcome } from '../../src/bridge/welcome.js';
import type { Jid } from '../../src/address.js';
import { isFailure } from '../../src/failure.js';
import type { NewMessage } from '../../src/store/new-message.js';
import type { Store } from '../../src/store/store.js';
import { openHere, quiet } from '../store/files.js';
import { chat, DAY, jid, juliet, letter, mail, romeo, T0 } from '../store/samples.js';
import { bridgeOn, rules } from './on-store.js';

const guest: Jid = { ...jid('guest'), domain: 'verona.example' };

/** @param strangers the gateway's own policy */
async function start(store: Store, strangers: Policy, parts: Partial<AccessRules> = {}) {
  const accounts = new Accounts(await store.accounts.accounts(), store.accounts, ['verona.example']);
  const own: AccessRules = { ...rules, isRegistered: (user) => accounts.admits(user), ...parts };
  const preferences = new Preferences(await store.preferences(), store, { strangers });
  const send = async (one: NewMessage): Promise<void> => void (await store.accept([one]));
  const consent = createConsent({ store, rules: own, preferences, lifetime: 5 * DAY, clock: () => T0, send, wake: () => undefined, probe: () => Promise.resolve(undefined) });
  const aliases = new Aliases({ store: store.aliases, rules: own, clock: () => T0 });
  const ended = (user: Jid): void => {
    aliases.forget(user);
    consent.forget(user);
  };
  const registration = new Registrations({ accounts, rules: own, preferences, clock: () => T0, leaving: { begins: (user, stays) => consent.leave(user, stays), alone: (user, forget) => preferences.forgetting(user, forget), ended } });
  const left: string[] = [];
  const desk = { registration, entered: () => Promise.resolve(), left: (user: Jid, contacts: readonly Jid[]) => Promise.resolve(void left.push(...contacts.map((one) => `${user.local}: ${one.local}`))) };
  const commands = new CommandTable({ commands: registerCommands(desk), introduction: [], isUser: () => false, isAdmin: () => false });
  const bridge = bridgeOn(store, 0, [], { consent, aliases, preferences, rules: own });
  await bridge.load();
  return {
    left, accounts, registration, aliases, consent, preferences,
    say: (line: string, user = juliet) => commands.say(user, line),
    mailFrom: async (name: string, to = juliet) => (await bridge.accept({ ...letter(mail(name), to, { text: `from ${name}`, returnTo: mail(name) }).message }, [{ outlet: 'xmpp', recipient: to }]))[0]?.result,
    admit: (local: string) => bridge.admitMail({ kind: 'mail', local, domain: 'gw.example' }, { peer: '192.0.2.1', trusted: true, from: romeo }),
  };
}

async function due(store: Store, outlet: 'xmpp' | 'smtp' = 'xmpp'): Promise<string[]> {
  const lanes = await store.claim(outlet, 99, 99, T0 + 1_000);
  const deliveries = lanes.flatMap((lane) => lane.deliveries);
  for (const { lane, deliveries: some } of lanes) await store.settle({ lane, ended: some.map(({ seq }) => ({ seq, state: 'handed-over' })), deferred: [], dueAt: T0, at: T0, reports: [] });
  return deliveries.sort((a, b) => a.seq - b.seq).map(({ message }) => message.text);
}

describe('what waits for the answers of somebody who leaves', () => {
  it('comes where everybody\'s mail does', async () => {
    const { store } = openHere();
    await store.setPreferences({ user: 'juliet@capulet.example', set: { strangers: 'ask' } });
    const { mailFrom, say } = await start(store, 'mark');
    await mailFrom('paris');
    await mailFrom('romeo');
    expect(await due(store)).toHaveLength(2);
    expect(await say('unregister yes')).toBe('You were not registered. Forgotten: your settings, 2 decisions on who may write to you. 2 messages that waited for you go now.');
    expect((await due(store)).sort()).toEqual(['from paris', 'from romeo']);
    expect(await due(store, 'smtp')).toEqual([]);
  });

  it.each(['ask', 'contacts'] as const)('goes back to its senders where nobody\'s comes unasked (%s)', async (policy) => {
    const { store } = openHere();
    await store.setPreferences({ user: 'juliet@capulet.example', set: { strangers: 'ask' } });
    const { mailFrom, say, consent } = await start(store, policy);
    for (const name of ['paris', 'romeo', 'paris']) await mailFrom(name);
    await due(store);
    expect(await say('unregister yes')).toContain('2 decisions');
    expect(await due(store)).toEqual([]);
    const reports = await due(store, 'smtp');
    expect(reports).toHaveLength(3);
    expect(consent.isAsked(juliet, romeo)).toBe(false);
    expect(await store.holds.users()).toEqual([]);
  });

  it('goes back for a user of another server, who may not be written to any more', async () => {
    const { store } = openHere();
    await store.accounts.register(guest, T0);
    await store.setPreferences({ user: 'guest@verona.example', set: { strangers: 'ask' } });
    const { mailFrom, registration } = await start(store, 'everybody');
    expect(await mailFrom('paris', guest)).toBe('stored');
    await due(store);
    expect(isFailure(await registration.remove(guest))).toBe(false);
    expect([await due(store), (await due(store, 'smtp')).length]).toEqual([[], 1]);
  });
});

describe('who leaves', () => {
  it('gives up his addresses: they take no mail, nobody gets them, and they fill nobody\'s share', async () => {
    const { store } = openHere();
    const { say, aliases, admit } = await start(store, 'everybody');
    const made = await aliases.make(juliet, 'shop');
    if (isFailure(made)) throw new Error(made.text);
    expect(await admit(made.local)).toMatchObject([{ recipient: juliet }]);
    expect(await say('unregister yes')).toBe('You were not registered. Forgotten: one address. Mail to the addresses you had here is refused, and nobody else gets them.');
    const again = await start(store, 'everybody');
    for (const one of [{ aliases, admit }, again]) {
      expect(await one.admit(made.local)).toMatchObject({ kind: 'permanent', reason: 'no-such-recipient', text: 'This address is no longer in use.' });
      expect(one.aliases.listOf(juliet)).toEqual([]);
      expect(isFailure(one.aliases.own(juliet, made.local))).toBe(true);
      expect(one.aliases.usable(juliet, made.local)).toBeUndefined();
    }
    for (let i = 0; i < 50; i++) expect(isFailure(await again.aliases.make(juliet, ''))).toBe(false);
    expect(isFailure(await again.aliases.make(juliet, ''))).toBe(true);
    expect(await store.aliases.allAliases()).toHaveLength(50);
  });

  it('is told what was forgotten, also when he may not use the gateway any more, and begins anew', async () => {
    const { store } = openHere();
    await store.accounts.register(guest, T0);
    for (const local of ['', 'romeo%montague.example']) await store.addSubscription({ user: guest, contact: { ...jid(local), domain: 'gw.example' } });
    await store.setPreferences({ user: 'guest@verona.example', set: { burst: 7_000 } });
    const { say, left, registration, accounts } = await start(store, 'everybody');
    expect(await say('unregister', guest)).toContain('write: unregister yes');
    expect(await say('unregister yes', guest)).toBe('You are no longer registered. Forgotten: your settings, one contact.');
    expect(left).toEqual(['guest: ', 'guest: romeo%montague.example']);
    expect(await say('unregister yes', jid('nobody'))).toBe('Nothing is kept of you here.');
    expect(await registration.register(guest, {})).toBe('new');
    expect(registration.form(guest)).toMatchObject({ values: { burst: '20' } });
    expect(accounts.admits(guest)).toBe(true);
  });

  it('does so from outside the rules as well', async () => {
    const { store } = openHere();
    await store.setPreferences({ user: 'guest@verona.example', set: { burst: 7_000 } });
    const { say } = await start(store, 'everybody', { isRegistered: () => false });
    expect(await say('unregister yes', guest)).toBe('You were not registered. Forgotten: your settings.');
  });
});

describe('the word of welcome', () => {
  it('comes once, also when the store has long forgotten that it was said', async () => {
    const { store } = openHere(undefined, { repeatWindow: DAY });
    const idle = { wake: () => undefined, reserve: () => 0, take: () => undefined };
    const welcomeAt = async (now: number): Promise<string[]> => {
      const accounts = new Accounts(await store.accounts.accounts(), store.accounts, []);
      const welcome = new Welcome({ accounts, store, clock: () => now, log: quiet, gateway: rules.gateway, queueOf: () => idle, lifetime: DAY });
      await welcome.wrote(chat(romeo).message, [{ recipient: romeo, result: 'stored' }]);
      return (await store.claim('xmpp', 9, 9, now)).flatMap(({ deliveries }) => deliveries.map(({ message }) => message.text));
    };
    expect(await welcomeAt(T0)).toHaveLength(1);
    await store.prune(T0 + 400 * DAY);
    expect(await welcomeAt(T0 + 400 * DAY)).toEqual([]);
    await store.accounts.forgetUser(juliet, T0 + 401 * DAY);
    expect(await welcomeAt(T0 + 401 * DAY)).toEqual([]);
  });
});
