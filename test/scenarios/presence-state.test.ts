/** Where a user is, as the web is told: of all his clients, over restarts and losses, and nothing of who does not want to be seen. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient, type TestClient } from '../servers/client.js';
import { claimPorts } from '../servers/ports.js';
import { waitUntil } from '../servers/wait.js';
import { killServer } from './attendance.js';
import { setStage, type Stage } from './stage.js';
import { DEADLINE, hasBody } from './stanzas.js';
import { SERVERS } from './world.js';

const [PORT = 0] = await claimPorts(1);
const PUBLIC_URL = `http://127.0.0.1:${PORT}`;
const WEB = { web: `listen = "127.0.0.1:${PORT}"\npublic_url = "${PUBLIC_URL}"` };
/** The web is not asked more often than one address may. */
const ASK_EVERY = 120;

type Json = Readonly<Record<string, unknown>>;

async function look(stage: Stage, user: 'juliet' | 'romeo' = 'juliet'): Promise<Json> {
  return (await (await fetch(`${PUBLIC_URL}/v1/presence/${stage.world.server.users[user].jid}`)).json()) as Json;
}

/** Waits until the web says so, of `juliet`. */
async function shows(stage: Stage, expected: Json, deadline = DEADLINE): Promise<Json> {
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

const says = (...words: xml.Element[]): xml.Element => xml('presence', {}, words);
const word = (name: string, text: string): xml.Element => xml(name, {}, text);
const idle = (since: string): xml.Element => xml('idle', { xmlns: 'urn:xmpp:idle:1', since });
const time = (at: unknown): number => Date.parse(String(at));

/** Publishes all, and lets the gateway see where juliet is. */
async function publish(stage: Stage, isAsked = true): Promise<void> {
  const { juliet, world } = stage;
  await order(stage, juliet, 'presence everybody', PUBLIC_URL);
  await order(stage, juliet, 'presence show all', 'picture');
  if (!isAsked) return;
  const asks = (stanza: xml.Element): boolean => stanza.is('presence') && stanza.attrs.type === 'subscribe' && stanza.attrs.from === world.server.component;
  await juliet.waitFor(asks, DEADLINE);
  juliet.send(xml('presence', { type: 'subscribed', to: world.server.component }));
}

describe.each(SERVERS)('where a user is, on %s', (kind) => {
  const stage = setStage(kind, WEB);

  it('is told of all clients: the first by priority speaks', async () => {
    await publish(stage);
    await shows(stage, { presence: 'online', client: undefined });
    const { server } = stage.world;
    const since = new Date(Date.now() - 600_000).toISOString();
    const phone = await connectClient(server, 'juliet', { kind: 'phone', presence: says(word('priority', '7'), word('show', 'away'), word('status', 'On the\n balcony'), idle(since)) });
    await shows(stage, { presence: 'online', show: 'away', status: 'On the balcony', client: 'phone' });
    expect(Math.abs(time((await look(stage)).idle_since) - time(since))).toBeLessThan(1_000);
    const desk = await connectClient(server, 'juliet', { kind: 'console', presence: says(word('priority', '9'), word('show', 'dnd'), idle('2999-01-01T00:00:00Z')) });
    const { idle_since: clamped } = await shows(stage, { show: 'dnd', status: undefined, client: 'console' });
    expect(time(clamped)).toBeLessThanOrEqual(Date.now());
    desk.destroy();
    await shows(stage, { show: 'away', client: 'phone' });
    phone.send(xml('presence', { type: 'unavailable' }));
    await phone.close();
    await shows(stage, { presence: 'online', show: undefined, client: undefined });
  });

  it('is offline with a negative priority alone, and has when he was last seen', async () => {
    stage.juliet.send(says(word('priority', '-5'), word('status', 'I am a robot')));
    const state = await shows(stage, { presence: 'offline', status: undefined });
    expect(time(state.changed_at)).toBe(time(state.last_seen));
    stage.juliet.send(says());
    expect(await shows(stage, { presence: 'online' })).not.toHaveProperty('last_seen');
  });

  it('is what it was after a kill of the gateway, for who stays, and is found out for who goes meanwhile', async () => {
    const { gateway } = stage.world;
    const before = await look(stage);
    await gateway.stop();
    await gateway.start();
    expect(await look(stage)).toEqual(before);
    await gateway.kill();
    const killed = Date.now();
    await stage.juliet.close();
    await gateway.start();
    const after = await shows(stage, { presence: 'offline' });
    expect(time(after.last_seen)).toBeGreaterThanOrEqual(time(before.changed_at));
    expect(time(after.last_seen)).toBeLessThanOrEqual(killed);
    expect(time(after.changed_at)).toBeGreaterThan(killed);
    stage.juliet = await connectClient(stage.world.server, 'juliet');
    await shows(stage, { presence: 'online' });
  });

  it('stands while the link is lost, and is asked for again', async () => {
    const { server } = stage.world;
    await server.kill();
    await waitUntil('the gateway has noticed', async () => !(await stage.world.gateway.ready()), DEADLINE);
    expect(await look(stage)).toMatchObject({ presence: 'online' });
    await killServer(stage);
    await shows(stage, { presence: 'offline' }, 20_000);
    stage.juliet = await connectClient(server, 'juliet');
    await shows(stage, { presence: 'online' });
  });
});

/** Once without, and once with the presence of all being told without a question (XEP-0356). */
describe.each(SERVERS.flatMap((kind) => [false, true].map((privilege) => ({ kind, privilege }))))('who does not want to be seen, on $kind, told unasked: $privilege', ({ kind, privilege }) => {
  // Debian's mod_privacy_lists does not go with the blocklist that Prosody has of its own.
  const stage = setStage(kind, WEB, 'smtp', { privilege });

  it('looks the same, whether he hides, blocks the gateway, or is away', async () => {
    await publish(stage, !privilege);
    const { juliet } = stage;
    const looks: [string, Json][] = [];
    for (const [name, hide, back] of hidings(stage, kind)) {
      await shows(stage, { presence: 'online' });
      await hide();
      looks.push([name, await shows(stage, { presence: 'offline' }).catch((e) => ({ e: String(e) }))]);
      await back();
    }
    void juliet;
    (await import('node:fs')).appendFileSync('/tmp/state-looks', JSON.stringify([kind, privilege, looks], null, 1));
  }, 60_000);
});

type Hiding = readonly [string, () => Promise<unknown>, () => Promise<unknown>];

function hidings(stage: Stage, kind: string): Hiding[] {
  const { component } = stage.world.server;
  const set = (payload: xml.Element): Promise<xml.Element> => stage.juliet.request(xml('iq', { type: 'set' }, payload));
  const must = async (payload: xml.Element) => { const a = await set(payload); if (a.attrs.type !== 'result') console.log(String(a)); };
  const list = (name: string, ...items: xml.Element[]) => xml('query', { xmlns: 'jabber:iq:privacy' }, xml('list', { name }, items));
  const active = (name?: string) => xml('query', { xmlns: 'jabber:iq:privacy' }, xml('active', { name }));
  const away: Hiding = ['away', async () => { stage.juliet.send(xml('presence', { type: 'unavailable' })); await stage.juliet.close(); }, async () => (stage.juliet = await connectClient(stage.world.server, 'juliet'))];
  const unavailable: Hiding = ['unavailable', async () => stage.juliet.send(xml('presence', { type: 'unavailable' })), async () => stage.juliet.send(says())];
  const blocked: Hiding = ['blocked', () => must(xml('block', { xmlns: 'urn:xmpp:blocking' }, xml('item', { jid: component }))), async () => { await must(xml('unblock', { xmlns: 'urn:xmpp:blocking' }, xml('item', { jid: component }))); stage.juliet.send(says()); }];
  const invisible: Hiding = ['invisible', async () => {
    await must(list('invisible', xml('item', { action: 'deny', order: '1' }, xml('presence-out'))));
    stage.juliet.send(xml('presence', { type: 'unavailable' }));
    await must(active('invisible'));
    stage.juliet.send(says(word('status', 'unseen')));
  }, async () => { await must(active()); stage.juliet.send(says()); }];
  const directed: Hiding = ['invisible, and writes to a contact', async () => {
    await invisible[1]();
    stage.juliet.send(xml('presence', { to: stage.world.romeo }, word('status', 'for romeo')));
  }, invisible[2]];
  return [away, unavailable, blocked, ...(kind === 'ejabberd' ? [invisible, directed] : [])];
}
