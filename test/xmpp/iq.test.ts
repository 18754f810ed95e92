/** What counts as an answer to a ping. */
import xml, { type Element } from '@xmpp/xml';
import { expect, it } from 'vitest';
import { IqCaller } from '../../src/xmpp/iq.js';

it.each([
  ['ping', 'result', true],
  ['ping', 'error', true],
  ['pingAcross', 'result', true],
  // RFC 6120 §8.3.3.16: so our own server answers, in the other's name.
  ['pingAcross', 'error', false],
] as const)('%s: an answer of type %s counts as %s', async (how, type, counts) => {
  const sent: Element[] = [];
  const iq = new IqCaller((stanza) => void sent.push(stanza));
  const answer = iq[how]('gw.test', 'verona.test', 1_000);
  const [ping] = sent;
  expect(iq.answered(xml('iq', { type, id: ping?.attrs.id, from: 'verona.test', to: 'gw.test' }))).toBe(true);
  expect(await answer).toBe(counts);
});
