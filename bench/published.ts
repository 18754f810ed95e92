/** A gateway whose users publish their presence to everybody: an XMPP server, users who are online there, and the web listener. */
import { setTimeout as pause } from 'node:timers/promises';
import xml from '@xmpp/xml';
import { isFailure } from '../src/failure.js';
import { createLog } from '../src/log.js';
import { FACETS, type Publication } from '../src/presence/publication.js';
import { openSqliteStore } from '../src/store/sqlite.js';
import type { GatewayProcess } from '../test/scenarios/gateway-process.js';
import { connectClient, type TestClient } from '../test/servers/client.js';
import { startEjabberd } from '../test/servers/ejabberd.js';
import { claimPort } from '../test/servers/ports.js';
import { startProsody } from '../test/servers/prosody.js';
import type { XmppServer } from '../test/servers/xmpp-server.js';
import { serverOf, type Context } from './row.js';
import { prepareGateway } from './stage.js';

const NO_RELAY = 9;
const SEEN_WITHIN_MS = 20_000;

export interface Published {
  readonly server: XmppServer;
  readonly gateway: GatewayProcess;
  /** Of the listener for everybody. */
  readonly port: number;
  /** Bare JIDs. */
  readonly users: readonly string[];
  /** Of their links, by which they are asked for. */
  readonly ids: readonly string[];
  /** Of each user, online. */
  readonly clients: readonly TestClient[];
}

/**
 * Resolves when all of them are seen online.
 * @param extra for the server's configuration, in its own language
 */
export async function publishedUsers(context: Context, count: number, extra = ''): Promise<Published> {
  const server = await (serverOf(context) === 'prosody' ? startProsody : startEjabberd)({ crowd: count, extra });
  context.cleanUp(() => server.dispose());
  const port = await claimPort();
  const users = Array.from({ length: count }, (_, i) => `crowd${i}@${server.domain}`);
  const web = `listen = "127.0.0.1:${port}"\npublic_url = "http://127.0.0.1:${port}"`;
  const gateway = await prepareGateway(context, { server }, { relayPort: NO_RELAY, settings: { web } });
  await publish(gateway.storePath, users);
  await gateway.start();
  const clients: TestClient[] = [];
  // One by one: ejabberd lets few wait at its door.
  for (const jid of users) clients.push(await comeOnline(context, server, jid));
  await seen(port, users);
  return { server, gateway, port, users, ids: users.map((_, i) => idOf(i)), clients };
}

const idOf = (user: number): string => [...`${user}`].map((digit) => 'abcdefghij'[Number(digit)]).join('').padStart(26, 'z');

/** As the users would by command, one by one. */
async function publish(path: string, users: readonly string[]): Promise<void> {
  const store = await openSqliteStore(path, {}, createLog('error'));
  if (isFailure(store)) throw new Error(store.text);
  for (const [i, user] of users.entries()) {
    await store.publications.putPublication({ user, id: idOf(i), audience: 'everybody', shown: FACETS, write: true, origins: [], keys: [] } satisfies Publication);
  }
  await store.close();
}

async function comeOnline(context: Context, server: XmppServer, jid: string): Promise<TestClient> {
  const client = await connectClient(server, { jid, password: 'crowd' }, { live: true, presence: away(jid) });
  context.cleanUp(() => client.close());
  // The gateway asks to see who publishes.
  await client.waitFor((stanza) => stanza.is('presence') && stanza.attrs.type === 'subscribe' && stanza.attrs.from === server.component, SEEN_WITHIN_MS);
  client.send(xml('presence', { to: server.component, type: 'subscribed' }));
  return client;
}

/** @param words of the status */
export function away(words: string): xml.Element {
  return xml('presence', {}, xml('show', {}, 'away'), xml('status', {}, `Back in a moment, ${words}`));
}

async function seen(port: number, users: readonly string[]): Promise<void> {
  const end = Date.now() + SEEN_WITHIN_MS;
  for (const user of users) {
    let told = '';
    do {
      if (Date.now() > end) throw new Error(`${user} was not seen online: ${told}`);
      if (told !== '') await pause(100);
      const answer = await fetch(`http://127.0.0.1:${port}/v1/presence/${user}`, { headers: { 'x-forwarded-for': '10.254.254.1' } });
      told = `${answer.status} ${await answer.text()}`;
    } while (!told.includes('"away"'));
  }
}
