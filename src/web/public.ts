/**
 * The listener for everybody: plain HTTP/1.1 behind the administrator's web server. What it answers is src/web/front.ts; here are the
 * limits on who may take how long: slow askers and slow readers go, and many of one address leave room for others.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BlockList, isIPv6, type AddressInfo } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { Failure } from '../failure.js';
import type { Log } from '../log.js';
import { keepRoom } from './room.js';
import type { Answer, Part } from './answer.js';

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  /** Node's own is 30 s: the two above would come true that much later. */
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 20_000,
  maxHeaderSize: 16_384,
};
const MAX_CONNECTIONS = 512;

export interface PublicLimits {
  /** Answers under way at once, and of one address; more are told to come back. */
  readonly answers: number;
  readonly answersOfOne: number;
  /** ms in which a reader takes what was written: 256 KiB at most. */
  readonly slowest: number;
}

const DEFAULTS: PublicLimits = { answers: 32, answersOfOne: 8, slowest: 30_000 };

export interface PublicListener {
  /** The port it listens on, also when 0 was asked for. */
  readonly port: number;
  /** Ends open connections and stops listening. */
  close(): Promise<void>;
}

/** Starts listening; a Failure when the address cannot be had. */
export async function startPublicListener(
  address: { readonly host: string; readonly port: number },
  site: Part,
  log: Log,
  limits: PublicLimits = DEFAULTS,
): Promise<PublicListener | Failure> {
  const server = createServer(LIMITS);
  keepRoom(server, MAX_CONNECTIONS);
  const places = new Places(limits);
  server.on('request', (request, response) => {
    serve(request, response, { site, places, limits }).catch((error: unknown) => {
      response.destroy();
      log.info({ err: error }, 'a page or file was not sent whole');
    });
  });
  try {
    server.listen(address.port, address.host);
    await once(server, 'listening');
  } catch (cause) {
    return Failure.permanent('not-allowed', `The web listener cannot listen on ${address.host} port ${address.port}.`, { cause });
  }
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

/** Who is being answered. */
class Places {
  private taken = 0;
  private readonly of = new Map<string, number>();

  constructor(private readonly limits: PublicLimits) {}

  /** @returns how to give it back; undefined when there is none */
  take(address: string): (() => void) | undefined {
    const own = this.of.get(address) ?? 0;
    if (this.taken >= this.limits.answers || own >= this.limits.answersOfOne) return undefined;
    this.taken++;
    this.of.set(address, own + 1);
    return () => {
      this.taken--;
      const left = (this.of.get(address) ?? 1) - 1;
      if (left === 0) this.of.delete(address);
      else this.of.set(address, left);
    };
  }
}

interface Serving {
  readonly site: Part;
  readonly places: Places;
  readonly limits: PublicLimits;
}

async function serve(request: IncomingMessage, response: ServerResponse, { site, places, limits }: Serving): Promise<void> {
  const address = addressOf(request);
  // A body is not for us: it is not waited for, and the connection ends with the answer.
  if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined) response.setHeader('connection', 'close');
  const leave = places.take(address);
  if (leave === undefined) {
    response.writeHead(503, { 'retry-after': '5', 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
    response.end('Too many at once; try again in a moment.\n');
    return;
  }
  try {
    const { method = '', url: target = '' } = request;
    await send(method, response, await site.answer({ method, target, address, headers: request.headers, body: () => Promise.resolve('too-large') }), limits);
  } finally {
    leave();
  }
}

/** Rejects when the reader has gone, or is too slow. */
async function send(method: string, response: ServerResponse, { status, headers, body }: Answer, { slowest }: PublicLimits): Promise<void> {
  // A file that is shorter than was said, as of a mail that is gone by now: what is said next on the connection must not be taken for the rest of it.
  response.strictContentLength = true;
  response.writeHead(status, headers);
  if (method === 'HEAD') {
    response.end();
    return;
  }
  if (typeof body === 'string' || body instanceof Uint8Array) response.end(body);
  else if ('begin' in body) throw new Error('not yet');
  else {
    for await (const piece of body) if (!response.write(piece)) await drained(response, slowest);
    response.end();
  }
  if (!response.writableFinished) await settled(response, 'finish', slowest);
}

function drained(response: ServerResponse, slowest: number): Promise<void> {
  return settled(response, 'drain', slowest);
}

async function settled(response: ServerResponse, event: 'drain' | 'finish', slowest: number): Promise<void> {
  if (response.destroyed) throw new Error('the reader has gone');
  const end = new AbortController();
  const { signal } = end;
  try {
    await Promise.race([
      once(response, event, { signal }),
      once(response, 'close', { signal }).then(() => {
        if (!response.writableFinished) throw new Error('the reader has gone');
      }),
      after(slowest, undefined, { signal, ref: false }).then(() => {
        throw new Error('the reader is too slow');
      }),
    ]);
  } finally {
    end.abort();
  }
}

/** Where a web server of ours may be: what it says of its client is believed. */
const NEAR = new BlockList();
for (const [net, bits] of [['127.0.0.0', 8], ['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16]] as const) NEAR.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [['::1', 128], ['fc00::', 7], ['fe80::', 10]] as const) NEAR.addSubnet(net, bits, 'ipv6');

/** Whom the limits count: the peer, or whom a web server beside us names; of IPv6 the network. */
function addressOf({ socket, headers }: IncomingMessage): string {
  const peer = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const near = NEAR.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4');
  const told = near ? [headers['x-forwarded-for'] ?? ''].flat().join(',').split(',').at(-1)?.trim().slice(0, 64) : undefined;
  const address = told === undefined || told === '' ? peer : told;
  return isIPv6(address) ? networkOf(address) : address;
}

/** The first 64 bits. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length;
  return [...groups, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...(tail ?? '').split(':')].slice(0, 4).join(':');
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
