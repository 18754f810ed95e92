/** The bridge on a real store: what the edges are answered, and what a late word leaves behind. */
import { describe, expect, it } from 'vitest';
import type { Route } from '../../src/edge.js';
import { Failure } from '../../src/failure.js';
import { recipientTag } from '../../src/recipient-tag.js';
import { StoreError } from '../../src/store/store-error.js';
import { openHere } from '../store/files.js';
import { chat, jid, juliet, letter, mail, romeo, T0 } from '../store/samples.js';
import { bridgeOn } from './on-store.js';

const unknown = Failure.permanent('no-such-recipient', 'No such user.');

const toJuliet: Route = { outlet: 'xmpp', recipient: juliet };
const { message } = letter(romeo, juliet, { returnTo: romeo });

describe('accept', () => {
  it.each(['storage', 'overloaded'] as const)('answers why nothing was kept: %s', async (reason) => {
    const { store } = openHere();
    store.acceptAndClaim = () => Promise.reject(new StoreError('no', reason));
    expect(await bridgeOn(store).accept(message, [toJuliet])).toMatchObject([{ result: { kind: 'temporary', reason } }]);
  });
});

describe('a late failure', () => {
  it('is told once, and kept as an incident once, however often it is said', async () => {
    const { store } = openHere();
    const bridge = bridgeOn(store);
    await bridge.accept(message, [toJuliet]);
    for (let i = 0; i < 3; i++) await bridge.reported(message.id, juliet, 'failed', unknown);
    const told = await store.claim('smtp', 9, 9, T0);
    expect(told.flatMap(({ deliveries }) => deliveries.map((delivery) => delivery.message.report))).toMatchObject([{ state: 'failed', about: { id: message.id } }]);
    const incident = { at: T0, what: 'bounced', from: 'romeo@montague.example', to: 'juliet@capulet.example', message: message.id, failure: unknown.toRecord() };
    expect(await store.incidents({ limit: 9 })).toEqual([incident]);
  });

  it('of each part of a long text, while the first is not settled yet, is one answer', async () => {
    const { store } = openHere();
    const bridge = bridgeOn(store);
    await bridge.accept(message, [toJuliet]);
    const [lane] = await store.claim('xmpp', 9, 9, T0);
    const { seq } = lane!.deliveries[0]!;
    const report = bridge.reportFor({ message, recipient: juliet, state: 'failed', failure: unknown })!;
    await bridge.reported(message.id, juliet, 'failed', unknown);
    const ended = [{ seq, state: 'failed', failure: unknown.toRecord() }] as const;
    await store.settle({ lane: lane!.lane, ended, deferred: [], reports: [{ ...report, seq }], dueAt: T0, at: T0 });
    expect((await store.claim('smtp', 9, 9, T0)).flatMap(({ deliveries }) => deliveries)).toHaveLength(1);
  });

  it('of a report is told nobody', async () => {
    const { store } = openHere();
    const bridge = bridgeOn(store);
    const { message: sent } = chat(romeo, { returnTo: jid('juliet', 'balcony') });
    await store.accept([bridge.reportFor({ message: sent, recipient: romeo, state: 'failed', failure: unknown })!]);
    const [lane] = await store.claim('xmpp', 9, 9, T0);
    const { message: report, seq } = lane!.deliveries[0]!;
    await store.settle({ lane: lane!.lane, ended: [{ seq, state: 'handed-over' }], deferred: [], reports: [], dueAt: T0, at: T0 });
    await bridge.reported(report.id, juliet, 'failed', unknown);
    expect((await store.list({ limit: 9 })).map(({ state }) => state)).toEqual(['failed']);
  });
});

describe('a word on a message of somebody else', () => {
  it('is not believed, though its id is known to all who have the mail', async () => {
    const { store } = openHere();
    const bridge = bridgeOn(store);
    const { message: sent } = chat(romeo, { returnTo: jid('juliet', 'balcony') });
    await bridge.accept(sent, [{ outlet: 'smtp', recipient: romeo }]);
    await bridge.reported(sent.id, jid('mallory'), 'failed', unknown);
    await bridge.reported(sent.id, { ...romeo, kind: 'jid', resource: '' }, 'failed', unknown);
    expect((await store.list({ limit: 9 })).map(({ outlet, state }) => `${outlet} ${state}`)).toEqual(['smtp waiting']);
  });
});

describe('a report on a message to several', () => {
  const toBoth: Route[] = [romeo, mail('tybalt')].map((recipient) => ({ outlet: 'smtp', recipient }));
  const both = chat(romeo, { returnTo: jid('juliet', 'desk'), addressees: { to: [{ address: romeo }, { address: mail('tybalt') }], cc: [] } }).message;

  it('whose recipient is none of ours is about whom its return address tells', async () => {
    const { store } = openHere();
    const bridge = bridgeOn(store);
    await bridge.accept(both, toBoth);
    await bridge.reported(both.id, mail('forwarded'), 'failed', unknown, recipientTag('tybalt@montague.example'));
    const told = (await store.claim('xmpp', 9, 9, T0)).flatMap(({ deliveries }) => deliveries);
    expect(told.map((delivery) => delivery.message.report)).toMatchObject([{ state: 'failed', recipient: mail('tybalt') }]);
  });

  it('that nothing ties to one of them is told nobody', async () => {
    const { store } = openHere();
    const bridge = bridgeOn(store);
    await bridge.accept(both, toBoth);
    await bridge.reported(both.id, mail('forwarded'), 'failed', unknown, recipientTag('mercutio@montague.example'));
    await bridge.reported(both.id, mail('forwarded'), 'failed', unknown);
    expect(await store.claim('xmpp', 9, 9, T0)).toEqual([]);
  });
});

describe('a delay at the next hop', () => {
  const slow = Failure.temporary('remote-unreachable', 'Not yet.');

  it('is told once, however often it is said, and not after the end', async () => {
    const { store } = openHere();
    const bridge = bridgeOn(store);
    const told = async () => (await store.list({ limit: 9 })).filter(({ outlet }) => outlet === 'xmpp').length;
    const [one, two] = [chat(romeo, { returnTo: juliet }), chat(romeo, { returnTo: juliet })] as const;
    await store.accept([one, two]);
    for (let i = 0; i < 3; i++) await bridge.reported(one.message.id, romeo, 'delayed', slow);
    expect(await told()).toBe(1);
    await bridge.reported(two.message.id, romeo, 'failed', unknown);
    await bridge.reported(two.message.id, romeo, 'delayed', slow);
    expect(await told()).toBe(2);
  });
});

describe('an answer to all', () => {
  const desk = jid('juliet', 'desk');
  const toRomeo: Route = { outlet: 'smtp', recipient: romeo };
  const written = (more: object): ReturnType<typeof chat>['message'] => chat(romeo, { sender: juliet, returnTo: desk, ...more }).message;

  it('is no wish for later where nobody else was addressed when it was made', async () => {
    const { store } = openHere();
    const bridge = bridgeOn(store);
    await bridge.load();
    await bridge.accept(letter(romeo, juliet, { ids: { stanza: 's1', mail: '<m1@x>' } }).message, [toJuliet]);
    await bridge.accept(written({ toAll: true, text: 'to all?' }), [toRomeo]);
    const addressees = { to: [{ address: mail('romeo') }], cc: [{ address: mail('tybalt') }] };
    await bridge.accept(letter(romeo, juliet, { ids: { stanza: 's2', mail: '<m2@x>' }, answers: { mail: ['<m1@x>'] }, addressees }).message, [toJuliet]);
    const accepted = await bridge.accept(written({ text: 'only for Romeo' }), [toRomeo]);
    expect(accepted.map(({ recipient }) => recipient)).toEqual([romeo]);
  });
});
