/** What the stories about who is online share. */
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
