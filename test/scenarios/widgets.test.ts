/**
 * Forty people on somebody's home page: a real Chromium shows them as they log in, say how they are, and leave. The page is of another origin than
 * the gateway; they have permitted it by chat.
 */
import xml from '@xmpp/xml';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient, type TestClient } from '../servers/client.js';
import { claimPorts } from '../servers/ports.js';
import { waitUntil } from '../servers/wait.js';
import { pageServer, type PageServer } from '../web/gateway-stand-in.js';
import { faultsOf } from '../web/page-faults.js';
import { VECTORS } from '../web/vectors.js';
import { setStage, type Stage } from './stage.js';
import { chat, DEADLINE, hasBody } from './stanzas.js';
import { SERVERS } from './world.js';

const CROWD = Array.from({ length: 40 }, (_, i) => i);
/** What XML can carry, and so a status text. */
const WORDS = VECTORS.filter((text) => [...text].every((char) => char >= ' ')).slice(0, CROWD.length);
const SHOWS = ['away', 'chat', 'dnd', 'xa'] as const;
const [PORT = 0] = await claimPorts(1);
const PUBLIC_URL = `http://127.0.0.1:${PORT}/post`;

interface Shown {
  readonly of: string;
  readonly state: string | null;
  readonly stale: boolean;
  readonly status: string;
  /** Elements and links inside that the widget never makes. */
  readonly foreign: number;
}

const READ = `[...document.querySelectorAll('xmpp-presence')].map((one) => ({
  of: one.getAttribute('of'), state: one.getAttribute('state'), stale: one.hasAttribute('stale'),
  status: one.shadowRoot.querySelector('.status').textContent,
  foreign: one.shadowRoot.querySelectorAll(':not(span,bdi,a,slot,svg,path),[href],[onerror]').length,
}))`;

/** ejabberd lets five connections wait at its door; on a busy machine the others come again only seconds later. */
async function fewAtOnce<Done>(doIt: (i: number) => Promise<Done>): Promise<Done[]> {
  const done: Done[] = [];
  for (let at = 0; at < CROWD.length; at += 5) done.push(...(await Promise.all(CROWD.slice(at, at + 5).map(doIt))));
  return done;
}

describe.each(SERVERS)('forty people of %s on a page', (kind) => {
  const stage = setStage(kind, { web: `listen = "127.0.0.1:${PORT}"\npublic_url = "${PUBLIC_URL}"` }, 'smtp', { crowd: CROWD.length });
  const names: string[] = [];
  const clients: TestClient[] = [];
  const streams: string[] = [];
  let wrong: readonly string[] = [];
  let browser: Browser;
  let site: PageServer;
  let page: Page;

  const read = (): Promise<Shown[]> => page.evaluate(READ);
  const become = (what: string, isIt: (one: Shown, i: number) => boolean): Promise<unknown> =>
    waitUntil(what, async () => (await read()).every(isIt), DEADLINE).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify((await read()).filter((one, i) => !isIt(one, i)))}`);
    });

  beforeAll(async () => {
    const people = await fewAtOnce((i) => permit(stage, i));
    names.push(...people);
    const body = names.map((name) => `<p><xmpp-presence of="${name}"></xmpp-presence></p>`).join('\n');
    const policy = `default-src 'none'; script-src http://127.0.0.1:${PORT}; connect-src http://127.0.0.1:${PORT}`;
    site = await pageServer(() => `<!doctype html><title>Home page</title><script type=module src="${PUBLIC_URL}/widget.js"></script>${body}`, policy);
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.on('request', (request) => request.url().includes('/v1/') && streams.push(request.url()));
    wrong = faultsOf(page);
    await page.goto(site.url);
  });
  afterAll(async () => {
    await browser?.close();
    site?.stop();
    await Promise.all(clients.map((client) => client.close()));
  });

  it('are offline, and go live as they log in, change and leave, by one stream', async () => {
    await become('all are offline', ({ state }) => state === 'offline');
    clients.push(...(await fewAtOnce((i) => logIn(stage, i))));
    await become('all are online', ({ state }) => state === 'online');
    clients.forEach((client, i) => client.send(xml('presence', {}, xml('show', {}, SHOWS[i % 4] ?? ''), xml('status', {}, WORDS[i] ?? ''))));
    await become('each is as he says, in words that do nothing', ({ state, status, foreign }, i) => state === SHOWS[i % 4] && status !== '' && foreign === 0);
    for (const [i, { status }] of (await read()).entries()) expect(WORDS[i]).toContain(status.slice(0, 10));
    await Promise.all(clients.splice(20).map((client) => client.close()));
    await become('half of them have left', ({ state }, i) => (i < 20 ? state === SHOWS[i % 4] : state === 'offline'));
    expect(streams.length).toBe(1);
    expect(wrong).toEqual([]);
  });

  it('are not known to the page from the moment at which one withdraws it', async () => {
    await ask(clients[3], stage, 'presence nobody', 'to nobody');
    await become('he is not seen', ({ state }, i) => (i === 3) === (state === 'unknown'));
    expect(await page.evaluate("document.querySelectorAll('xmpp-presence')[3].presence")).toEqual({ id: names[3], presence: 'unknown' });
    await ask(clients[3], stage, 'presence link', 'link');
    await become('he is seen again', ({ state }, i) => i !== 3 || state === SHOWS[3]);
    expect(streams.length).toBe(1);
  });

  it('are known again after the network was gone, with what has changed', async () => {
    await page.context().setOffline(true);
    clients[5]?.send(xml('presence', {}, xml('status', {}, 'while you were out')));
    await page.context().setOffline(false);
    await become('it is told', ({ state, stale, status }, i) => !stale && (i !== 5 || (state === 'online' && status === 'while you were out')));
  });

  it('are known again after the gateway was killed, also who left meanwhile', { timeout: 40_000 }, async () => {
    await stage.world.gateway.kill();
    await clients[6]?.close();
    await stage.world.gateway.start();
    await become('all is as it was, and one has left', ({ state, stale }, i) => !stale && state === (i === 6 || i >= 20 ? 'offline' : i === 5 ? 'online' : SHOWS[i % 4]));
    expect(wrong.filter((line) => !line.includes('net::ERR_'))).toEqual([]);
  });
});

const accountOf = (stage: Stage, i: number) => ({ jid: `crowd${i}@${stage.world.server.domain}`, password: 'crowd' });

function logIn(stage: Stage, i: number): Promise<TestClient> {
  return connectClient(stage.world.server, accountOf(stage, i), { live: true });
}

async function ask(client: TestClient | undefined, stage: Stage, line: string, answer: string): Promise<string> {
  if (client === undefined) throw new Error('nobody is there');
  client.received.length = 0;
  client.send(chat(stage.world.server.component, line.replaceAll(' ', '-'), line));
  return (await client.waitFor(hasBody(answer), DEADLINE)).getChildText('body') ?? '';
}

/** Comes, publishes his presence, lets the gateway see it, and leaves: every second one under his address, the others by a link. @returns under which name */
async function permit(stage: Stage, i: number): Promise<string> {
  const { component } = stage.world.server;
  const client = await logIn(stage, i);
  await ask(client, stage, 'presence show all', 'status text');
  const answer = await ask(client, stage, i % 2 === 0 ? 'presence everybody' : 'presence link', `${PUBLIC_URL}/u/`);
  await client.waitFor((stanza) => stanza.is('presence') && stanza.attrs.type === 'subscribe' && stanza.attrs.from === component, DEADLINE);
  client.send(xml('presence', { type: 'subscribed', to: component }));
  await client.close();
  return /\/u\/([\w.@%-]+)/.exec(answer)?.[1] ?? answer;
}
