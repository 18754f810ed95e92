/**
 * A gateway that does what a test wants, for the scripts that run in browsers: it falls silent, breaks off, refuses, and comes back. It serves the
 * real scripts; its stream is that of `/v1/stream`. Pages of other origins are what the test makes of `pageServer`.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WidgetPart } from '../../src/web/presence/widget-part.js';
import { png } from './mails.js';

export interface Told {
  readonly id: string;
  readonly presence: 'online' | 'offline' | 'unknown';
  readonly [key: string]: unknown;
}

interface Open {
  readonly ids: readonly string[];
  readonly response: ServerResponse;
}

export class GatewayStandIn {
  /** `METHOD /path?query` of all that was asked. */
  readonly asked: string[] = [];
  /** `Referer` of each picture. */
  readonly askedFrom: (string | undefined)[] = [];
  /** The ids of each stream that was opened. */
  readonly streams: (readonly string[])[] = [];
  readonly open = new Set<Open>();
  /** The ids of each question that was answered without a stream. */
  readonly questions: (readonly string[])[] = [];
  /** What the next streams are answered with, and the next questions. */
  status = 200;
  presenceStatus = 200;
  /** Of all that is refused, or of one path alone. */
  retryAfter: string | readonly [path: string, after: string] | undefined;
  /** What comes to streams is held back, as by a proxy that gathers an answer before it hands it on. */
  isHeldBack = false;
  readonly held = new Set<ServerResponse>();
  epoch = 'first';
  private readonly people = new Map<string, { told: Told; seq: number }>();
  private seq = 0;
  private readonly scripts = new WidgetPart();

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => void this.answer(request, response));
  }

  static async start(): Promise<GatewayStandIn> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new GatewayStandIn(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  tell(told: Told): void {
    this.people.set(told.id, { told, seq: ++this.seq });
    for (const { ids, response } of this.open) if (ids.includes(told.id)) response.write(this.event(told.id));
  }

  beat(): void {
    this.write('event: beat\ndata:\n\n');
  }

  /** As it stands, on all streams. */
  write(text: string): void {
    for (const { response } of this.open) response.write(text);
  }

  /** Breaks all streams off. */
  cut(): void {
    for (const { response } of this.open) response.destroy();
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: target = '', headers } = request;
    this.asked.push(`${method} ${target}`);
    const { pathname, searchParams } = new URL(target, this.url);
    const cors = { 'access-control-allow-origin': '*', 'cache-control': 'no-store' };
    if (method === 'OPTIONS') return void response.writeHead(204, { ...cors, 'access-control-allow-headers': 'content-type' }).end();
    if (pathname.endsWith('/picture')) {
      this.askedFrom.push(headers.referer);
      return void response.writeHead(200, { ...cors, 'content-type': 'image/png' }).end(png(40, 40));
    }
    if (!pathname.startsWith('/v1/')) {
      const { status, headers: more, body } = this.scripts.answer({ method, target, headers });
      return void response.writeHead(status, more).end(body);
    }
    const ids = method === 'POST' ? (JSON.parse(await bodyOf(request)) as { ids: string[] }).ids : searchParams.getAll('id');
    const status = pathname === '/v1/stream' ? this.status : this.presenceStatus;
    const after = typeof this.retryAfter === 'object' ? (this.retryAfter[0] === pathname ? this.retryAfter[1] : undefined) : this.retryAfter;
    const refused = { ...cors, 'access-control-expose-headers': 'retry-after', ...(after !== undefined && { 'retry-after': after }) };
    if (status !== 200) return void response.writeHead(status, refused).end();
    (pathname === '/v1/stream' ? this.streams : this.questions).push(ids);
    if (pathname === '/v1/presence') {
      const body = JSON.stringify({ presences: ids.map((id) => this.toldOf(id)) });
      return void response.writeHead(200, { ...cors, 'content-type': 'application/json' }).end(body);
    }
    if (this.isHeldBack) return void this.hold(response);
    response.writeHead(200, { ...cors, 'content-type': 'text/event-stream' });
    const open = { ids, response };
    this.open.add(open);
    response.on('close', () => this.open.delete(open));
    const [epoch, last] = searchParams.get('last')?.split('-') ?? [];
    const known = epoch === this.epoch ? Number(last) : -1;
    response.write(`retry: 200\n\n${ids.filter((id) => (this.people.get(id)?.seq ?? 0) > known).map((id) => this.event(id)).join('')}`);
  }

  private hold(response: ServerResponse): void {
    this.held.add(response);
    response.on('close', () => this.held.delete(response));
  }

  private event(id: string): string {
    return `event: presence\nid: ${this.epoch}-${this.seq}\ndata: ${JSON.stringify(this.toldOf(id))}\n\n`;
  }

  private toldOf(id: string): Told {
    return this.people.get(id)?.told ?? { id, presence: 'unknown' };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

export interface PageServer {
  readonly url: string;
  stop(): void;
}

/** Serves the page under every path: an origin of its own. @param policy its Content-Security-Policy */
export async function pageServer(html: () => string, policy = "default-src 'none'"): Promise<PageServer> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }).end(html());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
