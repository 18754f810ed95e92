/** Events of users' PEP nodes: what they tell, on real servers, and what is not believed. */
import xml from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatJid, type Jid } from '../../src/address.js';
import type { Told } from '../../src/presence/faces.js';
import { IqCaller } from '../../src/xmpp/iq.js';
import { toldIn } from '../../src/xmpp/personal-events.js';
import { ServerFaces } from '../../src/xmpp/server-faces.js';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { online, startEdge, type Running } from './harness.js';
import { SERVERS } from './servers.js';

const EVENT = 'http://jabber.org/protocol/pubsub#event';
const METADATA = 'urn:xmpp:avatar:metadata';
const NICK = 'http://jabber.org/protocol/nick';
const CARD = 'urn:ietf:params:xml:ns:vcard-4.0';
const HASH = 'AB'.repeat(20);

const event = (attrs: Record<string, string>, node: string, ...inItem: xml.Element[]): xml.Element =>
  xml('message', { type: 'headline', ...attrs }, xml('event', { xmlns: EVENT }, xml('items', { node }, xml('item', { id: 'current' }, ...inItem))));
const info = (attrs: Record<string, string>): xml.Element => xml('info', { type: 'image/png', bytes: '70', ...attrs });
const metadata = (...infos: xml.Element[]): xml.Element => xml('metadata', { xmlns: METADATA }, ...infos);
const nick = (text: string): xml.Element => xml('nick', { xmlns: NICK }, text);

describe('an event tells', () => {
  it.each([
    ['of a picture', METADATA, metadata(info({ id: HASH })), { about: 'picture', value: HASH.toLowerCase() }],
    ['of the one that the server has', METADATA, metadata(info({ id: 'cd', url: 'https://x.example/' }), info({ id: 'ef' })), { about: 'picture', value: 'ef' }],
    ['that there is to be none', METADATA, metadata(), { about: 'picture', value: '' }],
    ['of a nickname', NICK, nick('Jule'), { about: 'nick', value: 'Jule' }],
    ['of a card', 'urn:xmpp:vcard4', xml('vcard', { xmlns: CARD }, xml('fn', {}, xml('text', {}, 'Juliet'))), { about: 'card', value: 'Juliet' }],
    ['no more than 200 letters', NICK, nick('x'.repeat(200_000)), { about: 'nick', value: 'x'.repeat(200) }],
    ['nothing by a hash that is none', METADATA, metadata(info({ id: 'a'.repeat(65) })), undefined],
    ['nothing by another node', 'urn:xmpp:microblog:0', nick('Jule'), undefined],
    ['nothing by the name of every object', 'constructor', nick('Jule'), undefined],
  ])('%s', (_what, node, item, told) => {
    expect(toldIn(event({}, node, item))).toEqual(told);
  });

  it('that what was there is taken back', () => {
    const retracted = xml('message', {}, xml('event', { xmlns: EVENT }, xml('items', { node: METADATA }, xml('retract', { id: HASH }))));
    expect(toldIn(retracted)).toEqual({ about: 'picture', value: '' });
  });
});

describe('is believed', () => {
  const told: string[] = [];
  const faces = new ServerFaces(new IqCaller(() => undefined), { renewed: () => Promise.resolve(undefined) }, 'gw.example');
  faces.onTold((user, { value }) => told.push(`${formatJid(user)} ${value}`));

  it.each([
    ['of the bare JID that it comes from', { from: 'romeo@x.test', to: 'gw.example' }, true],
    ['of no client', { from: 'romeo@x.test/phone', to: 'gw.example' }, false],
    ['of no server', { from: 'x.test', to: 'gw.example' }, false],
    ['of nobody by what stands in it', { from: 'paris@x.test', to: 'gw.example' }, true],
    ['at the gateway only', { from: 'romeo@x.test', to: 'juliet%x.test@gw.example' }, false],
    ['not as an error', { from: 'romeo@x.test', to: 'gw.example', type: 'error' }, false],
    ['not without a sender', { to: 'gw.example' }, false],
  ])('%s', (_what, attrs, isTaken) => {
    told.length = 0;
    const stanza = event(attrs, NICK, nick('Jule'));
    Object.assign(stanza.getChild('event')?.getChild('items')?.getChild('item')?.attrs ?? {}, { publisher: 'juliet@x.test' });
    expect(faces.takeEvent(stanza)).toBe(isTaken);
    expect(told).toEqual(isTaken ? [`${String(stanza.attrs.from)} Jule`] : []);
  });
});

describe.each(SERVERS)('events of $name', ({ launch }) => {
  let server: XmppServer;
  let one: Running;
  let juliet: TestClient;
  const told: (Told & { readonly user: string })[] = [];
  const user = (local: string): Jid => ({ kind: 'jid', local, domain: server.domain, resource: '' });
  const allow = async (client: TestClient, ours = server.component): Promise<void> => {
    await client.waitFor((stanza) => stanza.is('presence') && stanza.attrs.type === 'subscribe' && stanza.attrs.from === ours, 10_000);
    client.send(xml('presence', { type: 'subscribed', to: ours }));
  };
  const publish = async (client: TestClient, node: string, item: xml.Element): Promise<void> => {
    const publication = xml('pubsub', { xmlns: 'http://jabber.org/protocol/pubsub' }, xml('publish', { node }, xml('item', { id: 'current' }, item)));
    expect((await client.request(xml('iq', { type: 'set' }, publication))).attrs.type).toBe('result');
  };
  /** That the server knows what the gateway wants shows in an event only: she publishes until one comes. */
  const hears = (client: TestClient, who: string, name: string): Promise<unknown> => {
    let round = 0;
    return waitUntil(`an event of ${who}`, async () => {
      await publish(client, NICK, nick(`${name}${round++}`));
      return told.some((one) => one.user === who && one.about === 'nick' && one.value.startsWith(name)) || undefined;
    }, 10_000);
  };

  beforeAll(async () => {
    server = await launch({ crowd: 1 });
    one = await online(startEdge(server));
    one.edge.attendance.faces.onTold((from, what) => told.push({ user: from.local, ...what }));
    juliet = await connectClient(server, 'juliet');
  });
  afterAll(async () => {
    await juliet.close();
    await one.edge.stop(2_000);
    await server.dispose();
  });

  it('tell of a new name and picture of who is followed', async () => {
    const following = one.edge.attendance.following.follow(user('juliet'));
    await allow(juliet);
    await following;
    await hears(juliet, 'juliet', 'Jule');
    await publish(juliet, METADATA, metadata(info({ id: HASH })));
    await waitUntil('an event of the picture', () => told.some(({ about, value }) => about === 'picture' && value === HASH.toLowerCase()) || undefined, 10_000);
  });

  it('come also from the client that came later, and after the link was lost', async () => {
    const phone = await connectClient(server, 'juliet');
    await hears(phone, 'juliet', 'Phone');
    await hears(juliet, 'juliet', 'Desk');
    await server.stop();
    await server.start();
    await waitUntil('the link is up', () => one.edge.ready || undefined, 20_000);
    juliet = await connectClient(server, 'juliet');
    await hears(juliet, 'juliet', 'Again');
    await phone.close();
  });

  it('come also when the gateway has answered her that it is there', async () => {
    juliet.send(xml('presence', { type: 'subscribe', to: server.component }));
    await juliet.waitFor((stanza) => stanza.is('presence') && stanza.attrs.from === server.component && stanza.getChild('x') !== undefined, 10_000);
    await hears(juliet, 'juliet', 'Still');
  });

  it('come of who is seen by a contact of his before he is followed', async () => {
    const somebody = await connectClient(server, { jid: `crowd0@${server.domain}`, password: 'crowd' });
    const ann = `ann%shop.example@${server.component}`;
    somebody.send(xml('presence', { type: 'subscribe', to: ann }));
    await allow(somebody, ann);
    await waitUntil('he is seen', () => one.edge.attendance.following.isSeen(user('crowd0')) || undefined, 10_000);
    const following = one.edge.attendance.following.follow(user('crowd0'));
    await allow(somebody);
    await following;
    await hears(somebody, 'crowd0', 'Somebody');
    await somebody.close();
  });

  it('come of nobody else, though he lets himself be seen', async () => {
    const romeo = await connectClient(server, 'romeo');
    romeo.send(xml('presence', { type: 'subscribe', to: server.component }));
    await allow(romeo);
    await publish(romeo, NICK, nick('Romeo'));
    await hears(juliet, 'juliet', 'Last');
    expect(told.filter((one) => one.user === 'romeo' && one.about === 'nick')).toEqual([]);
    await romeo.close();
  });
});
