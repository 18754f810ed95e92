/** Strangers, on the bridge and a real store: who is asked about, what waits, and what the answer does. */
import { describe, expect, it } from 'vitest';
import { Aliases } from '../../src/bridge/aliases.js';
import { blockingCommands } from '../../src/bridge/command/blocking.js';
import { CommandTable } from '../../src/bridge/command-table.js';
import { acceptingContacts } from '../../src/bridge/create-consent.js';
import type { Policy } from '../../src/bridge/strangers.js';
import type { Route } from '../../src/edge.js';
import { Failure } from '../../src/failure.js';
import type { Message } from '../../src/message.js';
import type { Store } from '../../src/store/store.js';
import { openHere } from '../store/files.js';
import { chat, jid, juliet, letter, mail, romeo, T0 } from '../store/samples.js';
import { bridgeOn, consentOn, rules } from './on-store.js';

const toJuliet: Route = { outlet: 'xmpp', recipient: juliet };
const toNurse: Route = { outlet: 'xmpp', recipient: jid('nurse') };
const toRomeo: Route = { outlet: 'smtp', recipient: romeo };
const REFUSED = { kind: 'permanent', reason: 'not-allowed', status: '5.7.1' };
const contact = { ...jid('romeo%montague.example'), domain: 'gw.example' };

function start(policy: Policy, store: Store, probe?: () => Promise<boolean | undefined>) {
  const rows = [{ user: 'juliet@capulet.example', set: { strangers: policy } }];
  const consent = consentOn(store, rows, probe);
  const aliases = new Aliases({ store: store.aliases, rules, clock: () => T0 });
  const bridge = bridgeOn(store, 0, rows, { consent, aliases });
  const commands = new CommandTable({ commands: blockingCommands(consent), introduction: [], isUser: () => true, isAdmin: () => false });
  return {
    aliases,
    consent,
    bridge,
    say: (line: string) => commands.say(juliet, line),
    mailFrom: async (text: string, parts: Partial<Message> = {}) => (await bridge.accept({ ...letter(romeo, juliet, { text, returnTo: romeo, ...parts }).message }, [toJuliet]))[0]?.result,
    write: (text: string) => bridge.accept(chat(romeo, { text }).message, [toRomeo]),
  };
}

/** What the outlet would be given now, in order. */
async function due(store: Store, outlet: 'xmpp' | 'smtp' = 'xmpp'): Promise<string[]> {
  const lanes = await store.claim(outlet, 999, 99, T0 + 1_000);
  const deliveries = lanes.flatMap((lane) => lane.deliveries);
  await Promise.all(lanes.map(({ lane, deliveries: some }) => store.settle({ lane, ended: some.map(({ seq }) => ({ seq, state: 'handed-over' })), deferred: [], dueAt: T0, at: T0, reports: [] })));
  return deliveries.sort((a, b) => a.seq - b.seq).map(({ message }) => message.text);
}

describe('a stranger who is asked about', () => {
  it('waits with all he sends, behind one question that shows his subject only', async () => {
    const { store } = openHere();
    const { mailFrom, say } = start('ask', store);
    expect(await mailFrom('first', { subject: 'A\u202erose\nby any other name'.padEnd(300, '!') })).toBe('stored');
    expect(await mailFrom('second')).toBe('stored');
    const questions = await due(store);
    expect(questions).toHaveLength(1);
    expect(questions[0]).toMatch(/^romeo@montague\.example wants to write to you\.\nSubject: A rose by any other name!{50,62}\nAnswer "accept" or "block"\./);
    expect(await say('accept romeo@montague.example')).toBe('romeo@montague.example may write to you.');
    expect(await due(store)).toEqual(['first', 'second']);
    await mailFrom('third');
    expect(await due(store)).toEqual(['third']);
  });

  it.each([
    ['accept', ['first', '[romeo@montague.example may write to you.]']],
    [' ACCEPT! ', ['first', '[romeo@montague.example may write to you.]']],
    ['/accept', ['first', '[romeo@montague.example may write to you.]']],
    ['Who are you?', ['first']],
  ])('comes in when the answer in his chat is %j', async (answer, expected) => {
    const { store } = openHere();
    const { mailFrom, write } = start('ask', store);
    await mailFrom('first');
    await due(store);
    await write(answer);
    expect(await due(store)).toEqual(expected);
    expect(await due(store, 'smtp')).toEqual(answer.includes('?') ? [answer] : []);
  });

  it('comes in when he becomes a contact', async () => {
    const { store } = openHere();
    const { consent, mailFrom } = start('ask', store);
    await mailFrom('first');
    await due(store);
    await acceptingContacts(store, consent).addSubscription({ user: juliet, contact });
    expect(await due(store)).toEqual(['first']);
  });

  it('is told, once per mail, when he is blocked, and his next mail is refused', async () => {
    const { store } = openHere();
    const { mailFrom, write } = start('ask', store);
    await mailFrom('first');
    await mailFrom('second');
    await due(store);
    await write('block');
    expect(await due(store)).toEqual([expect.stringMatching(/is blocked/)]);
    expect(await due(store, 'smtp')).toEqual([1, 2].map(() => expect.stringMatching(/could not be delivered to juliet@capulet.example. The recipient does not take this mail/) as string));
    expect(await mailFrom('third')).toMatchObject(REFUSED);
  });

  it('comes in when all of his domain is accepted, however he spells himself', async () => {
    const { store } = openHere();
    const { mailFrom, say } = start('ask', store);
    await mailFrom('first');
    await mailFrom('second', { sender: mail('ROMEO') });
    expect(await due(store)).toHaveLength(1);
    expect(await say('accept @montague.example')).toBe('@montague.example may write to you.');
    expect((await due(store)).sort()).toEqual(['first', 'second']);
  });

  it.each([
    ['accept', ['mail']],
    ['block', []],
  ])('does not wait for ever when the answer %j comes before his mail is stored', async (word, expected) => {
    const { store } = openHere();
    const { mailFrom, say } = start('ask', store);
    const acceptAndClaim = store.acceptAndClaim.bind(store);
    store.acceptAndClaim = async (...args) => {
      await say(`${word} romeo@montague.example`);
      return acceptAndClaim(...args);
    };
    expect(await mailFrom('mail')).toBe('stored');
    expect((await due(store)).slice(1)).toEqual(expected);
    expect(await due(store, 'smtp')).toHaveLength(1 - expected.length);
  });

  it.each(['accepted', 'blocked'] as const)('does not wait on, being %s, where the gateway ended behind the decision', async (state) => {
    const { store } = openHere();
    await start('ask', store).mailFrom('Good morrow');
    await due(store);
    await store.correspondents.decide({ user: 'juliet@capulet.example', mail: 'romeo@montague.example', state, by: 'user', at: T0 }, 9);
    const { bridge, mailFrom } = start('ask', store);
    await bridge.load();
    expect(await due(store)).toEqual(state === 'accepted' ? ['Good morrow'] : []);
    expect(await due(store, 'smtp')).toHaveLength(state === 'accepted' ? 0 : 1);
    if (state === 'blocked') return;
    await mailFrom('And again');
    expect(await due(store)).toEqual(['And again']);
  });

  it('waits on after a restart, when nothing was decided and the question is too old', async () => {
    const { store } = openHere();
    await start('ask', store).mailFrom('Good morrow');
    await due(store);
    await store.correspondents.undecide('juliet@capulet.example', 'romeo@montague.example');
    await start('ask', store).bridge.load();
    expect(await due(store)).toEqual([]);
    expect(await store.holds.count(juliet)).toBe(1);
  });

  it('may be asked about still after a restart', async () => {
    const { store } = openHere();
    await start('ask', store).mailFrom('first');
    await due(store);
    const { consent, write } = start('ask', store);
    await consent.load();
    await write('accept');
    expect((await due(store))[0]).toBe('first');
  });

  it('has room for so many mails, and the user for so many strangers', async () => {
    const { store } = openHere();
    const { mailFrom } = start('ask', store);
    for (let i = 0; i < 20; i++) expect(await mailFrom(`mail ${i}`)).toBe('stored');
    expect(await mailFrom('one more')).toMatchObject({ kind: 'temporary', status: '4.2.2' });
    const file = { name: 'a', type: 'a/b', size: 30 * 1024 * 1024, where: { part: 0 } };
    expect(await mailFrom('large', { sender: mail('paris'), attachments: [file, file] })).toBe('stored');
    expect(await mailFrom('and one more', { sender: mail('paris') })).toMatchObject({ kind: 'temporary' });
    for (let i = 0; i < 98; i++) expect(await mailFrom('x', { sender: mail(`p${i}`) })).toBe('stored');
    expect(await mailFrom('x', { sender: mail('p98') })).toMatchObject({ kind: 'temporary' });
    expect(await due(store)).toHaveLength(100);
  });

  it('is none where nothing proves him, and none who was written to', async () => {
    const { store } = openHere();
    const { mailFrom, write } = start('ask', store);
    expect(await mailFrom('forged', { authenticity: 'unverified' })).toMatchObject(REFUSED);
    await write('Hello');
    expect(await mailFrom('answer')).toBe('stored');
    expect(await mailFrom('forged again, and marked as such', { authenticity: 'unverified' })).toBe('stored');
    expect(await due(store)).toEqual(['answer', 'forged again, and marked as such']);
  });
});

describe('another chat user', () => {
  it.each(['ask', 'contacts', 'mark'] as const)('is no stranger, in chat or by a mail from his mailbox: %s', async (policy) => {
    const { store } = openHere();
    const { bridge } = start(policy, store);
    const nurse = jid('nurse');
    expect(await bridge.accept({ ...chat(romeo, { text: 'chat' }).message, sender: nurse }, [toJuliet])).toMatchObject([{ result: 'stored' }]);
    expect(await bridge.accept({ ...letter(romeo, juliet, { text: 'mail' }).message, sender: nurse }, [toJuliet])).toMatchObject([{ result: 'stored' }]);
    expect(await due(store)).toEqual(expect.arrayContaining(['chat', 'mail']));
  });
});

describe('the other policies', () => {
  it('contacts: takes only whom the user knows; of a mail to several, others get theirs', async () => {
    const { store } = openHere();
    const { bridge, mailFrom, write } = start('contacts', store);
    expect(await mailFrom('first')).toMatchObject(REFUSED);
    expect(await bridge.accept(letter(romeo, juliet).message, [toJuliet, toNurse])).toMatchObject([{ result: 'stored' }, { result: REFUSED }]);
    await store.addSubscription({ user: juliet, contact });
    expect(await mailFrom('second')).toBe('stored');
    await store.removeSubscription({ user: juliet, contact });
    expect(await mailFrom('third')).toMatchObject(REFUSED);
    await write('Hello');
    expect(await mailFrom('fourth')).toBe('stored');
  });

  it('verified: takes no unverified mail', async () => {
    const { mailFrom } = start('verified', openHere().store);
    expect(await mailFrom('good')).toBe('stored');
    expect(await mailFrom('bad', { authenticity: 'unverified' })).toMatchObject(REFUSED);
  });

  it('mark: says that it is the first mail, to whom it is', async () => {
    const { store } = openHere();
    const { bridge, mailFrom } = start('mark', store);
    await bridge.accept(letter(romeo, juliet, { text: 'first', ids: { mail: '<same@x>' } }).message, [toJuliet, toNurse]);
    await mailFrom('second');
    const lanes = await store.claim('xmpp', 99, 99, T0);
    const told = lanes.flatMap(({ deliveries }) => deliveries.map(({ message, recipient }) => [recipient.local, message.text, message.stranger === true]));
    expect(told.sort()).toEqual([['juliet', 'first', true], ['juliet', 'second', false], ['nurse', 'first', false]]);
  });
});

describe('who may write to an address that the user keeps for him', () => {
  const cameBy = { kind: 'mail', local: 'juliet+x', domain: 'gw.example' } as const;
  const alias = { local: 'juliet+x', user: 'juliet@capulet.example', kind: 'alias', note: '', madeAt: T0 } as const;

  it.each(['ask', 'contacts', 'mark', 'verified'] as const)('is no stranger there (%s), unless he is blocked; nobody is one by another address', async (policy) => {
    const { store } = openHere();
    const { aliases, mailFrom, say } = start(policy, store);
    await aliases.keep({ ...alias, allowed: { kind: 'domain', domain: 'montague.example' } });
    expect(await mailFrom('by it', { cameBy })).toBe('stored');
    expect(await mailFrom('forged', { cameBy, authenticity: 'unverified' })).toMatchObject(REFUSED);
    expect(await due(store)).toEqual(['by it']);
    if (policy === 'contacts') expect(await mailFrom('by the plain address')).toMatchObject(REFUSED);
    await say('block romeo@montague.example');
    expect(await mailFrom('blocked', { cameBy })).toMatchObject(REFUSED);
  });

  it('is a stranger where anyone may write', async () => {
    const { aliases, mailFrom } = start('contacts', openHere().store);
    await aliases.keep(alias);
    expect(await mailFrom('by it', { cameBy })).toMatchObject(REFUSED);
  });
});

describe("a block at the user's own server", () => {
  const back = (bridge: ReturnType<typeof bridgeOn>) =>
    bridge.reportFor({ ...letter(romeo, juliet), recipient: juliet, state: 'failed', failure: Failure.permanent('recipient-unavailable', 'no') });
  const arrival = { from: romeo, peer: '192.0.2.1', trusted: false };
  const to = { kind: 'mail', local: 'juliet', domain: 'gw.example' } as const;

  it('is honoured at RCPT as long as it stands, and holds up nobody else', async () => {
    const { store } = openHere();
    let blocked: boolean | undefined = true;
    const { bridge, consent, say } = start('everybody', store, () => Promise.resolve(blocked));
    back(bridge);
    await expect.poll(() => say('blocked')).toBe("romeo@montague.example (in your XMPP server's block list)");
    expect(await bridge.admitMail(to, { ...arrival, from: mail('paris') })).toEqual([toJuliet]);
    expect(await bridge.admitMail(to, arrival)).toMatchObject(REFUSED);
    blocked = false;
    const later = start('everybody', store, () => Promise.resolve(blocked));
    await later.consent.load();
    expect(await later.bridge.admitMail(to, arrival)).toEqual([toJuliet]);
    expect(await consent.blocked(juliet)).toEqual([]);
  });

  it("takes no place of the user's own, which stands when it ends", async () => {
    const { store } = openHere();
    const { consent, say } = start('everybody', store, () => Promise.resolve(true));
    await say('block romeo@montague.example');
    expect(await consent.cameBack(juliet, romeo, Failure.permanent('recipient-unavailable', 'no'))).toBe(true);
    const later = start('everybody', store, () => Promise.resolve(false));
    await later.consent.load();
    expect(await later.bridge.admitMail(to, arrival)).toMatchObject(REFUSED);
    expect(await later.say('blocked')).toBe('romeo@montague.example');
  });

  it('is none where the user is unknown: then the next mail is put off', async () => {
    const { store } = openHere();
    const { bridge, say } = start('everybody', store);
    back(bridge);
    expect(bridge.admitMail(to, arrival)).toMatchObject({ kind: 'temporary' });
    expect(await say('blocked')).toBe('You have blocked nobody.');
  });
});
