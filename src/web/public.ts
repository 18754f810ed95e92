/**
 * The listener for everybody: plain HTTP/1.1 behind the administrator's web server. What it answers is src/web/front.ts; here are the
 * limits on who may take how long: slow askers and slow readers go, and many of one address leave room for others.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Failure } from '../failure.js';
import { SparingLog, type Log } from '../log.js';
import type { Answer, InPlace, Live, WebRequest } from './answer.js';
import { hasBody, readBody } from './body.js';
import { goOn } from './live.js';
import { addressOf } from './peer.js';
import { Places, type PlaceLimits } from './places.js';
import { keepRoom } from './room.js';
import { send, type StaticAnswer } from './send.js';

/** Without those of answers that go on: for these, whoever gives them has a limit of his own. */
const MAX_CONNECTIONS = 512;
/** Bytes that may wait for a reader of an answer that goes on. */
const MOST_BEHIND = 65_536;

export interface PublicLimits extends PlaceLimits {
  /** ms in which a reader takes what was written: 256 KiB at most. */
  readonly slowest: number;
  /** ms in which a request has to be here, with its body. */
  readonly request: number;
}

const DEFAULTS: PublicLimits = { answers: 32, answersOfOne: 8, slowest: 30_000, request: 15_000 };

/** What is behind the listener. */
export interface Answering {
  /** Never rejects. An answer that is there at once, as text or bytes, costs least. */
  answer(request: WebRequest): Answer | Promise<Answer> | InPlace;
  /** What is answered where `answer` has failed. @param target as it stands in the request */
  broken?(target: string): StaticAnswer | undefined;
}

export interface PublicListener {
  /** The port it listens on, also when 0 was asked for. */
  readonly port: number;
  /** Ends open connections and stops listening. */
  close(): Promise<void>;
}

/** Starts listening; a Failure when the address cannot be had. */
export async function startPublicListener(
  address: { readonly host: string; readonly port: number },
  front: Answering,
  log: Log,
  limits: PublicLimits = DEFAULTS,
): Promise<PublicListener | Failure> {
  const server = createServer({
    headersTimeout: Math.min(10_000, limits.request),
    requestTimeout: limits.request,
    // Node's own is 30 s: the two above would come true that much later.
    connectionsCheckingInterval: Math.min(2_000, limits.request),
    keepAliveTimeout: 20_000,
    maxHeaderSize: 16_384,
  });
  const serving = new Serving(front, limits, new SparingLog(log), keepRoom(server, MAX_CONNECTIONS));
  server.on('request', (request, response) => serving.serve(request, response));
  try {
    server.listen(address.port, address.host);
    await once(server, 'listening');
  } catch (cause) {
    return Failure.permanent('not-allowed', `The web listener cannot listen on ${address.host} port ${address.port}.`, { cause });
  }
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

const PLAIN = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
const BUSY: StaticAnswer = { status: 503, headers: { ...PLAIN, 'retry-after': '5' }, body: 'Too many at once; try again in a moment.\n' };
const BROKEN: StaticAnswer = { status: 500, headers: PLAIN, body: 'This does not work now.\n' };

class Serving {
  private readonly places: Places;

  constructor(
    private readonly front: Answering,
    private readonly limits: PublicLimits,
    private readonly log: SparingLog,
    /** Makes a connection one of those that go on. */
    private readonly leaveRoom: (socket: Socket) => void,
  ) {
    this.places = new Places(limits);
  }

  /** What is answered at once makes no promise, timer or listener on its way. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    try {
      const later = this.answer(webRequest(request), response);
      later?.catch((error: unknown) => this.failed(response, error));
    } catch (error) {
      this.failed(response, error);
    }
  }

  private answer(request: WebRequest, response: ServerResponse): Promise<void> | undefined {
    const answer = this.front.answer(request);
    if (typeof answer === 'function') return this.answerInPlace(request, response, answer);
    return answer instanceof Promise ? answer.then((one) => this.give(response, one)) : this.give(response, answer);
  }

  private async answerInPlace(request: WebRequest, response: ServerResponse, answer: InPlace): Promise<void> {
    const leave = this.places.take(request.address);
    if (leave === undefined) return this.give(response, BUSY);
    try {
      await this.give(response, await answer());
    } finally {
      leave();
    }
  }

  private give(response: ServerResponse, { status, headers, body, prepared }: Answer): Promise<void> | undefined {
    const { req: request } = response;
    // A body that nobody wanted is not waited for: the connection ends with the answer.
    if (hasBody(request) && !request.complete) response.shouldKeepAlive = false;
    if (!isLive(body)) return send(response, { status, headers, body, prepared }, this.limits.slowest);
    this.leaveRoom(request.socket);
    goOn(response, status, headers, body, { behind: MOST_BEHIND, slowest: this.limits.slowest });
    return undefined;
  }

  private failed(response: ServerResponse, error: unknown): void {
    if (response.destroyed || response.headersSent) {
      response.destroy();
      this.log.info({ err: error }, 'an answer was not sent whole');
      return;
    }
    this.log.error({ err: error }, 'a request could not be answered');
    this.give(response, this.front.broken?.(response.req.url ?? '') ?? BROKEN)?.catch((late: unknown) => this.failed(response, late));
  }
}

function isLive(body: Answer['body']): body is Live {
  return typeof body !== 'string' && !(body instanceof Uint8Array) && 'begin' in body;
}

/** Nothing of it is on a prototype: a part may hand on a copy. */
function webRequest(request: IncomingMessage): WebRequest {
  const { method = '', url: target = '', headers } = request;
  return { method, target, headers, address: addressOf(request), body: (most) => readBody(request, most) };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
