/** Who is online is known: by a contact, by the gateway's own subscription, or because the server tells; and again after every loss. */
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { DEADLINE } from './stanzas.js';
import { setStage, type Stage } from './stage.js';
import { SERVERS } from './world.js';

/** `known` and `online`, as /metrics tells them. */
async function users(stage: Stage): Promise<string> {
  const text = await stage.world.gateway.metrics();
  const count = (what: string) => new RegExp(`^stanzapost_users\\{presence="${what}"\\} (\\d+)$`, 'm').exec(text)?.[1];
  return `${count('known')} ${count('online')}`;
}

const become = (stage: Stage, expected: string, deadline = DEADLINE) => waitUntil(`known and online are ${expected}`, async () => (await users(stage)) === expected, deadline);

const isPresence = (type: string | undefined, from: string) => (stanza: xml.Element) => stanza.is('presence') && stanza.attrs.type === type && stanza.attrs.from === from;

/** Adds a contact as clients do, and lets it see its user. */
async function befriend(client: TestClient, contact: string): Promise<void> {
  client.send(xml('presence', { type: 'subscribe', to: contact }));
  await client.waitFor(isPresence('subscribe', contact), DEADLINE);
  client.send(xml('presence', { type: 'subscribed', to: contact }));
}

async function restart(stage: Stage): Promise<void> {
  await stage.world.gateway.stop();
  await stage.world.gateway.start();
}

async function killServer(stage: Stage): Promise<void> {
  const { server, gateway } = stage.world;
  await server.kill();
  await server.start();
  await waitUntil('the gateway is back', () => gateway.ready(), DEADLINE);
}

describe.each(SERVERS)('who is online on %s', (kind) => {
  const stage = setStage(kind);

  it('is known of those who have a contact, or the gateway itself, and let it see them', async () => {
    expect(await users(stage)).toBe('0 0');
    await befriend(stage.juliet, stage.world.romeo);
    await become(stage, '1 1');
    const romeo = await connectClient(stage.world.server, 'romeo');
    await befriend(romeo, stage.world.server.component);
    await become(stage, '2 2');
    romeo.send(xml('presence', {}, xml('priority', {}, '-1')));
    await become(stage, '2 1');
    const other = await connectClient(stage.world.server, 'romeo', { presence: xml('presence', {}, xml('priority', {}, '3')) });
    await become(stage, '2 2');
    other.destroy();
    await become(stage, '2 1');
    await romeo.close();
  });

  it('is known again after a restart of the gateway', async () => {
    await restart(stage);
    await become(stage, '2 1');
  });

  it('is known again after the server was killed', { timeout: 40_000 }, async () => {
    await killServer(stage);
    await become(stage, '2 0');
    stage.juliet = await connectClient(stage.world.server, 'juliet');
    await become(stage, '2 1');
  });
});

describe.each(SERVERS)('who is online on %s, which tells', (kind) => {
  const stage = setStage(kind, {}, 'smtp', { privilege: true });
  /** ejabberd tells of no client that was there before. */
  const says = (): void => {
    if (kind === 'ejabberd') stage.juliet.send(xml('presence'));
  };

  it('is known though nobody has a contact, and again after a restart', async () => {
    says();
    await become(stage, '1 1');
    const romeo = await connectClient(stage.world.server, 'romeo', { presence: xml('presence', {}, xml('priority', {}, '-1')) });
    await become(stage, '2 1');
    romeo.send(xml('presence', { type: 'unavailable' }));
    await romeo.close();
    await restart(stage);
    says();
    await become(stage, '1 1');
  });

  it('is known again after the server was killed', { timeout: 40_000 }, async () => {
    await killServer(stage);
    stage.juliet = await connectClient(stage.world.server, 'juliet');
    await become(stage, '1 1');
  });
});
