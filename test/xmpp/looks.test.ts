/** Whom a server does not show to the gateway any more is found out, also where nothing is said of it. */
import xml from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jid } from '../address/parsed.js';
import { connectClient, type TestClient } from '../servers/client.js';
import { startEjabberd } from '../servers/ejabberd.js';
import { startProsody } from '../servers/prosody.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { online, startEdge, type Running } from './harness.js';

const DEADLINE = 15_000;
const KINDS = [{ name: 'prosody', launch: startProsody }, { name: 'ejabberd', launch: startEjabberd }];

describe.each(KINDS)('who is followed on $name', ({ launch }) => {
  let server: XmppServer;
  let running: Running;
  let phone: TestClient;
  const juliet = () => jid(server.users.juliet.jid);
  const clients = () => running.whereabouts.clients(juliet());
  const seen = () => clients().flatMap(({ seen, resource }) => (seen === true ? [resource] : [])).join();
  const become = (expected: string) => waitUntil(`seen is ${expected}`, () => seen() === expected, DEADLINE);
  const blocking = (name: string) => phone.request(xml('iq', { type: 'set' }, xml(name, { xmlns: 'urn:xmpp:blocking' }, xml('item', { jid: server.component }))));

  beforeAll(async () => {
    server = await launch();
    running = await online(startEdge(server, { lookEvery: 200 }));
    phone = await connectClient(server, 'juliet', { resource: 'phone' });
    await running.edge.attendance.following.follow(juliet());
    await phone.waitFor((stanza) => stanza.is('presence') && stanza.attrs.type === 'subscribe', DEADLINE);
    phone.send(xml('presence', { type: 'subscribed', to: server.component }));
  });
  afterAll(async () => {
    await phone.close();
    await running.edge.stop(1_000);
    await server.dispose();
  });

  it('stays seen while he is shown, each client with when it spoke last', async () => {
    await become('phone');
    const desk = await connectClient(server, 'juliet', { resource: 'desk' });
    await become('desk,phone');
    const [before] = clients();
    await waitUntil('the answers to many looks are here', () => clients()[0] !== before, DEADLINE);
    expect(clients()[0]).toEqual(before);
    await desk.close();
    await become('phone');
  });

  it('is hidden when he blocks the gateway, and back when he does not', { timeout: 40_000 }, async () => {
    await blocking('block');
    await become('');
    await blocking('unblock');
    await become('phone');
  });
});
