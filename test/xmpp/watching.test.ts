/** Who has a contact of ours is asked for his presence, once; what he says holds over losses of the link. */
import xml, { type Element } from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jid } from '../address/parsed.js';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { MemorySubscriptions, MemoryWatched, online, startEdge, type Running } from './harness.js';
import { SERVERS } from './servers.js';

const DEADLINE = 15_000;
/** Presence may come late; after that, none is a word. */
const GRACE = 12_000;

describe.each(SERVERS)('whose presence is seen on $name', ({ launch }) => {
  let server: XmppServer;
  let one: Running;
  let juliet: TestClient;
  const subscriptions = new MemorySubscriptions();
  const watched = new MemoryWatched();
  const contact = (local: string) => `${local}%shop.example@${server.component}`;
  const send = (type: string, to: string) => juliet.send(xml('presence', { type, to }));
  const isPresence = (type: string | undefined, from: string) => (stanza: Element) => stanza.is('presence') && stanza.attrs.type === type && stanza.attrs.from === from;
  const bare = () => jid(server.users.juliet.jid);
  const row = () => watched.rows.get(server.users.juliet.jid);
  const becomes = (standing: string, deadline = DEADLINE) => waitUntil(`she is ${standing}`, () => one.whereabouts.standing(bare()) === standing, deadline);
  /** Everything that was sent before has come to her client. */
  const settled = () => juliet.request(xml('iq', { type: 'get', to: server.component }, xml('ping', { xmlns: 'urn:xmpp:ping' })));
  /** Her server has done what she sent it before, whether the gateway is there or not. */
  const taken = () => juliet.request(xml('iq', { type: 'get', to: server.domain }, xml('ping', { xmlns: 'urn:xmpp:ping' })));
  const asked = () => juliet.received.filter((stanza) => stanza.is('presence') && stanza.attrs.type === 'subscribe').map(({ attrs }) => attrs.from);
  const has = async (local: string) => {
    send('subscribe', contact(local));
    await juliet.waitFor(isPresence(undefined, contact(local)), DEADLINE);
    await settled();
  };

  beforeAll(async () => {
    server = await launch();
    one = await online(startEdge(server, { subscriptions, watched }));
    juliet = await connectClient(server, 'juliet', { resource: 'phone' });
  });
  afterAll(async () => {
    await juliet.close();
    await one.edge.stop(2_000);
    await server.dispose();
  });

  it('is that of who says yes to the first contact; the others do not ask', async () => {
    await has('ann');
    await has('bob');
    await has('cid');
    expect(asked()).toEqual([contact('ann')]);
    expect(one.whereabouts.standing(bare())).toBe('unknown');
    send('subscribed', contact('ann'));
    await becomes('online');
    expect(row()).toMatchObject({ by: contact('ann'), state: 'seen' });
  });

  it('is known per client, with its priority', async () => {
    const desk = await connectClient(server, 'juliet', { resource: 'desk', presence: xml('presence', {}, xml('priority', {}, '7'), xml('show', {}, 'dnd')) });
    await waitUntil('both are known', () => one.whereabouts.clients(bare()).length === 2, DEADLINE);
    expect(one.whereabouts.clients(bare())).toMatchObject([{ resource: 'desk', priority: 7, show: 'dnd' }, { resource: 'phone', priority: 0 }]);
    desk.destroy();
    await waitUntil('one is left', () => one.whereabouts.clients(bare()).length === 1, DEADLINE);
    juliet.send(xml('presence', {}, xml('priority', {}, '-1')));
    await becomes('offline');
    juliet.send(xml('presence'));
    await becomes('online');
  });

  it('is known again after a restart of the gateway, of one who is there and of one who is not', { timeout: 30_000 }, async () => {
    const again = async () => {
      await one.edge.stop(2_000);
      one = await online(startEdge(server, { subscriptions, watched }));
    };
    await again();
    await becomes('online');
    await settled();
    expect(asked()).toEqual([contact('ann')]);
    await juliet.close();
    await becomes('offline');
    await again();
    await becomes('offline', GRACE);
    juliet = await connectClient(server, 'juliet', { resource: 'phone' });
    await becomes('online');
  });

  it('is known again after the server was killed', { timeout: 40_000 }, async () => {
    await server.kill();
    await becomes('unknown');
    await server.start();
    await online(one, 15_000);
    await becomes('offline', GRACE);
    juliet = await connectClient(server, 'juliet', { resource: 'phone' });
    await becomes('online');
  });

  it('is asked for again where the roster has lost it, instead of being taken for offline for ever', { timeout: 30_000 }, async () => {
    await one.edge.stop(2_000);
    send('unsubscribed', contact('ann'));
    // Else the gateway may be back first: its server says that she is subscribed, and then she takes that back herself.
    await taken();
    one = await online(startEdge(server, { subscriptions, watched }));
    await juliet.waitFor(isPresence('subscribe', contact('ann')), DEADLINE);
    expect(one.whereabouts.standing(bare())).toBe('unknown');
    send('subscribed', contact('ann'));
    await becomes('online');
  });

  it('passes to another contact when the first is removed', async () => {
    juliet.received.length = 0;
    const item = xml('item', { jid: contact('ann'), subscription: 'remove' });
    await juliet.request(xml('iq', { type: 'set' }, xml('query', { xmlns: 'jabber:iq:roster' }, item)));
    await becomes('unknown');
    await has('dan');
    expect(asked()).toEqual([contact('dan')]);
  });

  it('is not asked for again by others when it was refused, but by the gateway of one who registers', async () => {
    juliet.received.length = 0;
    send('unsubscribed', contact('dan'));
    await waitUntil('that is kept', () => row()?.state === 'refused', DEADLINE);
    await has('eve');
    expect(asked()).toEqual([]);
    await one.edge.attendance.watch(bare());
    await juliet.waitFor(isPresence('subscribe', server.component), DEADLINE);
    send('subscribed', server.component);
    await becomes('online');
    expect(row()).toMatchObject({ by: server.component, state: 'seen' });
  });

  it('is not asked for again when she has taken it back, not at her next login and not after a restart', async () => {
    juliet.received.length = 0;
    send('unsubscribed', server.component);
    await becomes('unknown');
    expect(row()).toMatchObject({ by: server.component, state: 'refused' });
    await has('fay');
    await juliet.close();
    juliet = await connectClient(server, 'juliet', { resource: 'phone' });
    await juliet.waitFor(isPresence(undefined, contact('fay')), DEADLINE);
    await one.edge.stop(2_000);
    one = await online(startEdge(server, { subscriptions, watched }));
    await has('gil');
    expect(asked()).toEqual([]);
    expect(row()?.state).toBe('refused');
    expect(one.whereabouts.standing(bare())).toBe('unknown');
  });

  it('is asked for when she herself turns to the gateway', async () => {
    juliet.received.length = 0;
    send('subscribe', server.component);
    await juliet.waitFor(isPresence('subscribe', server.component), DEADLINE);
    send('subscribed', server.component);
    await becomes('online');
  });
});
