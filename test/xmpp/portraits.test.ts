/** How contacts look to a real client through real servers: name, picture, and what happens when they change. */
import { createHash } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawInitials } from '../../src/xmpp/draw.js';
import { connectClient, type TestClient } from '../servers/client.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { online, startEdge, type Running } from './harness.js';
import { SERVERS } from './servers.js';

const PUBSUB = 'http://jabber.org/protocol/pubsub';
const METADATA = 'urn:xmpp:avatar:metadata';
const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

describe.each(SERVERS)('portraits on $name', ({ launch }) => {
  let server: XmppServer;
  let one: Running;
  let juliet: TestClient;

  beforeAll(async () => {
    server = await launch();
    one = await online(startEdge(server, { maxStanza: 65_536 }));
    juliet = await connectClient(server, 'juliet');
    one.people.known.set('ann@shop.example', { name: 'Ann Onymous' });
  });
  afterAll(async () => {
    await juliet.close();
    await one.edge.stop(2_000);
    await server.dispose();
  });

  const jidOf = (local: string): string => `${local}%shop.example@${server.component}`;
  const ask = (to: string, payload: Element) => juliet.request(xml('iq', { type: 'get', to }, payload));
  const item = async (to: string, node: string, id?: string) => {
    const answer = await ask(to, xml('pubsub', { xmlns: PUBSUB }, xml('items', { node }, id === undefined ? undefined : xml('item', { id }))));
    return answer.getChild('pubsub', PUBSUB)?.getChild('items')?.getChild('item');
  };
  const photoIn = async (to: string) => {
    const card = (await ask(to, xml('vCard', { xmlns: 'vcard-temp' }))).getChild('vCard');
    return { name: card?.getChildText('FN'), bytes: Buffer.from(card?.getChild('PHOTO')?.getChildText('BINVAL') ?? '', 'base64') };
  };

  it('gives name and picture by vcard-temp, vCard4 and PEP, all the same', async () => {
    const to = jidOf('ann');
    const { name, bytes } = await photoIn(to);
    expect(name).toBe('Ann Onymous');
    expect(bytes).toEqual(await drawInitials('AO', to));
    const metadata = await item(to, METADATA);
    const info = metadata?.getChild('metadata', METADATA)?.getChild('info');
    expect(info?.attrs).toEqual({ id: sha1(bytes), type: 'image/png', bytes: String(bytes.length), width: '192', height: '192' });
    const data = await item(to, 'urn:xmpp:avatar:data', sha1(bytes));
    expect(Buffer.from(data?.getChildText('data') ?? '', 'base64')).toEqual(bytes);
    expect((await item(to, 'http://jabber.org/protocol/nick'))?.getChildText('nick')).toBe('Ann Onymous');
    const card4 = (await item(to, 'urn:xmpp:vcard4'))?.getChild('vcard');
    expect(card4?.getChild('fn')?.getChildText('text')).toBe('Ann Onymous');
    expect(await item(to, 'urn:xmpp:avatar:data', sha1(Buffer.from('other')))).toBeUndefined();
    expect(await item(to, 'urn:xmpp:bookmarks:1')).toBeUndefined();
  });

  it('says by disco that it can be asked', async () => {
    const info = (await ask(jidOf('ann'), xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' }))).getChild('query');
    expect(info?.getChildren('identity').map(({ attrs }) => `${attrs.category}/${attrs.type}`)).toEqual(['account/registered', 'pubsub/pep']);
    expect(info?.getChild('identity')?.attrs.name).toBe('Ann Onymous');
    const features = info?.getChildren('feature').map(({ attrs }) => attrs.var);
    expect(features).toEqual(expect.arrayContaining([`${PUBSUB}#retrieve-items`, METADATA, 'urn:xmpp:reactions:0']));
  });

  it('shows a learned name to nobody who may not write to the contact', async () => {
    one.people.known.set('ann@forbidden.example', { name: 'Secret' });
    expect((await photoIn(`ann%forbidden.example@${server.component}`)).name).toBe('ann@forbidden.example');
  });

  it('answers with an error where the picture fits into no stanza', async () => {
    one.people.known.set('large@shop.example', { name: 'Large', picture: { type: 'image/png', bytes: Buffer.alloc(60_000, 7) } });
    const answer = await ask(jidOf('large'), xml('vCard', { xmlns: 'vcard-temp' }));
    expect(answer.getChild('error')?.getChild('resource-constraint')).toBeDefined();
  });

  it('has a logo for the gateway', async () => {
    const { name, bytes } = await photoIn(server.component);
    expect(name).toBe('E-mail gateway');
    expect(bytes.length).toBeGreaterThan(500);
  });

  it.each([
    ['urn:xmpp:vcard4', xml('vcard', { xmlns: 'urn:ietf:params:xml:ns:vcard-4.0' }, xml('fn', {}, xml('text', {}, 'Juliet of Capulet')))],
    ['http://jabber.org/protocol/nick', xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Jule')],
  ])('reads the name that a chat user publishes at %s', async (node, payload) => {
    const name = node.startsWith('urn') ? 'juliet' : 'romeo';
    const client = await connectClient(server, name);
    const field = (key: string, value: string, type?: string) => xml('field', { var: key, type }, xml('value', {}, value));
    const options = xml('x', { xmlns: 'jabber:x:data', type: 'submit' }, field('FORM_TYPE', `${PUBSUB}#publish-options`, 'hidden'), field('pubsub#access_model', 'open'));
    const publish = xml('pubsub', { xmlns: PUBSUB }, xml('publish', { node }, xml('item', { id: 'current' }, payload)), xml('publish-options', {}, options));
    expect((await client.request(xml('iq', { type: 'set' }, publish))).attrs.type).toBe('result');
    await client.close();
    const user = { kind: 'jid', local: name, domain: server.domain, resource: '' } as const;
    expect(await one.edge.profiles.nameOf(user)).toBe(payload.getText() || 'Juliet of Capulet');
  });

  it('tells a subscriber of both, and again when they change', async () => {
    const to = jidOf('bob');
    one.people.known.set('bob@shop.example', { name: 'Bob' });
    juliet.send(xml('presence', { type: 'subscribe', to }));
    const drawn = sha1(await drawInitials('B', to));
    const isThere = (hash: string) => (stanza: Element) =>
      stanza.is('presence') && stanza.attrs.from === to && stanza.attrs.type === undefined && stanza.getChild('x', 'vcard-temp:x:update')?.getChildText('photo') === hash;
    const isEvent = (hash: string) => (stanza: Element) => stanza.is('message') && stanza.attrs.from === to && stanza.getChild('event')?.getChild('items')?.getChild('item')?.attrs.id === hash;
    expect((await juliet.waitFor(isThere(drawn), 15_000)).getChildText('nick')).toBe('Bob');
    expect((await juliet.waitFor(isEvent(drawn), 15_000)).attrs.type).toBe('headline');

    const bytes = await drawInitials('Z', 'something else');
    one.people.known.set('bob@shop.example', { name: 'Robert', picture: { type: 'image/png', bytes } });
    await one.edge.attendance.personChanged({ kind: 'mail', local: 'Bob', domain: 'shop.example' });
    expect((await juliet.waitFor(isThere(sha1(bytes)), 15_000)).getChildText('nick')).toBe('Robert');
    await juliet.waitFor(isEvent(sha1(bytes)), 15_000);
    expect(await photoIn(to)).toEqual({ name: 'Robert', bytes });
  });
});
