/** An answer that goes on, to one who may not read it: what he does not take is not kept for him. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Live, Reader } from './answer.js';

export interface LiveLimits {
  /** Bytes that may wait for a reader beyond what he got at the beginning; then he is cut off. */
  readonly behind: number;
  /** ms that anything may wait, seen when the next is written. */
  readonly slowest: number;
}

/**
 * Sends the head, and whatever the body writes, until one of the two ends it. The bytes go to the socket as they are: the end
 * of the connection is the end of the answer (RFC 9112 §6.3), so there is nothing to be made for each reader.
 */
export function goOn(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, body: Live, limits: LiveLimits): void {
  const { socket } = response;
  response.useChunkedEncodingByDefault = false;
  response.writeHead(status, headers);
  // Without one the answer before it on this connection is not read yet: that is no browser.
  if (response.req.method === 'HEAD' || socket === null) {
    response.end();
    return;
  }
  response.flushHeaders();
  const reader = new SocketReader(socket, response, limits);
  response.once('close', body.begin(reader));
  reader.begun();
}

class SocketReader implements Reader {
  private most = Infinity;
  private behindSince: number | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly response: ServerResponse,
    private readonly limits: LiveLimits,
  ) {}

  /** What was written up to now is what he asked for; from now on he has to keep up. */
  begun(): void {
    this.most = this.socket.writableLength + this.limits.behind;
  }

  write(bytes: Uint8Array): void {
    const { socket } = this;
    if (socket.writableLength === 0) this.behindSince = undefined;
    else if (this.isTooSlow()) socket.destroy();
    if (!socket.destroyed && !this.response.writableEnded) socket.write(bytes);
  }

  letGo(): void {
    const last = setTimeout(() => this.socket.destroy(), this.limits.slowest).unref();
    this.response.once('close', () => clearTimeout(last)).end();
  }

  private isTooSlow(): boolean {
    const now = performance.now();
    this.behindSince ??= now;
    return this.socket.writableLength > this.most || now - this.behindSince > this.limits.slowest;
  }
}
