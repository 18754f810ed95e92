/**
 * A real nginx, Caddy and Apache in front of the gateway, as docs/operation.md tells to set them up: the page of somebody in a real Chromium, badges, limits,
 * and what happens while the gateway is away.
 */
import { request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import xml from '@xmpp/xml';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimPorts } from '../servers/ports.js';
import { waitUntil } from '../servers/wait.js';
import { publicUrlAt, startWebServer, type WebServer } from '../servers/web-servers.js';
import { setStage } from './stage.js';
import { chat, DEADLINE, hasBody } from './stanzas.js';

const [GATEWAY = 0, FRONT = 0] = await claimPorts(2);
const PUBLIC_URL = publicUrlAt(FRONT);
/** At once, by one address. */
const BURST = 20;
/** ms between two tries of a page, once it has tried often. */
const LONGEST_PAUSE = 60_000;

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The visitor's address. */
  readonly from?: string;
}

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe.each([['nginx', 'prosody'], ['caddy', 'ejabberd'], ['apache', 'prosody']] as const)('behind %s, with %s', (front, kind) => {
  const stage = setStage(kind, { web: `listen = "127.0.0.1:${GATEWAY}"\npublic_url = "${PUBLIC_URL}"\nrequests_per_minute = ${6 * BURST}` });
  let server: WebServer;
  let browser: Browser;
  let page: Page;
  const questions: string[] = [];
  let jid = '';

  const is = (show: string): void => stage.juliet.send(xml('presence', {}, xml('show', {}, show)));
  const becomes = (what: string, expression: string, deadline = DEADLINE): Promise<unknown> => waitUntil(what, () => page.evaluate<boolean>(expression), deadline);
  const live = (state: string): string => `document.body.className === '${state}' && document.body.hasAttribute('data-is-live')`;
  const order = async (line: string, answer: string): Promise<void> => {
    stage.juliet.send(chat(stage.world.server.component, line.replaceAll(' ', '-'), line));
    await stage.juliet.waitFor(hasBody(answer), DEADLINE);
  };
  const ask = (path: string, { method = 'GET', headers = {}, body = '', from = '127.0.2.1' }: Asked = {}): Promise<Got> =>
    new Promise((resolve, reject) => {
      const asked = request(`${PUBLIC_URL}${path}`, { method, headers, agent: false, localAddress: from, family: 4, ca: server.certificate }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece)).on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      });
      asked.on('error', reject).end(body);
    });

  beforeAll(async () => {
    server = await startWebServer(front, GATEWAY, FRONT);
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    ({ jid } = stage.world.server.users.juliet);
    await order('presence show all', 'status text');
    await order('presence everybody', PUBLIC_URL);
    const { component } = stage.world.server;
    await stage.juliet.waitFor((stanza) => stanza.is('presence') && stanza.attrs.type === 'subscribe' && stanza.attrs.from === component, DEADLINE);
    stage.juliet.send(xml('presence', { type: 'subscribed', to: component }));
    page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    page.on('request', (one) => one.url().includes('/v1/') && questions.push(new URL(one.url()).pathname));
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('a badge is had once, and not again while it is the same; a list is asked for by a body', async () => {
    const { status, headers, body } = await ask(`/badge/${jid}.svg`);
    expect([status, headers['content-type'], body.slice(0, 4)]).toEqual([200, 'image/svg+xml; charset=utf-8', '<svg']);
    const again = await ask(`/badge/${jid}.svg`, { headers: { 'if-none-match': headers.etag ?? '', 'accept-encoding': 'gzip' } });
    expect([again.status, again.body, again.headers.etag]).toEqual([304, '', headers.etag]);
    const list = await ask('/v1/presence', { method: 'POST', body: JSON.stringify({ ids: [jid] }) });
    expect([list.status, list.headers['access-control-allow-origin'], JSON.parse(list.body)]).toMatchObject([200, '*', { presences: [{ id: jid }] }]);
  });

  it('the page of somebody comes by HTTP/2, and shows a change by its stream, without a question', async () => {
    is('dnd');
    await page.goto(`${PUBLIC_URL}/u/${jid}`);
    expect(await page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol")).toBe('h2');
    await becomes('she is busy', live('dnd'));
    for (const show of ['away', 'chat', 'xa']) {
      is(show);
      await becomes(`she is ${show}`, live(show));
    }
    expect(questions).toEqual(['/post/v1/stream']);
  });

  it('each visitor has limits of his own, whoever he says that he is', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 3 * BURST; i++) statuses.push((await ask(`/v1/presence/${jid}`, { from: '127.0.3.1', headers: { 'x-forwarded-for': `192.0.2.${i}` } })).status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(BURST);
    expect(statuses.at(-1)).toBe(429);
    expect((await ask(`/v1/presence/${jid}`, { from: '127.0.3.2' })).status).toBe(200);
  });

  it('while the gateway is away that is said, and then the stream is back by itself', { timeout: 100_000 }, async () => {
    await stage.world.gateway.kill();
    await becomes('the page does not know', "!document.body.hasAttribute('data-is-live')");
    expect([502, 503]).toContain((await ask(`/badge/${jid}.svg`)).status);
    is('away');
    await stage.world.gateway.start();
    await becomes('she is away', live('away'), LONGEST_PAUSE);
    is('dnd');
    await becomes('she is busy', live('dnd'));
    expect((await ask(`/badge/${jid}.svg`)).status).toBe(200);
  });
});
