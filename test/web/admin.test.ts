import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { createLog } from '../../src/log.js';
import { startAdminListener, type AdminListener, type AdminSource } from '../../src/web/admin.js';
import type { Health } from '../../src/web/health.js';
import { createMetrics } from '../../src/web/metrics.js';
import { waitUntil } from '../servers/wait.js';

const UP: Health = { live: true, ready: true, parts: { xmpp: { ok: true, text: 'connected' }, store: { ok: true, text: 'writable' } } };
const DOWN: Health = { live: true, ready: false, parts: { ...UP.parts, xmpp: { ok: false, text: 'refuses the secret' } } };

const open: AdminListener[] = [];
afterEach(() => Promise.all(open.splice(0).map((listener) => listener.close())));

async function start(source: Partial<AdminSource> = {}): Promise<{ url: string; port: number; lines: string[] }> {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const listener = await startAdminListener({ host: '127.0.0.1', port: 0 }, { health: () => UP, metrics: () => 'm 1\n', ...source }, log);
  if (isFailure(listener)) throw new Error(listener.text);
  open.push(listener);
  return { url: `http://127.0.0.1:${listener.port}`, port: listener.port, lines };
}

test.each([
  ['/healthz', UP, 200],
  ['/healthz', DOWN, 200],
  ['/healthz', { ...DOWN, live: false }, 503],
  ['/readyz', UP, 200],
  ['/readyz?verbose', DOWN, 503],
])('%s of %j is %i, and names the parts', async (path, health, status) => {
  const { url } = await start({ health: () => health });
  const response = await fetch(url + path);
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual(health);
  expect(Object.fromEntries(response.headers)).toMatchObject({ 'content-type': 'application/json', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
});

test.each(['/', '/metricsx', '/__proto__', '/constructor', '/../etc/passwd', '/%2e%2e', '/healthz/', '//healthz'])('%s is not found', async (path) => {
  const { port } = await start();
  expect(await raw(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 404 [^]*x-content-type-options: nosniff[^]*Not found\n$/i);
});

test('only GET and HEAD', async () => {
  const { url } = await start();
  const posted = await fetch(`${url}/healthz`, { method: 'POST', body: 'x' });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '4', '']);
});

test('a page that fails is a 500, and the next one is served', async () => {
  const { url, lines } = await start({ metrics: () => Promise.reject(new Error('store gone')) });
  const response = await fetch(`${url}/metrics`);
  expect([response.status, await response.text()]).toEqual([500, 'Failed; see the log\n']);
  expect(lines.join('')).toContain('store gone');
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('a port that is taken is a failure', async () => {
  const { port } = await start();
  const second = await startAdminListener({ host: '127.0.0.1', port }, { health: () => UP, metrics: () => '' }, createLog('fatal'));
  expect(isFailure(second) && second.text).toBe(`The admin listener cannot listen on 127.0.0.1 port ${port}.`);
});

test('hundreds of clients that never finish their request do not keep others out of it, nor hinder its end', async () => {
  const { port, url } = await start();
  const slow = Array.from({ length: 300 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(slow.map((socket) => once(socket, 'connect')));
  for (const socket of slow) socket.write('GET /healthz HTTP/1.1\r\nX: ');
  expect((await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) })).status).toBe(200);
  await waitUntil('the most is kept', () => slow.filter((socket) => socket.readyState === 'open').length <= 256, 5_000);
  await Promise.all(open.splice(0).map((listener) => listener.close()));
  await waitUntil('all are closed', () => slow.every((socket) => socket.readyState !== 'open'), 5_000);
});

test('oversized headers are refused', async () => {
  const { port } = await start();
  expect(await raw(port, `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
});

test('the metrics are what was counted, by name', async () => {
  const metrics = createMetrics();
  metrics.delivery('smtp', 'delivered');
  metrics.delivery('smtp', 'delivered');
  metrics.delivery('xmpp', 'deferred');
  metrics.queue({ waiting: { xmpp: 3, smtp: 4 }, oldest: { xmpp: 0, smtp: 90_500 } });
  metrics.smtpConnections(7);
  metrics.xmppLink(true);
  const { url } = await start({ metrics: () => metrics.text() });
  const text = await (await fetch(`${url}/metrics`)).text();
  for (const line of [
    'stanzapost_deliveries_total{outlet="smtp",outcome="delivered"} 2',
    'stanzapost_deliveries_total{outlet="xmpp",outcome="deferred"} 1',
    'stanzapost_deliveries_total{outlet="xmpp",outcome="failed"} 0',
    'stanzapost_queue_waiting{outlet="smtp"} 4',
    'stanzapost_queue_oldest_seconds{outlet="smtp"} 90.5',
    'stanzapost_smtp_connections 7',
    'stanzapost_xmpp_link_up 1',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).toMatch(/^stanzapost_nodejs_eventloop_lag_p99_seconds /m);
  expect(text).toMatch(/^stanzapost_process_resident_memory_bytes /m);
});

test('two gateways in one process do not share their metrics', async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.smtpConnections(5);
  expect(await other.text()).toContain('stanzapost_smtp_connections 0');
});

async function raw(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1', () => socket.write(request));
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => (received += text));
  await once(socket, 'close');
  return received;
}
