/** What the stories about presence on the web share: publishing it, and what the web says. */
import { setTimeout as delay } from 'node:timers/promises';
import xml from '@xmpp/xml';
import type { TestClient } from '../servers/client.js';
import { claimPorts } from '../servers/ports.js';
import { waitUntil } from '../servers/wait.js';
import type { Stage } from './stage.js';
import { DEADLINE, hasBody } from './stanzas.js';

const [PORT = 0] = await claimPorts(1);
const PUBLIC_URL = `http://127.0.0.1:${PORT}`;
export const WEB = { web: `listen = "127.0.0.1:${PORT}"\npublic_url = "${PUBLIC_URL}"` };
/** The web is not asked more often than one address may. */
const ASK_EVERY = 120;

export type Json = Readonly<Record<string, unknown>>;

export async function look(stage: Stage, user: 'juliet' | 'romeo' = 'juliet'): Promise<Json> {
  return (await (await fetch(`${PUBLIC_URL}/v1/presence/${stage.world.server.users[user].jid}`)).json()) as Json;
}

/** Waits until the web says so, of `juliet`. */
export async function shows(stage: Stage, expected: Json, deadline = DEADLINE): Promise<Json> {
  let last: Json = {};
  const fits = async (): Promise<Json | false> => {
    await delay(ASK_EVERY);
    last = await look(stage);
    return Object.entries(expected).every(([key, value]) => last[key] === value) && last;
  };
  try {
    return await waitUntil('the web says so', fits, deadline);
  } catch (error) {
    throw new Error(`${String(error)}: ${JSON.stringify(expected)}, but ${JSON.stringify(last)}`, { cause: error });
  }
}

async function order(stage: Stage, client: TestClient, text: string, answer: string): Promise<void> {
  client.send(xml('message', { to: stage.world.server.component, type: 'chat', id: text }, xml('body', {}, text)));
  await client.waitFor(hasBody(answer), DEADLINE);
}

export const says = (...words: xml.Element[]): xml.Element => xml('presence', {}, words);
export const word = (name: string, text: string): xml.Element => xml(name, {}, text);
export const time = (at: unknown): number => Date.parse(String(at));

/** Publishes all, and lets the gateway see where juliet is. */
export async function publish(stage: Stage): Promise<void> {
  const { juliet, world } = stage;
  await order(stage, juliet, 'presence everybody', PUBLIC_URL);
  await order(stage, juliet, 'presence show all', 'picture');
  const asks = (stanza: xml.Element): boolean => stanza.is('presence') && stanza.attrs.type === 'subscribe' && stanza.attrs.from === world.server.component;
  await juliet.waitFor(asks, DEADLINE);
  juliet.send(xml('presence', { type: 'subscribed', to: world.server.component }));
}

/** The user's live stream, read until it is disposed of. */
export async function streamOf(stage: Stage, user: 'juliet' | 'romeo'): Promise<{ readonly told: readonly string[] } & AsyncDisposable> {
  const end = new AbortController();
  const { body } = await fetch(`${PUBLIC_URL}/v1/stream?id=${stage.world.server.users[user].jid}`, { signal: end.signal });
  const told: string[] = [];
  const read = async (): Promise<void> => {
    let text = '';
    for await (const bytes of body ?? []) {
      text += Buffer.from(bytes).toString();
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) if (event.includes('event: presence')) told.push(/"presence":"(\w+)"/.exec(event)?.[1] ?? event);
    }
  };
  const ended = read().catch((error: unknown) => {
    if (!end.signal.aborted) throw error;
  });
  const stop = async (): Promise<void> => {
    end.abort();
    await ended;
  };
  return { told, [Symbol.asyncDispose]: stop };
}
