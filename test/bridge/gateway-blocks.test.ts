/** What an administrator blocks for everybody, on the bridge and a real store. */
import { describe, expect, it } from 'vitest';
import type { MailAddress } from '../../src/address.js';
import { CommandTable } from '../../src/bridge/command-table.js';
import { createCommands } from '../../src/bridge/commands.js';
import { OwnAddresses } from '../../src/bridge/own-addresses.js';
import { Preferences } from '../../src/bridge/preferences.js';
import { blockingCommands } from '../../src/bridge/command/blocking.js';
import { userBlockCommands } from '../../src/bridge/command/user-block.js';
import { GatewayBlocks } from '../../src/bridge/gateway-blocks.js';
import type { Route } from '../../src/edge.js';
import type { Message } from '../../src/message.js';
import type { NewMessage } from '../../src/store/new-message.js';
import type { Store } from '../../src/store/store.js';
import { openHere } from '../store/files.js';
import { jid, juliet, letter, mail, romeo, T0 } from '../store/samples.js';
import { bridgeOn, consentOn, rules as open, silentServer } from './on-store.js';

const nurse = jid('nurse');
const toJuliet: Route = { outlet: 'xmpp', recipient: juliet };
const postmaster: Route = { outlet: 'xmpp', recipient: juliet, operators: true };
const REFUSED = { kind: 'permanent', reason: 'not-allowed', status: '5.7.1' };
const arrival = (from: MailAddress | undefined) => ({ from, peer: '192.0.2.1', trusted: false });
const at = (local: string) => ({ kind: 'mail', local, domain: 'gw.example' }) as const;

function start(store: Store, policy = 'everybody') {
  const rows = [{ user: 'juliet@capulet.example', set: { strangers: policy } }];
  const admins = [nurse];
  const blocks = new GatewayBlocks({ correspondents: store.correspondents, gateway: open.gateway, admins, clock: () => T0 });
  const rules = { ...open, admins, isBlocked: (address: Parameters<GatewayBlocks['covers']>[0]) => blocks.covers(address) };
  const consent = consentOn(store, rows, undefined, rules);
  const commands = new CommandTable({ commands: [...blockingCommands(consent), ...userBlockCommands(blocks, consent)], introduction: [], isUser: () => true, isAdmin: (user) => user.local === 'nurse' });
  const bridge = bridgeOn(store, 0, rows, { consent, rules });
  const mailFrom = async (sender: MailAddress, parts: Partial<Message> = {}, route = toJuliet) => (await bridge.accept(letter(sender, juliet, { returnTo: sender, ...parts }).message, [route]))[0]?.result;
  const waiting = async (): Promise<string[]> => (await store.list({ limit: 9 })).map(({ outlet, recipient }) => `${outlet} ${recipient}`).sort();
  return { rules, blocks, consent, bridge, mailFrom, waiting, say: (line: string) => commands.say(juliet, line), order: (line: string) => commands.say(nurse, line) };
}

describe('who is blocked for everybody', () => {
  it.each(['romeo@montague.example', 'ROMEO@Montague.Example', 'romeo%montague.example@gw.example', '@montague.example', '@*.montague.example'])('writes to nobody by envelope or From, when %s is', async (typed) => {
    const { bridge, mailFrom, order } = start(openHere().store);
    expect(await order(`user block ${typed}`)).toMatch(/is blocked for everybody/);
    expect(await bridge.admitMail(at('juliet'), arrival(romeo))).toMatchObject(REFUSED);
    expect(await mailFrom(romeo)).toMatchObject(REFUSED);
    expect(await mailFrom(romeo, { authenticity: 'unverified' })).toMatchObject(REFUSED);
    const paris = { ...mail('paris'), domain: 'verona.test' };
    expect(bridge.admitMail(at('juliet'), arrival(paris))).toEqual([toJuliet]);
    expect(await mailFrom(paris)).toBe('stored');
  });

  it('is not written to: alone, among others, or as one of all', async () => {
    const { bridge, order } = start(openHere().store);
    await order('user block romeo@montague.example');
    const refused = bridge.admitChat(juliet, romeo);
    expect(refused).toMatchObject({ ...REFUSED, text: 'The operators of this gateway have blocked romeo@montague.example: nothing goes there.' });
    expect(bridge.admitPeople(juliet, [mail('paris'), romeo])).toMatchObject(REFUSED);
    expect(bridge.admitChat(juliet, mail('paris'))).toEqual({ outlet: 'smtp', recipient: mail('paris') });
  });

  it('may not be let in by a user who accepts him, and stays out for who has blocked him when it ends', async () => {
    const { mailFrom, say, order } = start(openHere().store, 'contacts');
    await say('accept romeo@montague.example');
    await order('user block @montague.example');
    await say('accept romeo@montague.example');
    expect(await mailFrom(romeo)).toMatchObject(REFUSED);
    expect(await order('user blocked')).toBe('@montague.example');
    expect(await order('user unblock romeo@montague.example')).toBe('romeo@montague.example is not blocked for everybody.');
    expect(await order('user unblock @montague.example')).toBe('@montague.example is no longer blocked for everybody.');
    expect(await mailFrom(romeo)).toBe('stored');
    await say('block romeo@montague.example');
    await order('user block romeo@montague.example');
    await order('user unblock romeo@montague.example');
    expect(await mailFrom(romeo)).toMatchObject(REFUSED);
    expect(await order('user blocked')).toBe('Nobody is blocked for everybody.');
  });

  it('reaches the operators still', async () => {
    const { bridge, mailFrom, order } = start(openHere().store);
    await order('user block @montague.example');
    expect(bridge.admitMail(at('postmaster'), arrival(romeo))).toEqual([{ outlet: 'xmpp', recipient: nurse, operators: true }]);
    expect(await mailFrom(romeo, {}, postmaster)).toBe('stored');
  });

  it.each(['peter@capulet.example', 'peter@gw.example', 'peter%capulet.example@gw.example'])('may be a chat user, named as %s', async (typed) => {
    const { bridge, order } = start(openHere().store);
    await order(`user block ${typed}`);
    const peter = jid('peter');
    expect(bridge.admitChat(peter, romeo)).toMatchObject({ ...REFUSED, text: 'The operators of this gateway have blocked you.' });
    expect(bridge.admitChat(juliet, at('peter'))).toMatchObject(REFUSED);
    expect(await bridge.admitMail(at('peter'), arrival(romeo))).toMatchObject(REFUSED);
    expect(await bridge.admitMail(at('peter'), arrival(undefined))).toMatchObject(REFUSED);
    expect(await bridge.accept({ ...letter(romeo, juliet).message, sender: peter }, [toJuliet])).toMatchObject([{ result: REFUSED }]);
  });

  it('has no code sent, as a user or to an address', async () => {
    const { store } = openHere();
    const { rules, order } = start(store);
    const sent: NewMessage[] = [];
    const preferences = new Preferences([], store, {});
    const own = new OwnAddresses({ store, rules, preferences, clock: () => T0, own: silentServer, send: (one) => Promise.resolve(sent.push(one)) });
    const commands = createCommands({ rules, preferences, store, render: () => Promise.resolve(''), more: own.commands });
    await order('user block @montague.example');
    await order('user block peter@capulet.example');
    expect(await commands.say(jid('peter'), 'mailbox peter@verona.test')).toMatch(/does not serve you/);
    expect(await commands.say(juliet, 'mailbox romeo@montague.example')).toMatch(/nothing goes there/);
    expect(sent).toEqual([]);
    await commands.say(juliet, 'mailbox juliet@verona.test');
    expect(sent).toHaveLength(1);
  });

  it('is told, when somebody was asked about him, and nobody is any more', async () => {
    const { mailFrom, waiting, consent, order } = start(openHere().store, 'ask');
    expect(await mailFrom(romeo)).toBe('stored');
    expect(consent.isAsked(juliet, romeo)).toBe(true);
    await order('user block @montague.example');
    expect(consent.isAsked(juliet, romeo)).toBe(false);
    expect(await waiting()).toContain('smtp romeo@montague.example');
    expect(await mailFrom(romeo)).toMatchObject(REFUSED);
    await order('user unblock @montague.example');
    expect(await mailFrom(romeo)).toBe('stored');
    expect(consent.isAsked(juliet, romeo)).toBe(true);
  });

  it.each(['@gw.example', '@capulet.example', '@*.example', 'nurse@capulet.example', 'nurse@gw.example'])('is not an administrator, nor all who use the gateway: %s', async (typed) => {
    const { blocks, order } = start(openHere().store);
    expect(await order(`user block ${typed}`)).toMatch(/would block the users/);
    expect(await blocks.list()).toEqual([]);
  });

  it('is blocked by administrators only', async () => {
    const { blocks, say } = start(openHere().store);
    expect(await say('user block @montague.example')).toMatch(/does not serve you/);
    expect(await blocks.list()).toEqual([]);
  });
});
