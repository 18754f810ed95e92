/** Many come at once, and of each something is asked of the server: what it answers is read meanwhile. */
import xml, { type Element } from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient, type TestClient } from '../servers/client.js';
import { startProsody } from '../servers/prosody.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { MemoryWatched, online, startEdge, type Running } from './harness.js';
import { SERVERS } from './servers.js';

/** Three times as many as the edge takes at once. */
const TAKEN = 4;
const MANY = 12;
const LONG = 40_000;

const crowd = (server: XmppServer) => Array.from({ length: MANY }, (_, i) => ({ jid: `crowd${i}@${server.domain}`, password: 'crowd' }));

describe('a crowd that adds its first contact, on a Prosody that lets the gateway write rosters', () => {
  let server: XmppServer;
  let one: Running;
  let clients: TestClient[];
  const watched = new MemoryWatched();

  beforeAll(async () => {
    server = await startProsody({ privilege: true, crowd: MANY });
    one = await online(startEdge(server, { watched, maxAccepting: TAKEN }));
    clients = await Promise.all(crowd(server).map((account) => connectClient(server, account)));
  }, LONG);
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await one.edge.stop(1_000);
    await server.dispose();
  });

  it('is seen without a question, every one, and what comes after it is taken', async () => {
    for (const client of clients) client.send(xml('presence', { type: 'subscribe', to: `ann%shop.example@${server.component}` }));
    clients[0]?.send(xml('message', { type: 'chat', to: `ann%shop.example@${server.component}` }, xml('body', {}, 'Hello')));
    const states = () => crowd(server).map(({ jid }) => watched.rows.get(jid)?.state);
    await waitUntil('they are all seen', () => states().every((state) => state === 'seen'), LONG);
    expect(one.intake.accepted).toHaveLength(1);
    expect(clients.flatMap(({ received }) => received.filter(({ attrs }) => attrs.type === 'subscribe'))).toEqual([]);
  }, LONG);
});

describe.each(SERVERS)('questions about many chat users on $name', ({ launch }) => {
  let server: XmppServer;
  let one: Running;
  let juliet: TestClient;

  beforeAll(async () => {
    server = await launch({ crowd: MANY });
    one = await online(startEdge(server, { maxAccepting: TAKEN }));
    juliet = await connectClient(server, 'juliet');
  }, LONG);
  afterAll(async () => {
    await juliet.close();
    await one.edge.stop(1_000);
    await server.dispose();
  });

  const nameOf = (answer: Element) => answer.getChild('vCard', 'vcard-temp')?.getChildText('FN');

  it('are answered with what their server says', { timeout: LONG }, async () => {
    // A server that has much else to do may be asked in vain: then the next one's name is known.
    const names = [];
    for (const account of crowd(server).slice(0, 3)) {
      const client = await connectClient(server, account);
      await client.request(xml('iq', { type: 'set' }, xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'One of them'))));
      await client.close();
      const [name] = account.jid.split('@');
      const ask = (local: string) => juliet.request(xml('iq', { type: 'get', to: `${local}@${server.component}` }, xml('vCard', { xmlns: 'vcard-temp' })));
      const nobodies = Array.from({ length: MANY }, (_, i) => ask(`nobody${i}of${name}`));
      names.push(nameOf(await ask(name ?? '')));
      for (const answer of await Promise.all(nobodies)) expect(nameOf(answer)).toMatch(/^nobody/);
    }
    expect(names).toContain('One of them');
  });
});
