/** Only the user's own server says what became of a probe. What the servers answer is in the blocking scenario. */
import xml, { type Element } from '@xmpp/xml';
import { expect, it } from 'vitest';
import { BlockProbe } from '../../src/xmpp/block-probe.js';
import { jid } from '../address/parsed.js';

const CONTACT = 'ann%shop.example@gw.test';

/** Asks of Juliet; `answers` is what comes in on the two messages, the contact's first. */
async function ask(answers: (sent: readonly Element[]) => Element[], { domain = 'home.test', isAway = false } = {}) {
  const sent: Element[] = [];
  const taken: boolean[] = [];
  const pinged: string[] = [];
  const probe: BlockProbe = new BlockProbe({
    domain: 'gw.test',
    send: (stanza) => void sent.push(stanza),
    pong: (server) => {
      pinged.push(server);
      if (isAway) return Promise.resolve(false);
      taken.push(...answers(sent).map((stanza) => probe.answered(stanza)));
      return Promise.resolve(true);
    },
  });
  return { blocked: await probe.ask(jid(`juliet@${domain}/phone`), jid(CONTACT)), taken, pinged };
}

const error = ({ attrs }: Element, from: string, to = attrs.from): Element => xml('message', { type: 'error', id: attrs.id, from, to });

it('the error on the contact\u2019s message alone says that it is blocked', async () => {
  expect(await ask(([first]) => (first ? [error(first, 'juliet@home.test')] : []))).toMatchObject({ blocked: true, taken: [true] });
  expect(await ask(([first]) => (first ? [error(first, 'juliet@home.test/phone')] : []))).toMatchObject({ blocked: true, taken: [true] });
  expect(await ask(() => [])).toMatchObject({ blocked: false, taken: [] });
});

it('both errors say nothing', async () => {
  expect((await ask((sent) => sent.map((one) => error(one, 'juliet@home.test')))).blocked).toBeUndefined();
});

it("that no error came is known by the user's own server, or not at all", async () => {
  expect(await ask(() => [], { domain: 'verona.test' })).toEqual({ blocked: false, taken: [], pinged: ['verona.test'] });
  expect((await ask(() => [], { domain: 'verona.test', isAway: true })).blocked).toBeUndefined();
});

it('nobody else answers, and not for another of ours', async () => {
  expect(await ask(([first]) => (first ? [error(first, 'tybalt@home.test'), error(first, 'home.test'), error(first, ''), error(first, 'juliet@home.test', 'bob%shop.example@gw.test')] : []))).toMatchObject({
    blocked: false,
    taken: [false, false, false, false],
  });
});
