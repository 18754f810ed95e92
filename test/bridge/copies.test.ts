/** Copies of what the home server keeps: on the bridge and a real store. */
import { describe, expect, it } from 'vitest';
import { Forwarding } from '../../src/bridge/forward.js';
import { Preferences } from '../../src/bridge/preferences.js';
import type { Message } from '../../src/message.js';
import type { Store } from '../../src/store/store.js';
import { openHere } from '../store/files.js';
import { chat, DAY, HOUR, jid, juliet, letter, romeo, T0 } from '../store/samples.js';
import { bridgeOn, consentOn, NO_LIMITS, rules } from './on-store.js';

const user = jid('romeo');
const contact = { ...romeo, domain: 'gw.example', local: 'romeo' };
const rows = [{ user: 'romeo@capulet.example', set: { offline: 'mailbox' } }];

function start(store: Store, { most = Infinity, asks = rows }: { most?: number; asks?: typeof rows | [] } = {}) {
  let now = T0;
  const preferences = new Preferences(asks, store, {});
  const consent = consentOn(store, asks);
  const mailbox = () => Promise.resolve(romeo);
  const send = async (one: Parameters<Store['accept']>[0][number]): Promise<void> => void (await store.accept([one]));
  const forwarding = new Forwarding({ mailboxes: { mailboxOf: mailbox, verifiedOf: mailbox, userOf: () => Promise.resolve(user) }, store, rules, preferences, lifetimes: { warn: 4 * HOUR, expire: 5 * DAY }, burstLongest: 1, clock: () => now, send });
  const limits = most === Infinity ? NO_LIMITS : { ...NO_LIMITS, chat_inbox: [{ most, per: HOUR }] };
  const bridge = bridgeOn(store, 0, asks, { forwarding, consent, preferences, limits, clock: () => now });
  return {
    bridge, consent,
    copied: (text: string, from = juliet) => bridge.copied(from, contact, { ...chat(romeo, { text }).message, sender: from }),
    goOn: (ms: number) => (now += ms),
    /** What is mailed now; it is handed over. */
    mailed: async (): Promise<string[]> => {
      const lanes = await store.claim('smtp', 99, 99, now + DAY);
      const deliveries = lanes.flatMap((lane) => lane.deliveries);
      for (const delivery of deliveries) bridge.passed(delivery);
      for (const { lane, deliveries: some } of lanes) await store.settle({ lane, ended: some.map(({ seq }) => ({ seq, state: 'handed-over' })), deferred: [], dueAt: T0, at: T0, reports: [] });
      return deliveries.sort((one, other) => one.seq - other.seq).map(({ message }) => message.text);
    },
    answer: async (text: string, parts: Partial<Message> = {}) => {
      await bridge.accept(letter(romeo, juliet, { text, ...parts }).message, [{ outlet: 'xmpp', recipient: juliet }]);
      for (const lane of await store.claim('xmpp', 99, 99, now + DAY)) {
        for (const delivery of lane.deliveries) bridge.passed(delivery);
        await store.settle({ lane: lane.lane, ended: lane.deliveries.map(({ seq }) => ({ seq, state: 'handed-over' })), deferred: [], dueAt: T0, at: T0, reports: [] });
      }
    },
  };
}

describe('a copy of what the server keeps', () => {
  it('is mailed to who asks for it, and tells nobody', async () => {
    const { store } = openHere();
    const { copied, mailed } = start(store);
    await copied('Art thou there?');
    expect(await mailed()).toEqual(['Art thou there?']);
    const nobody = start(openHere().store, { asks: [] });
    await nobody.copied('Art thou there?');
    expect(await nobody.mailed()).toEqual([]);
  });

  it('is not mailed from whom the user blocks', async () => {
    const { store } = openHere();
    const { copied, mailed, consent } = start(store);
    await consent.block(user, 'juliet@capulet.example');
    await copied('Art thou there?');
    await copied('Is he there?', jid('nurse'));
    expect(await mailed()).toEqual(['Is he there?']);
  });

  it('is not mailed over a limit; that is noted, and nobody is told', async () => {
    const { store } = openHere();
    const { copied, mailed } = start(store, { most: 3 });
    for (let i = 0; i < 5; i++) await copied(`line ${i}`);
    expect(await mailed()).toEqual(['line 0', 'line 1', 'line 2']);
    expect(await store.claim('xmpp', 9, 9, T0 + DAY)).toEqual([]);
    expect(await store.incidents({ limit: 9 })).toMatchObject([{ what: 'refused', from: 'juliet@capulet.example', to: 'romeo@gw.example', failure: { reason: 'limited' } }]);
  });

  it.each([
    ['from his mailbox', {}],
    ['as himself', { authenticity: 'verified', answers: { mail: ['<x@gw.example>'] } }],
  ] as const)('does not go on between two machines when the answer comes %s', async (_, parts) => {
    const { store } = openHere();
    const { copied, mailed, answer, goOn } = start(store);
    let mails = 0;
    for (let i = 0; i < 20; i++) {
      await copied('I did not understand you.');
      const sent = await mailed();
      if (sent.length === 0) break;
      mails += sent.length;
      goOn(20);
      await answer('I am on holiday until Monday.', parts);
      goOn(20);
    }
    expect(mails).toBeLessThanOrEqual(3);
  });
});
