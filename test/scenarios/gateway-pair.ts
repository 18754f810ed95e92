/** Two gateways on one XMPP server; each is the mail server that the other sends to. */
import { readFile, writeFile } from 'node:fs/promises';
import type { XmppServer } from '../servers/xmpp-server.js';
import { GatewayProcess } from './gateway-process.js';

/** The domain of the second; the server must have a component of that name. */
export const SECOND = 'post.example.test';

/** @param context its `cleanUp`: what is given to it is called when the story has ended */
export async function startPair(server: XmppServer, context: { cleanUp(end: () => Promise<unknown>): void }): Promise<{ first: GatewayProcess; second: GatewayProcess }> {
  const first = await GatewayProcess.prepare({ server, relayPort: 1 });
  context.cleanUp(() => first.dispose());
  const second = await GatewayProcess.prepare({ server, relayPort: first.smtpPort, component: SECOND });
  context.cleanUp(() => second.dispose());
  await writeFile(first.configPath, (await readFile(first.configPath, 'utf8')).replace('127.0.0.1:1"', `127.0.0.1:${second.smtpPort}"`));
  await Promise.all([first.start(), second.start()]);
  return { first, second };
}
