/** What a server grants beyond a component's rights: who is there without being asked, and rosters. As far as each server keeps it. */
import xml from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jid } from '../address/parsed.js';
import { connectClient, type TestClient } from '../servers/client.js';
import { startEjabberd } from '../servers/ejabberd.js';
import { startProsody } from '../servers/prosody.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { MemorySubscriptions, MemoryWatched, online, startEdge, type Running } from './harness.js';

const DEADLINE = 15_000;
const KINDS = [
  { name: 'prosody', launch: startProsody, tellsAtConnect: true, writesRosters: true },
  { name: 'ejabberd', launch: startEjabberd, tellsAtConnect: false, writesRosters: false },
];

describe.each(KINDS)('privileges on $name', ({ launch, tellsAtConnect, writesRosters }) => {
  let server: XmppServer;
  let one: Running;
  const subscriptions = new MemorySubscriptions();
  const watched = new MemoryWatched();
  const edge = () => startEdge(server, { subscriptions, watched, rollCallEvery: 100 });
  const juliet = () => jid(server.users.juliet.jid);
  const clients = () => one.whereabouts.clients(juliet()).map(({ resource, priority }) => `${resource} ${priority}`);
  const become = (expected: string[]) => waitUntil(`her clients are ${expected.join(', ')}`, () => clients().join() === expected.join(), DEADLINE);
  const comes = (resource: string, priority: number): Promise<TestClient> =>
    connectClient(server, 'juliet', { resource, presence: xml('presence', {}, xml('priority', {}, String(priority))) });
  const roster = async (client: TestClient) => {
    const answer = await client.request(xml('iq', { type: 'get' }, xml('query', { xmlns: 'jabber:iq:roster' })));
    return (answer.getChild('query')?.getChildren('item') ?? []).map((item) => ({ ...item.attrs, jid: item.attrs.jid, subscription: item.attrs.subscription, group: item.getChildText('group') }));
  };

  beforeAll(async () => {
    server = await launch({ privilege: true });
    one = await online(edge());
  });
  afterAll(async () => {
    await one.edge.stop(1_000);
    await server.dispose();
  });

  it('tell who comes and goes, per client, though nobody is subscribed', async () => {
    const phone = await comes('phone', 1);
    const desk = await comes('desk', 7);
    await become(['desk 7', 'phone 1']);
    desk.send(xml('presence', { type: 'unavailable' }));
    await become(['phone 1']);
    // A lost connection is told by Prosody; on ejabberd the roll call finds it.
    phone.destroy();
    await become([]);
    await desk.close();
    expect(watched.rows.size).toBe(0);
  });

  it('tell it again after a restart of either side', { timeout: 20_000 }, async () => {
    const phone = await comes('phone', 1);
    await become(['phone 1']);
    await one.edge.stop(1_000);
    one = await online(edge());
    if (!tellsAtConnect) phone.send(xml('presence', {}, xml('priority', {}, '1')));
    await become(['phone 1']);
    await server.kill();
    await become([]);
    expect(one.whereabouts.standing(juliet())).toBe('unknown');
    await server.start();
    await online(one, 15_000);
    const again = await comes('again', 3);
    await become(['again 3']);
    await again.close();
  });

  it('put a contact into the roster, or say that they do not, and it is suggested', async () => {
    const phone = await comes('phone', 0);
    await become(['phone 0']);
    const romeo = { kind: 'mail', local: 'romeo', domain: 'montague.test' } as const;
    expect(await one.edge.attendance.introduce({ user: juliet(), mail: romeo, name: 'Romeo Montague' })).toBe(true);
    const contact = `romeo%montague.test@${server.component}`;
    if (writesRosters) {
      expect(await roster(phone)).toEqual([{ jid: contact, name: 'Romeo Montague', subscription: 'both', group: 'E-mail' }]);
      await phone.waitFor((stanza) => stanza.is('presence') && stanza.attrs.from === contact, DEADLINE);
      expect(watched.rows.get(server.users.juliet.jid)).toMatchObject({ by: contact, state: 'seen' });
    } else {
      const message = await phone.waitFor((stanza) => stanza.getChild('x', 'http://jabber.org/protocol/rosterx') !== undefined, DEADLINE);
      expect(message.getChild('x')?.getChild('item')?.attrs).toEqual({ action: 'add', jid: contact, name: 'Romeo Montague' });
      expect(one.lines.filter(({ msg }) => msg.includes('fails to do it'))).toHaveLength(1);
    }
    await phone.close();
  });

  it('make the subscription back without a question, where they write rosters', async () => {
    const romeo = await connectClient(server, 'romeo', { resource: 'phone' });
    const contact = `nurse%capulet.test@${server.component}`;
    romeo.send(xml('iq', { type: 'set', id: 'named' }, xml('query', { xmlns: 'jabber:iq:roster' }, xml('item', { jid: contact, name: 'My nurse' }, xml('group', {}, 'Family')))));
    romeo.send(xml('presence', { type: 'subscribe', to: contact }));
    const row = () => watched.rows.get(server.users.romeo.jid)?.state;
    await waitUntil('she sees him, or has asked', () => row() === (writesRosters ? 'seen' : 'asked'), DEADLINE);
    if (writesRosters) expect(await roster(romeo)).toEqual([{ jid: contact, name: 'My nurse', subscription: 'both', group: 'Family' }]);
    else romeo.send(xml('presence', { type: 'subscribed', to: contact }));
    await waitUntil('she sees him', () => row() === 'seen', DEADLINE);
    await romeo.close();
  });

  it('are not used against one who has taken it back', { timeout: 30_000 }, async () => {
    let romeo = await connectClient(server, 'romeo', { resource: 'phone' });
    const contact = (local: string) => `${local}%capulet.test@${server.component}`;
    const subscriptionOf = async (local: string) => (await roster(romeo)).find(({ jid: one }) => one === contact(local))?.subscription;
    const row = () => watched.rows.get(server.users.romeo.jid)?.state;
    romeo.send(xml('presence', { type: 'unsubscribed', to: contact('nurse') }));
    await waitUntil('that is kept', () => row() === 'refused', DEADLINE);
    await romeo.close();
    await one.edge.stop(1_000);
    one = await online(edge());
    romeo = await connectClient(server, 'romeo', { resource: 'phone' });
    await romeo.waitFor((stanza) => stanza.is('presence') && stanza.attrs.type === undefined && stanza.attrs.from === contact('nurse'), DEADLINE);
    await one.edge.attendance.introduce({ user: jid(server.users.romeo.jid), mail: { kind: 'mail', local: 'peter', domain: 'capulet.test' }, name: 'Peter' });
    await romeo.request(xml('iq', { type: 'get', to: server.component }, xml('ping', { xmlns: 'urn:xmpp:ping' })));
    // That he sees the contact himself is another thing.
    expect([await subscriptionOf('nurse'), await subscriptionOf('peter')]).toEqual(['to', writesRosters ? 'to' : undefined]);
    expect(romeo.received.filter(({ attrs }) => attrs.type === 'subscribe')).toEqual([]);
    expect(row()).toBe('refused');
    await romeo.close();
  });

  it('are heard where only a few of the server\u2019s users are served', async () => {
    await one.edge.stop(1_000);
    one = await online(startEdge(server, { serves: ({ local }) => local === 'juliet' }));
    const [romeo, phone] = [await connectClient(server, 'romeo', { resource: 'phone' }), await comes('phone', 1)];
    await become(['phone 1']);
    expect(one.whereabouts.standing(jid(server.users.romeo.jid))).toBe('unknown');
    // Who is merely gone would be unknown: that the return is told as well is what the server has granted.
    phone.send(xml('presence', { type: 'unavailable' }));
    await waitUntil('she is offline', () => one.whereabouts.standing(juliet()) === 'offline', DEADLINE);
    await Promise.all([romeo.close(), phone.close()]);
  });
});
