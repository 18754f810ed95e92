/** A client that reads answers what comes behind a message; one that does not read, or is gone, does not. */
import xml from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jid } from '../address/parsed.js';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { online, startEdge, type Running } from './harness.js';
import { SERVERS } from './servers.js';

const DEADLINE = 15_000;

describe.each(SERVERS)('what a client has read on $name', ({ launch }) => {
  let server: XmppServer;
  let one: Running;
  const clients: TestClient[] = [];
  const contact = () => `ann%shop.example@${server.component}`;
  const juliet = () => jid(server.users.juliet.jid);

  /** A client that has told the contact that it is there; it answers pings when it `reads`. */
  const comes = async (resource: string, priority: number, how: 'reads' | 'refuses' | 'sleeps'): Promise<TestClient> => {
    const client = await connectClient(server, 'juliet', { resource });
    clients.push(client);
    client.send(xml('presence', { to: contact() }, xml('priority', {}, String(priority))));
    await waitUntil('it is known', () => one.whereabouts.clients(juliet()).some((known) => known.resource === resource), DEADLINE);
    if (how !== 'sleeps') void answerPing(client, how);
    return client;
  };
  const answerPing = async (client: TestClient, how: 'reads' | 'refuses'): Promise<void> => {
    const ping = await client.waitFor((stanza) => stanza.is('iq') && stanza.getChild('ping', 'urn:xmpp:ping') !== undefined, 30_000);
    const error = xml('error', { type: 'cancel' }, xml('service-unavailable', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' }));
    client.send(xml('iq', { type: how === 'reads' ? 'result' : 'error', id: ping.attrs.id, to: ping.attrs.from }, how === 'reads' ? [] : error));
  };
  const leave = async (): Promise<void> => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await waitUntil('nobody is there', () => one.whereabouts.standing(juliet()) === 'unknown', DEADLINE);
  };

  beforeAll(async () => {
    server = await launch();
    one = await online(startEdge(server, { readDeadline: 2_000 }));
  });
  afterAll(async () => {
    await one.edge.stop(1_000);
    await server.dispose();
  });

  it('is known by its answer, an error included', async () => {
    expect(await one.edge.hasRead(juliet())).toBe(false);
    await comes('reads', 1, 'reads');
    expect(await one.edge.hasRead(juliet())).toBe(true);
    await leave();
    await comes('refuses', 1, 'refuses');
    expect(await one.edge.hasRead(juliet())).toBe(true);
    await leave();
  });

  it('is not known of one that goes instead of answering', async () => {
    const sleeper = await comes('sleeps', 5, 'sleeps');
    await comes('less', 1, 'sleeps');
    const asked = one.edge.hasRead(juliet());
    await sleeper.waitFor((stanza) => stanza.is('iq'), DEADLINE);
    sleeper.destroy();
    expect(await asked).toBe(false);
    await leave();
  });

  it('is not known of one that does not read', async () => {
    const sleeper = await comes('stopped', 5, 'sleeps');
    const socket = sleeper.release();
    socket.pause();
    expect(await one.edge.hasRead(juliet())).toBe(false);
    socket.destroy();
    await leave();
  });
});
