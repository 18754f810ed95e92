/** A flipped bit inside a value, which SQLite takes for the value. */
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.js';
import { seal, unseal } from '../../src/store/seal.js';
import { openHere } from './files.js';
import { chat, letter, juliet, mail, romeo, T0 } from './samples.js';

describe('the seal', () => {
  it('lets through what is as it was, also what was kept before there were seals', () => {
    const json = JSON.stringify({ text: 'a\tb', emoji: '🐝' });
    expect([unseal(seal(json)), unseal(json)]).toEqual([json, json]);
  });

  it('finds every flipped bit', () => {
    const kept = Buffer.from(seal(JSON.stringify({ text: 'Wherefore art thou Romeo?' })));
    for (let bit = 0; bit < kept.length * 8; bit++) {
      const flipped = Buffer.from(kept);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(unseal(flipped.toString()), `bit ${bit}`).toBeUndefined();
    }
  });
});

describe('a damaged delivery', () => {
  /** Stores them, lets time pass the memory of what is recent, and damages the first. */
  async function damaged(of: 'text' | 'recipient', ...messages: Parameters<ReturnType<typeof openHere>['store']['accept']>[0][number][]) {
    const { store, db } = openHere();
    const path = db.name;
    await store.accept(messages);
    await store.close();
    const again = openHere(path);
    if (of === 'text') again.db.exec(`UPDATE messages SET json = replace(json, 'hello', 'jello') WHERE num = 1`);
    else again.db.exec(`UPDATE deliveries SET recipient_json = replace(recipient_json, 'romeo', 'someo') WHERE seq = 1`);
    return again;
  }

  it.each(['text', 'recipient'] as const)('is handed out as damaged (%s), without the damage, and its neighbours whole', async (of) => {
    const { store } = await damaged(of, chat(romeo, { returnTo: juliet }), chat(mail('paris')));
    const deliveries = (await store.claim('smtp', 9, 9, T0)).flatMap((lane) => lane.deliveries);
    expect(deliveries.map((delivery) => delivery.damaged ?? false)).toEqual([true, false]);
    expect(deliveries[0]).toMatchObject({ recipient: romeo, message: { sender: juliet, returnTo: juliet, ids: { stanza: expect.any(String) as string } } });
    expect(JSON.stringify(deliveries)).not.toMatch(/jello|someo/);
  });

  it('is no message to be looked up', async () => {
    const one = chat(romeo);
    const { store } = await damaged('text', one);
    expect(await store.message(one.message.id)).toBeUndefined();
  });

  it('is answered to a mail\'s sender only where what is left names the one who is in the database', async () => {
    const { store } = await damaged('text', letter(romeo, juliet, { returnTo: mail('somebody-else') }));
    const [delivery] = (await store.claim('xmpp', 9, 9, T0)).flatMap((lane) => lane.deliveries);
    expect(delivery?.message).toMatchObject({ origin: 'auto-generated' });
    expect(delivery?.message.returnTo).toBeUndefined();
  });

  it('can be ended', async () => {
    const { store } = await damaged('text', chat(romeo));
    const [lane] = await store.claim('smtp', 9, 9, T0);
    await store.settle({ lane: lane!.lane, ended: [{ seq: 1, state: 'failed', failure: Failure.permanent('storage', 'Damaged.').toRecord() }], deferred: [], reports: [], dueAt: T0, at: T0 });
    expect(await store.list({ limit: 9 })).toMatchObject([{ state: 'failed' }]);
  });
});
