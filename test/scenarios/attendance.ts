/** What the stories about who is online share. */
import xml from '@xmpp/xml';
import type { TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { DEADLINE } from './stanzas.js';
import type { Stage } from './stage.js';

/** `known` and `online`, as /metrics tells them. */
export async function users(stage: Stage): Promise<string> {
  const text = await stage.world.gateway.metrics();
  const count = (what: string) => new RegExp(`^stanzapost_users\\{presence="${what}"\\} (\\d+)$`, 'm').exec(text)?.[1];
  return `${count('known')} ${count('online')}`;
}

export const become = (stage: Stage, expected: string, deadline = DEADLINE) => waitUntil(`known and online are ${expected}`, async () => (await users(stage)) === expected, deadline);

export async function restart(stage: Stage): Promise<void> {
  await stage.world.gateway.stop();
  await stage.world.gateway.start();
}

export async function killServer(stage: Stage): Promise<void> {
  const { server, gateway } = stage.world;
  await server.kill();
  await server.start();
  await waitUntil('the gateway is back', () => gateway.ready(), DEADLINE);
}

const isPresence = (type: string | undefined, from: string) => (stanza: xml.Element) => stanza.is('presence') && stanza.attrs.type === type && stanza.attrs.from === from;

/** Adds a contact as clients do, and lets it see its user. */
export async function befriend(client: TestClient, contact: string): Promise<void> {
  client.send(xml('presence', { type: 'subscribe', to: contact }));
  await client.waitFor(isPresence('subscribe', contact), DEADLINE);
  client.send(xml('presence', { type: 'subscribed', to: contact }));
}
