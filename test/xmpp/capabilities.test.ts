/** What clients can do is asked for once per kind of client, and a false hash fools nobody but its owner. */
import xml, { type Element } from '@xmpp/xml';
import { expect, it } from 'vitest';
import { Capabilities, verification } from '../../src/xmpp/capabilities.js';
import { IqCaller } from '../../src/xmpp/iq.js';
import { jid } from '../address/parsed.js';

const INFO = 'http://jabber.org/protocol/disco#info';
const feature = (name: string): Element => xml('feature', { var: name });

/** XEP-0115 §5.2. */
const EXODUS = xml('query', { xmlns: INFO, node: 'http://code.google.com/p/exodus#QgayPKawpkPSDYmwT/WM94uAlu0=' },
  xml('identity', { category: 'client', name: 'Exodus 0.9.1', type: 'pc' }),
  ['http://jabber.org/protocol/caps', INFO, 'http://jabber.org/protocol/disco#items', 'http://jabber.org/protocol/muc'].map(feature));
const EXODUS_VER = 'QgayPKawpkPSDYmwT/WM94uAlu0=';

const field = (name: string, ...values: string[]): Element => xml('field', { var: name }, values.map((value) => xml('value', {}, value)));

/** XEP-0115 §5.3. */
const PSI = xml('query', { xmlns: INFO },
  xml('identity', { 'xml:lang': 'en', category: 'client', name: 'Psi 0.11', type: 'pc' }),
  xml('identity', { 'xml:lang': 'el', category: 'client', name: 'Ψ 0.11', type: 'pc' }),
  ['http://jabber.org/protocol/caps', INFO, 'http://jabber.org/protocol/disco#items', 'http://jabber.org/protocol/muc'].map(feature),
  xml('x', { xmlns: 'jabber:x:data', type: 'result' },
    field('FORM_TYPE', 'urn:xmpp:dataforms:softwareinfo'), field('ip_version', 'ipv4', 'ipv6'), field('os', 'Mac'), field('os_version', '10.5.1'), field('software', 'Psi'), field('software_version', '0.11')));

it('the hash is that of the standard', () => {
  expect(verification(EXODUS, 'sha-1')).toBe(EXODUS_VER);
  expect(verification(PSI, 'sha-1')).toBe('q07IKJEyjvHSyhy//CH0CxmKi8w=');
});

it('what is ill-formed has none', () => {
  expect(verification(xml('query', { xmlns: INFO }, feature('a'), feature('a')), 'sha-1')).toBeUndefined();
  expect(verification(xml('query', { xmlns: INFO }, xml('x', { xmlns: 'jabber:x:data' }, field('os', 'Mac'))), 'sha-1')).toBeUndefined();
  expect(verification(EXODUS, 'md5')).toBeUndefined();
  expect(verification(EXODUS, 'constructor')).toBeUndefined();
});

/** A server that answers each request with this. */
function stage(info: Element) {
  const asked: string[] = [];
  const iq = new IqCaller((request) => {
    asked.push(request.attrs.to ?? '');
    const { id, from, to } = request.attrs;
    setImmediate(() => iq.answered(xml('iq', { type: 'result', id, from: to, to: from }, info)));
    return undefined;
  });
  return { asked, capabilities: new Capabilities(iq, 'gw.test') };
}

const juliet = jid('juliet@home.test');
const caps = (ver: string) => ({ node: 'http://code.google.com/p/exodus', hash: 'sha-1', ver });

it('clients of one kind are asked once', async () => {
  const { asked, capabilities } = stage(EXODUS);
  const one = await capabilities.of(juliet, { resource: 'one', priority: 0, at: 1, caps: caps(EXODUS_VER) });
  const two = await capabilities.of(juliet, { resource: 'two', priority: 0, at: 1, caps: caps(EXODUS_VER) });
  expect(two).toBe(one);
  expect(one.kinds).toEqual(['client/pc']);
  expect(one.features.has('http://jabber.org/protocol/muc')).toBe(true);
  expect(asked).toEqual(['juliet@home.test/one']);
});

it('one that lies is believed for itself alone', async () => {
  const { asked, capabilities } = stage(PSI);
  const client = { resource: 'one', priority: 0, at: 1, caps: caps(EXODUS_VER) };
  await capabilities.of(juliet, client);
  await capabilities.of(juliet, client);
  await capabilities.of(juliet, { resource: 'two', priority: 0, at: 1, caps: caps(EXODUS_VER) });
  expect(asked).toEqual(['juliet@home.test/one', 'juliet@home.test/two']);
});
