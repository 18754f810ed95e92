/**
 * The administrator's listener: /healthz, /readyz, /metrics. No login: it is bound to loopback unless the administrator
 * says otherwise, and shows nothing about users. A slow or greedy client costs it nothing (limits below).
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../failure.js';
import type { Log } from '../log.js';
import type { Health } from './health.js';
import { keepRoom } from './room.js';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** Node's own is 30 s: the two above would come true that much later. */
const BETWEEN_CHECKS_MS = 2_000;
const MAX_CONNECTIONS = 256;
const MAX_HEADER_BYTES = 8_192;

/** What it shows. */
export interface AdminSource {
  health(): Health;
  /** Prometheus' text format. */
  metrics(): string | Promise<string>;
}

export interface AdminListener {
  /** The port it listens on, also when 0 was asked for. */
  readonly port: number;
  /** Ends open connections and stops listening. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: 'application/json' | 'text/plain; version=0.0.4; charset=utf-8' | 'text/plain; charset=utf-8';
  readonly body: string;
}

const PAGES = new Map<string, (source: AdminSource) => Answer | Promise<Answer>>([
  ['/healthz', (source) => healthAnswer(source.health(), 'live')],
  ['/readyz', (source) => healthAnswer(source.health(), 'ready')],
  ['/metrics', async (source) => ({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await source.metrics() })],
]);

/** Starts listening; a Failure when the address cannot be had. */
export async function startAdminListener(
  address: { readonly host: string; readonly port: number },
  source: AdminSource,
  log: Log,
): Promise<AdminListener | Failure> {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: BETWEEN_CHECKS_MS,
  });
  keepRoom(server, MAX_CONNECTIONS);
  server.on('request', (request, response) => {
    answer(request, source, log).then(
      (page) => send(request, response, page),
      (error: unknown) => log.error({ err: error }, 'admin answer not sent'),
    );
  });
  try {
    server.listen(address.port, address.host);
    await once(server, 'listening');
  } catch (cause) {
    return Failure.permanent('not-allowed', `The admin listener cannot listen on ${address.host} port ${address.port}.`, { cause });
  }
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function answer(request: IncomingMessage, source: AdminSource, log: Log): Promise<Answer> {
  const [path = ''] = (request.url ?? '').split('?');
  const page = PAGES.get(path);
  if (page === undefined) return plain(404, 'Not found\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Only GET and HEAD\n');
  try {
    return await page(source);
  } catch (error) {
    log.error({ err: error, path }, 'admin page failed');
    return plain(500, 'Failed; see the log\n');
  }
}

function plain(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body };
}

function healthAnswer(health: Health, question: 'live' | 'ready'): Answer {
  return { status: health[question] ? 200 : 503, type: 'application/json', body: `${JSON.stringify(health)}\n` };
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 && { allow: 'GET, HEAD' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
