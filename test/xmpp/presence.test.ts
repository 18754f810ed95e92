/** Presence of contacts as XEP-0100 wants it, as a real client sees it through a real server. */
import xml, { type Element } from '@xmpp/xml';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { formatJid } from '../../src/address.js';
import { Whereabouts } from '../../src/presence/whereabouts.js';
import { Aside } from '../../src/xmpp/aside.js';
import { Availability } from '../../src/xmpp/availability.js';
import { Portraits } from '../../src/xmpp/portraits.js';
import { Presence } from '../../src/xmpp/presence.js';
import { Watching } from '../../src/xmpp/watching.js';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { MemoryPeople, MemorySubscriptions, MemoryWatched, online, recordingLog, startEdge, type Running } from './harness.js';
import { SERVERS } from './servers.js';

/** Presence without a server: what is said, in order. */
function alone(subscriptions: MemorySubscriptions, nameOf: () => Promise<string | undefined>) {
  const gateway = { domain: 'mail.example.test', home: 'example.test', separator: '%' } as const;
  const said: string[] = [];
  const send = ({ attrs }: Element) => void said.push(attrs.type ?? 'available');
  const whereabouts = new Whereabouts(Date.now);
  const { log } = recordingLog();
  const serves = () => true;
  const availability = new Availability({ faces: { take: () => undefined }, whereabouts, serves, sees: () => false, looks: { shows: () => false, isAnswer: () => false }, seen: () => false, came: () => undefined });
  const link = { log, connected: true, send, room: () => Promise.resolve() };
  const watching = new Watching({ ...link, watched: new MemoryWatched(), whereabouts, gateway, pong: () => Promise.resolve(), canShare: () => false, share: () => Promise.resolve(false), shares: new Aside(1, 1), unseen: () => undefined, confirmed: () => undefined });
  const portraits = new Portraits({ gateway, people: new MemoryPeople(), admits: () => true, nameOf });
  return { presence: new Presence({ ...link, gateway, subscriptions, portraits, availability, watching, peers: new Aside(1, 1), serves, mayRegister: serves, hears: () => false, busy: () => undefined, refusal: () => undefined }), said };
}

/** Something that ends when it is told to. */
function held() {
  let resume: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (resume = resolve));
  return { promise, resume };
}

describe('what is overtaken says no more', () => {
  it('an announcement: the last word is that the contacts are gone', async () => {
    const user = { kind: 'jid', local: 'juliet', domain: 'example.test', resource: '' } as const;
    const rows = ['a', 'b'].map((name) => ({ user, contact: { ...user, local: `${name}%shop.example`, domain: 'mail.example.test' } }));
    const subscriptions = new MemorySubscriptions();
    const { promise, resume } = held();
    subscriptions.subscriptions = async function* () {
      yield* rows.slice(0, 1);
      await promise;
      yield* rows.slice(1);
    };
    const { presence, said } = alone(subscriptions, () => Promise.resolve(undefined));
    const first = presence.announce(undefined);
    const second = presence.announce('unavailable');
    resume();
    await Promise.all([first, second]);
    expect(said.slice(-2)).toEqual(['unavailable', 'unavailable']);
    expect(said.filter((type) => type === 'available')).toHaveLength(0);
  });

  it('who was told that the gateway is there, unasked, is told that it goes, once', async () => {
    const { presence, said } = alone(new MemorySubscriptions(), () => Promise.resolve(undefined));
    const user = { kind: 'jid', local: 'juliet', domain: 'example.test', resource: '' } as const;
    await presence.announce(undefined);
    presence.here(user);
    presence.here(user);
    await presence.announce('unavailable');
    expect(said).toEqual(['available', 'available', 'unavailable']);
    await presence.announce(undefined);
    await presence.announce('unavailable');
    expect(said).toHaveLength(3);
  });

  it('who also has the gateway as a contact is told once, as is that of his other contacts', async () => {
    const user = { kind: 'jid', local: 'juliet', domain: 'example.test', resource: '' } as const;
    const subscriptions = new MemorySubscriptions();
    const { presence, said } = alone(subscriptions, () => Promise.resolve(undefined));
    for (const local of ['', 'a%shop.example']) await subscriptions.addSubscription({ user, contact: { ...user, local, domain: 'mail.example.test' } });
    await presence.announce(undefined);
    presence.here(user);
    said.length = 0;
    await presence.announce('unavailable');
    expect(said).toEqual(['unavailable', 'unavailable']);
  });

  it.each(['probe', 'subscribe'])('the answer to a %s: the last word is that the contact has been removed', async (type) => {
    const { promise, resume } = held();
    const { presence, said } = alone(new MemorySubscriptions(), () => promise.then(() => undefined));
    const [from, to] = ['juliet@example.test', 'romeo@mail.example.test'];
    await presence.take(xml('presence', { type, from, to }));
    await presence.take(xml('presence', { type: 'unsubscribe', from, to }));
    const removed = said.splice(0);
    resume();
    await waitUntil('the next is answered', async () => {
      await presence.take(xml('presence', { type: 'probe', from: 'nurse@example.test', to }));
      return said.length > 0;
    }, 15_000);
    expect(removed).toEqual(['unsubscribed', 'unavailable']);
    expect(said.slice(0, 2)).toEqual(['available', 'subscribe']);
  });
});

describe.each(SERVERS)('presence on $name', ({ launch }) => {
  let server: XmppServer;
  let one: Running;
  let juliet: TestClient;
  const subscriptions = new MemorySubscriptions();

  beforeAll(async () => {
    server = await launch();
    one = await online(startEdge(server, { subscriptions }));
    juliet = await connectClient(server, 'juliet');
  });
  afterEach(() => {
    juliet.received.length = 0;
  });
  afterAll(async () => {
    await juliet.close();
    await one.edge.stop(2_000);
    await server.dispose();
  });

  const contact = (local = 'ann%shop.example') => `${local}@${server.component}`;
  const presence = (type: string | undefined, from: string) =>
    juliet.waitFor((stanza) => stanza.is('presence') && stanza.attrs.type === type && stanza.attrs.from === from, 15_000);
  const isKept = (jid: string) => [...subscriptions.rows.values()].some((row) => formatJid(row.contact) === jid);
  const send = (type: string, to: string) => juliet.send(xml('presence', { type, to }));
  const rosterItem = async (jid: string): Promise<Element | undefined> => {
    const roster = await juliet.request(xml('iq', { type: 'get' }, xml('query', { xmlns: 'jabber:iq:roster' })));
    return roster.getChild('query')?.getChildren('item').find((item) => item.attrs.jid === jid);
  };

  it('accepts a subscription to a contact and to the gateway, and stays available', async () => {
    for (const to of [contact(), server.component]) {
      send('subscribe', to);
      await presence(undefined, to);
      await waitUntil('the roster has it', async () => (await rosterItem(to))?.attrs.subscription === 'to', 15_000);
    }
    expect([isKept(contact()), isKept(server.component)]).toEqual([true, true]);
  });

  it('is there for a client that comes later, because the server probes', async () => {
    const later = await connectClient(server, 'juliet');
    await later.waitFor((stanza) => stanza.is('presence') && stanza.attrs.from === contact(), 15_000);
    await later.close();
  });

  it('refuses a contact that is no address, and one that may not be written to', async () => {
    send('subscribe', contact('nobody%127.0.0.1'));
    expect((await presence('error', contact('nobody%127.0.0.1'))).toString()).toContain('item-not-found');
    send('subscribe', contact('x%forbidden.example'));
    expect((await presence('error', contact('x%forbidden.example'))).toString()).toContain('forbidden');
    expect([isKept(contact('nobody%127.0.0.1')), isKept(contact('x%forbidden.example'))]).toEqual([false, false]);
  });

  it('says that it cannot store, and the stream stays', async () => {
    const add = subscriptions.addSubscription.bind(subscriptions);
    subscriptions.addSubscription = () => Promise.reject(new Error('disk full'));
    send('subscribe', contact('bob%shop.example'));
    expect((await presence('error', contact('bob%shop.example'))).toString()).toContain('resource-constraint');
    subscriptions.addSubscription = add;
    expect(one.edge.ready).toBe(true);
  });

  it('goes away when it stops and is back after a restart, for all who subscribed', async () => {
    await one.edge.stop(5_000);
    await presence('unavailable', contact());
    await presence('unavailable', server.component);
    juliet.received.length = 0;
    one = await online(startEdge(server, { subscriptions }));
    await presence(undefined, contact());
    await presence(undefined, server.component);
  });

  it('announces presence again after the server was restarted', async () => {
    await server.kill();
    await waitUntil('the loss is noticed', () => !one.edge.ready, 15_000);
    await server.start();
    juliet = await connectClient(server, 'juliet');
    await online(one, 15_000);
    await presence(undefined, contact());
    await presence(undefined, server.component);
  });

  it('honours an unsubscription', async () => {
    send('unsubscribe', contact());
    await presence('unavailable', contact());
    await waitUntil('the row is gone', () => !isKept(contact()), 15_000);
    expect(isKept(server.component)).toBe(true);
  });

  it('honours the removal from the roster', async () => {
    const item = xml('item', { jid: server.component, subscription: 'remove' });
    await juliet.request(xml('iq', { type: 'set' }, xml('query', { xmlns: 'jabber:iq:roster' }, item)));
    await waitUntil('the row is gone', () => !isKept(server.component), 15_000);
  });
});
