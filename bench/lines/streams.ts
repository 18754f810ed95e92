/**
 * Writes one and the same event to everybody who is connected, when it is told to: over plain sockets (`raw`), or as answers
 * of node:http that go on (`http`). Ends with its parent.
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { FromLine } from '../line.js';

export interface StreamsOptions {
  readonly kind: 'raw' | 'http';
  /** As it goes over the wire, with the empty line at its end. */
  readonly event: string;
}

const { kind, event } = JSON.parse(process.argv[2] ?? '') as StreamsOptions;
const bytes = Buffer.from(event);
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n';
const connected = new Set<{ write(bytes: Buffer): boolean }>();

function raw(): Server {
  return createServer((socket: Socket) => {
    socket.setNoDelay(true).on('error', () => undefined).on('close', () => connected.delete(socket));
    socket.once('data', () => {
      socket.write(HEAD + event);
      connected.add(socket);
    });
  });
}

function http(): Server {
  return createHttpServer({ keepAliveTimeout: 0 }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(bytes);
    connected.add(response);
    response.on('close', () => connected.delete(response));
  });
}

process.on('disconnect', () => process.exit(0));
process.on('message', () => {
  for (const one of connected) one.write(bytes);
});
const server = kind === 'raw' ? raw() : http();
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  const ready: FromLine = { ready: true, port: (server.address() as AddressInfo).port };
  process.send?.(ready);
});
