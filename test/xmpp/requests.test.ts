/** Every request is answered, on real servers, and only the one we asked answers ours. */
import xml, { type Element } from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verification } from '../../src/xmpp/capabilities.js';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { online, startEdge, type Running } from './harness.js';
import { Proxy } from './proxy.js';
import { SERVERS } from './servers.js';

const INFO = 'http://jabber.org/protocol/disco#info';

describe.each(SERVERS)('requests on $name', ({ launch }) => {
  let server: XmppServer;
  let one: Running;
  let proxy: Proxy;
  let juliet: TestClient;
  let contact: string;

  beforeAll(async () => {
    server = await launch();
    proxy = await Proxy.to(server.componentPort);
    one = await online(startEdge(server, { port: proxy.port }));
    juliet = await connectClient(server, 'juliet');
    contact = `ann%shop.example@${server.component}`;
  });
  afterAll(async () => {
    await juliet.close();
    await one.edge.stop(2_000);
    proxy.close();
    await server.dispose();
  });

  const ask = (to: string, payload: Element, type = 'get', more = {}) => juliet.request(xml('iq', { type, to, ...more }, payload));
  const query = (namespace: string, ...children: Element[]) => xml('query', { xmlns: namespace }, ...children);
  const conditionOf = (iq: Element) => iq.getChild('error')?.getChildElements()[0]?.name;

  it('tells what the gateway is and can do', async () => {
    const info = (await ask(server.component, query(INFO))).getChild('query', INFO);
    expect(info?.getChild('identity')?.attrs).toMatchObject({ category: 'gateway', type: 'smtp' });
    const features = info?.getChildren('feature').map((feature) => feature.attrs.var);
    expect(features).toEqual(expect.arrayContaining(['jid\\20escaping', 'jabber:iq:gateway', INFO, 'urn:xmpp:ping', 'vcard-temp']));
  });

  it('says what it can do to who publishes his presence, and answers a question about just that (XEP-0115 §5)', async () => {
    const following = one.edge.attendance.following.follow({ kind: 'jid', local: 'juliet', domain: server.domain, resource: '' });
    await juliet.waitFor((stanza) => stanza.is('presence') && stanza.attrs.type === 'subscribe' && stanza.attrs.from === server.component, 10_000);
    juliet.send(xml('presence', { type: 'subscribed', to: server.component }));
    await following;
    const caps = (await juliet.waitFor((stanza) => stanza.is('presence') && stanza.attrs.from === server.component && stanza.getChild('c') !== undefined, 10_000)).getChild('c', 'http://jabber.org/protocol/caps');
    const { node, ver, hash } = caps?.attrs ?? {};
    const info = (await ask(server.component, xml('query', { xmlns: INFO, node: `${node}#${ver}` }))).getChild('query', INFO);
    expect([hash, info?.attrs.node, info && verification(info, 'sha-1')]).toEqual(['sha-1', `${node}#${ver}`, ver]);
    const plain = (await ask(server.component, query(INFO))).getChild('query', INFO);
    expect(info?.getChildren('feature').map(String)).toEqual(plain?.getChildren('feature').map(String));
    expect(conditionOf(await ask(server.component, xml('query', { xmlns: INFO, node: `${node}#other` })))).toBe('item-not-found');
  });

  it('tells what a contact is', async () => {
    const info = (await ask(contact, query(INFO))).getChild('query', INFO);
    expect(info?.getChild('identity')?.attrs).toMatchObject({ category: 'account', type: 'registered', name: 'ann@shop.example' });
  });

  it('knows no nodes, and no contact that is no address', async () => {
    expect(conditionOf(await ask(server.component, xml('query', { xmlns: INFO, node: 'x' })))).toBe('item-not-found');
    expect(conditionOf(await ask(`nobody%127.0.0.1@${server.component}`, query(INFO)))).toBe('item-not-found');
    expect((await ask(contact, query('http://jabber.org/protocol/disco#items'))).attrs.type).toBe('result');
  });

  it.each([
    ['ann@shop.example', 'ann%shop.example'],
    ['  Ann O. <ann@shop.example> ', 'ann%shop.example'],
    ['mailto:ann@Shop.Example', 'ann%shop.example'],
    ["o'brien@shop.example", 'o\\27brien%shop.example'],
  ])('gives the JID of %s', async (typed, local) => {
    const answer = (await ask(server.component, query('jabber:iq:gateway', xml('prompt', {}, typed)), 'set')).getChild('query');
    expect(answer?.getChildText('jid')).toBe(`${local}@${server.component}`);
    expect(answer?.getChildText('prompt')).toBe(`${local}@${server.component}`);
  });

  it.each(['', 'ann', 'ann@', 'a@b.example, c@d.example', `${'x'.repeat(2_000)}@shop.example`])('refuses the address %j', async (typed) => {
    const answer = await ask(server.component, query('jabber:iq:gateway', xml('prompt', {}, typed)), 'set');
    expect(conditionOf(answer)).toBe('not-acceptable');
  });

  it('asks for the address in the language of the client', async () => {
    const german = await ask(server.component, query('jabber:iq:gateway'), 'get', { 'xml:lang': 'de-AT' });
    expect(german.getChild('query')?.getChildText('prompt')).toBe('E-Mail-Adresse');
    const other = await ask(server.component, query('jabber:iq:gateway'), 'get', { 'xml:lang': 'tlh' });
    expect(other.getChild('query')?.getChildText('prompt')).toBe('E-mail address');
  });

  it('answers version, ping, last activity, time and vCards', async () => {
    const version = await ask(server.component, query('jabber:iq:version'));
    expect(version.getChild('query')?.getChildText('version')).toBe('1.2.3');
    expect((await ask(contact, xml('ping', { xmlns: 'urn:xmpp:ping' }))).attrs.type).toBe('result');
    expect((await ask(contact, query('jabber:iq:last'))).getChild('query')?.attrs.seconds).toBe('0');
    const utc = (await ask(server.component, xml('time', { xmlns: 'urn:xmpp:time' }))).getChild('time')?.getChildText('utc');
    expect(Math.abs(Date.parse(utc ?? '') - Date.now())).toBeLessThan(10_000);
    const card = (await ask(contact, xml('vCard', { xmlns: 'vcard-temp' }))).getChild('vCard');
    expect(card?.getChild('EMAIL')?.getChildText('USERID')).toBe('ann@shop.example');
    const card4 = (await ask(contact, xml('vcard', { xmlns: 'urn:ietf:params:xml:ns:vcard-4.0' }))).getChild('vcard');
    expect(card4?.getChild('email')?.getChildText('text')).toBe('ann@shop.example');
  });

  it('answers what it does not serve with service-unavailable', async () => {
    expect(conditionOf(await ask(server.component, query('jabber:iq:private')))).toBe('service-unavailable');
    expect(conditionOf(await ask(contact, query('jabber:iq:gateway')))).toBe('service-unavailable');
    expect(conditionOf(await ask(`${contact}/some`, query('jabber:iq:roster'), 'set'))).toBe('service-unavailable');
  });

  it('answers each request once, and no answer', async () => {
    juliet.send(xml('iq', { type: 'result', id: 'once', to: server.component }));
    juliet.send(xml('iq', { type: 'get', id: 'once', to: server.component }, query(INFO)));
    await ask(server.component, xml('ping', { xmlns: 'urn:xmpp:ping' }));
    await ask(server.component, xml('ping', { xmlns: 'urn:xmpp:ping' }));
    expect(juliet.received.filter((stanza) => stanza.attrs.id === 'once')).toHaveLength(1);
  });

  it('reads the name of a chat user', async () => {
    const romeo = { kind: 'jid', local: 'romeo', domain: server.domain, resource: '' } as const;
    const client = await connectClient(server, 'romeo');
    const card = xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'Romeo\n Montague'));
    await client.request(xml('iq', { type: 'set' }, card));
    await client.close();
    expect(await one.edge.profiles.nameOf(romeo)).toBe('Romeo Montague');
  });

  it('believes no answer of somebody who was not asked', async () => {
    let id: string | undefined;
    proxy.swallow = (text) => {
      id ??= text.includes('tybalt') ? /id="([^"]+)"/.exec(text)?.[1] : undefined;
      return text.includes('tybalt');
    };
    const name = one.edge.profiles.nameOf({ kind: 'jid', local: 'tybalt', domain: server.domain, resource: '' });
    await waitUntil('the request is seen', () => id, 5_000);
    proxy.swallow = () => false;
    const before = one.edge.counters().stanzasIn ?? 0;
    juliet.send(xml('iq', { type: 'result', id, to: server.component }, xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'Mallory'))));
    await waitUntil('the forged answer came in', () => (one.edge.counters().stanzasIn ?? 0) > before, 5_000);
    expect(await name).toBeUndefined();
  });
});
