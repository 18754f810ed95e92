/** In-band registration on real servers: what clients are shown, what they may send, and what follows. */
import xml, { type Element } from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Jid } from '../../src/address.js';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { online, startEdge, type Running } from './harness.js';
import { SERVERS } from './servers.js';

const REGISTER = 'jabber:iq:register';
const FORMS = 'jabber:x:data';
const DEADLINE = 15_000;

describe.each(SERVERS)('registration on $name', ({ launch }) => {
  let server: XmppServer;
  let one: Running;
  let juliet: TestClient;
  let romeo: TestClient;

  beforeAll(async () => {
    server = await launch();
    one = await online(startEdge(server));
    [juliet, romeo] = await Promise.all([connectClient(server, 'juliet'), connectClient(server, 'romeo')]);
  });
  afterAll(async () => {
    await Promise.all([juliet.close(), romeo.close()]);
    await one.edge.stop(2_000);
    await server.dispose();
  });

  const ask = (type: 'get' | 'set', children: Element[] = [], client = juliet) => client.request(xml('iq', { type, to: server.component }, xml('query', { xmlns: REGISTER }, ...children)));
  const filled = (colour: string, type = 'submit') => xml('x', { xmlns: FORMS, type }, xml('field', { var: 'colour' }, xml('value', {}, colour)), xml('field', { var: 'more' }, xml('value', {}, 'x')));
  const conditionOf = (iq: Element) => iq.getChild('error')?.getChildElements()[0]?.name;
  const fromGateway = (type: string | undefined, from = server.component) => (stanza: Element) => stanza.name === 'presence' && stanza.attrs.type === type && stanza.attrs.from === from;
  const features = async (client: TestClient) => {
    const info = await client.request(xml('iq', { type: 'get', to: server.component }, xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' })));
    return info.getChild('query')?.getChildren('feature').map(({ attrs }) => attrs.var);
  };

  it('is shown only to those who may', async () => {
    expect(await features(juliet)).toContain(REGISTER);
    expect(await features(romeo)).not.toContain(REGISTER);
    expect(conditionOf(await ask('get', [], romeo))).toBe('forbidden');
    expect(conditionOf(await ask('set', [filled('blue')], romeo))).toBe('forbidden');
  });

  it('shows the form, takes it, subscribes after the result, and shows what is set', async () => {
    const empty = (await ask('get')).getChild('query', REGISTER);
    expect(empty?.getChild('registered')).toBeUndefined();
    expect(empty?.getChild('x', FORMS)?.getChildren('field').map(({ attrs }) => attrs.var)).toEqual(['FORM_TYPE', 'colour']);
    const secret = [xml('username', {}, 'juliet'), xml('password', {}, 'hunter2')];
    const result = await ask('set', [...secret, filled('blue')]);
    expect(result.attrs.type).toBe('result');
    expect(result.toString()).not.toContain('hunter2');
    await juliet.waitFor(fromGateway('subscribe'), DEADLINE);
    const order = juliet.received.filter((stanza) => stanza === result || fromGateway('subscribe')(stanza));
    expect(order[0]).toBe(result);
    expect([...one.subscriptions.rows.values()].map(({ user }) => user.local)).toEqual(['juliet']);
    const again = (await ask('get')).getChild('query', REGISTER);
    expect(again?.getChild('registered')).toBeDefined();
    expect(again?.toString()).toContain('<value>blue</value>');
    juliet.send(xml('presence', { type: 'subscribe', to: server.component }));
    await juliet.waitFor(fromGateway(undefined), DEADLINE);
    expect(one.lines.map((line) => JSON.stringify(line)).join('\n')).not.toContain('hunter2');
  });

  it.each([
    ['what is empty', () => [filled('')]],
    ['what is not filled in', () => [filled('blue', 'form')]],
  ])('does not accept %s', async (_what, children) => {
    expect(conditionOf(await ask('set', children()))).toBe('not-acceptable');
  });

  it('changes what is set, without asking again', async () => {
    const before = juliet.received.filter(fromGateway('subscribe')).length;
    expect((await ask('set', [filled('green')])).attrs.type).toBe('result');
    expect((await ask('get')).toString()).toContain('<value>green</value>');
    expect(juliet.received.filter(fromGateway('subscribe')).length).toBe(before);
  });

  it('tells the contacts of who left when the link comes up, if they may not have been told, and not again', async () => {
    const contact: Jid = { kind: 'jid', local: 'bob%shop.example', domain: server.component, resource: '' };
    one.registration.departures = [{ user: { kind: 'jid', local: 'juliet', domain: server.domain, resource: '' }, contacts: [contact] }];
    const from = `bob%shop.example@${server.component}`;
    await one.edge.stop(2_000);
    const { registration } = one;
    one = await online(startEdge(server, { registration }));
    await juliet.waitFor(fromGateway('unavailable', from), DEADLINE);
    await waitUntil('it is known that they were told', () => registration.departures.length === 0, DEADLINE);
  });

  it('ends from another client of the user: result first, then the gateway and each contact go', async () => {
    const other = await connectClient(server, 'juliet');
    expect(conditionOf(await ask('set', [xml('remove'), filled('red')], other))).toBe('bad-request');
    const result = await ask('set', [xml('remove')], other);
    expect(result.attrs.type).toBe('result');
    for (const from of [server.component, `ann%shop.example@${server.component}`]) {
      await other.waitFor(fromGateway('unavailable', from), DEADLINE);
    }
    const at = (predicate: (stanza: Element) => boolean) => other.received.findIndex(predicate);
    expect(at((stanza) => stanza === result)).toBeLessThan(at(fromGateway('unavailable')));
    expect(one.registration.isRegistered({ kind: 'jid', local: 'juliet', domain: server.domain, resource: '' })).toBe(false);
    expect(conditionOf(await ask('set', [xml('remove')]))).toBe('registration-required');
    await other.close();
  });

  it('is none of its contacts\' business', async () => {
    const to = `ann%shop.example@${server.component}`;
    expect(conditionOf(await juliet.request(xml('iq', { type: 'get', to }, xml('query', { xmlns: REGISTER }))))).toBe('service-unavailable');
  });
});
