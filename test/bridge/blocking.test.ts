/** Blocking, on the bridge and a real store. */
import { describe, expect, it } from 'vitest';
import { BlockList } from '../../src/bridge/block-list.js';
import { blockingCommands } from '../../src/bridge/command/blocking.js';
import { CommandTable } from '../../src/bridge/command-table.js';
import type { Route } from '../../src/edge.js';
import { isFailure } from '../../src/failure.js';
import type { Store } from '../../src/store/store.js';
import { openHere } from '../store/files.js';
import { chat, jid, juliet, letter, mail, romeo, T0 } from '../store/samples.js';
import { bridgeOn, consentOn, rules } from './on-store.js';

const nurse = jid('nurse');
const toJuliet: Route = { outlet: 'xmpp', recipient: juliet };
const toNurse: Route = { outlet: 'xmpp', recipient: nurse };
const postmaster: Route = { outlet: 'xmpp', recipient: juliet, operators: true };
const REFUSED = { kind: 'permanent', reason: 'not-allowed', status: '5.7.1' };
const arrival = (from: typeof romeo | undefined) => ({ from, peer: '192.0.2.1', trusted: false });
const toAddress = { kind: 'mail', local: 'juliet', domain: 'gw.example' } as const;

function start(store: Store) {
  const consent = consentOn(store);
  const commands = new CommandTable({ commands: blockingCommands(consent), introduction: [], isUser: () => true, isAdmin: () => false });
  return { consent, bridge: bridgeOn(store, 0, [], { consent }), say: (line: string) => commands.say({ ...juliet, resource: 'r' }, line) };
}

describe('a blocked sender', () => {
  it('is refused at RCPT by the envelope, and by the author whether verified or not; nobody else is', async () => {
    const { bridge, say } = start(openHere().store);
    expect(bridge.admitMail(toAddress, arrival(romeo))).toEqual([toJuliet]);
    expect(await say('block ROMEO@montague.example')).toBe('romeo@montague.example is blocked: what comes from there is refused.');
    expect(await bridge.admitMail(toAddress, arrival(romeo))).toMatchObject(REFUSED);
    expect(await bridge.admitMail(toAddress, arrival(mail('paris')))).toEqual([toJuliet]);
    expect(await bridge.admitMail(toAddress, arrival(undefined))).toEqual([toJuliet]);
    for (const authenticity of ['verified', 'unverified'] as const) {
      expect(await bridge.accept(letter(romeo, juliet, { authenticity }).message, [toJuliet])).toMatchObject([{ result: REFUSED }]);
    }
    expect(await bridge.accept(letter(mail('paris'), juliet).message, [toJuliet])).toMatchObject([{ result: 'stored' }]);
  });

  it('reaches the others of a mail to several, and the postmaster', async () => {
    const { store } = openHere();
    const { bridge, say } = start(store);
    await say('block @montague.example');
    const { message } = letter(romeo, juliet, { returnTo: romeo });
    const results = await bridge.accept(message, [toJuliet, toNurse]);
    expect(results).toMatchObject([{ recipient: nurse, result: 'stored' }, { recipient: juliet, result: REFUSED }]);
    expect(await bridge.accept(letter(romeo, juliet).message, [postmaster])).toMatchObject([{ result: 'stored' }]);
    const { result } = results[1]!;
    if (isFailure(result)) await bridge.untold(message, juliet, result);
    expect((await store.list({ limit: 9 })).map(({ outlet, recipient }) => `${outlet} ${recipient}`).sort()).toEqual([
      'smtp romeo@montague.example', 'xmpp juliet@capulet.example', 'xmpp nurse@capulet.example',
    ]);
  });

  it('may be a chat user', async () => {
    const { bridge, say } = start(openHere().store);
    await say('block nurse@gw.example');
    const sent = { ...chat(romeo).message, sender: nurse };
    expect(await bridge.accept(sent, [toJuliet])).toMatchObject([{ result: REFUSED }]);
    expect(await bridge.accept({ ...sent, sender: jid('peter') }, [toJuliet])).toMatchObject([{ result: 'stored' }]);
  });

  it('stays blocked over a restart, is listed, and is welcome when unblocked', async () => {
    const { store } = openHere();
    await start(store).say('block @*.montague.example');
    const { consent, bridge, say } = start(store);
    await consent.load();
    expect(await bridge.admitMail(toAddress, arrival(romeo))).toMatchObject(REFUSED);
    expect(await say('blocked')).toBe('@*.montague.example');
    expect(await say('unblock @montague.example')).toBe('@montague.example is still blocked, by @*.montague.example. To take it again, unblock that.');
    expect(await say('unblock @*.montague.example')).toBe('@*.montague.example is no longer blocked.');
    expect(await say('blocked')).toBe('You have blocked nobody.');
    expect(await bridge.admitMail(toAddress, arrival(romeo))).toEqual([toJuliet]);
  });

  it('may have a name that needs quotes', async () => {
    const { store } = openHere();
    const { bridge, say } = start(store);
    const doe = { ...romeo, local: 'John "J" Doe' };
    const shown = '"john \\"j\\" doe"@montague.example';
    const toDoe: Route = { outlet: 'smtp', recipient: doe };
    expect(await say(`block ${shown}`)).toBe(`${shown} is blocked: what comes from there is refused.`);
    expect(await say('blocked')).toBe(shown);
    expect(await bridge.admitMail(toAddress, arrival(doe))).toMatchObject(REFUSED);
    expect(await say(`unblock ${shown}`)).toBe(`${shown} is no longer blocked.`);
    await bridge.accept(chat(doe, { text: '/block' }).message, [toDoe]);
    expect(await bridge.admitMail(toAddress, arrival(doe))).toMatchObject(REFUSED);
    await bridge.accept(chat(doe, { text: '/unblock' }).message, [toDoe]);
    expect(await bridge.admitMail(toAddress, arrival(doe))).toEqual([toJuliet]);
  });

  it('stays blocked by a wider entry, and whoever unblocks him is told so', async () => {
    const { store } = openHere();
    const { consent, say } = start(store);
    const list = new BlockList({ consent, store, rules, clock: () => T0 });
    await say('block @*.montague.example');
    await say('block romeo@montague.example');
    const still = 'romeo@montague.example is still blocked, by @*.montague.example. To take it again, unblock that.';
    expect(await say('unblock romeo@montague.example')).toBe(still);
    const contact = { ...jid('romeo%montague.example'), domain: 'gw.example' };
    expect(await list.unblock(juliet, contact)).toMatchObject({ reason: 'not-allowed', text: still });
    expect(await list.unblock(juliet, { ...contact, local: 'paris%verona.example' })).toBeUndefined();
    expect(await list.blocked(juliet)).toEqual(['%*.montague.example@gw.example']);
    expect(await list.unblock(juliet, { ...contact, local: '%*.montague.example' })).toBeUndefined();
    expect(await list.blocked(juliet)).toEqual([]);
  });

  it('is one of a bounded number', async () => {
    const { store } = openHere();
    const entry = { user: 'juliet@capulet.example', state: 'blocked', by: 'user', at: T0 } as const;
    await Promise.all(Array.from({ length: 2_000 }, (_, i) => store.correspondents.decide({ ...entry, mail: `x${i}@y.example` }, 2_000)));
    expect(await start(store).say('block romeo@montague.example')).toMatch(/take one away/);
    expect(await start(store).say('block x7@y.example')).toMatch(/is blocked/);
  });
});

describe('who was written to', () => {
  const standing = (store: Store, name = 'romeo@montague.example') => store.correspondents.standing({ user: juliet, names: [name], contacts: [] });

  it('is known by that, and not by having written', async () => {
    const { store } = openHere();
    await store.accept([letter(romeo, juliet, { ids: { stanza: 'x', mail: '<forged@gw.example>' } })]);
    expect(await standing(store)).toMatchObject({ written: false, met: true });
    await store.accept([chat(romeo)]);
    expect(await standing(store)).toMatchObject({ written: true, met: true });
    expect(await standing(store, 'paris@montague.example')).toMatchObject({ written: false, met: false });
  });
});
