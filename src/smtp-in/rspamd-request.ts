/** One request to rspamd: over HTTP, HTTPS or a unix socket, with a time limit for all of it, and an answer of bounded size. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable, pipeline } from 'node:stream';

/** Where it listens. */
export type RspamdAddress = { readonly url: string } | { readonly path: string };

export interface RspamdRequest {
  readonly to: RspamdAddress;
  readonly method: 'GET' | 'POST';
  readonly path: '/ping' | '/checkv2';
  /** A list is a header for each of its values. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: AsyncIterable<Uint8Array>;
  /** ms. */
  readonly within: number;
}

export interface RspamdReply {
  readonly status: number;
  /** What it calls itself, such as `rspamd/3.4`; foreign text. */
  readonly server: string;
  readonly body: string;
}

/** Far above what it says of any mail. */
const LONGEST_REPLY = 1024 * 1024;

/** Rejects when it cannot be reached, breaks off, takes too long or says too much, and as the body does. */
export function ask({ to, method, path, headers = {}, body, within }: RspamdRequest): Promise<RspamdReply> {
  const where: RequestOptions = 'path' in to ? { socketPath: to.path, path } : {};
  const url = new URL(path, 'path' in to ? 'http://localhost' : to.url);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => request.destroy(new Error(`no answer within ${within / 1000} s`)), within);
    // A connection of its own for each mail: one that was kept may end just when it is used.
    const request = send(url, { ...where, method, agent: false, headers });
    const end = (error: unknown): void => {
      clearTimeout(late);
      request.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    request.on('error', end);
    request.on('close', () => end(new Error('the connection ended before an answer')));
    request.on('response', (response) => {
      read(response).then((reply) => {
        resolve(reply);
        end(reply);
      }, end);
    });
    if (body === undefined) request.end();
    else pipeline(Readable.from(body, { objectMode: false, highWaterMark: 1 }), request, (error) => error && end(error));
  });
}

async function read(response: IncomingMessage): Promise<RspamdReply> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > LONGEST_REPLY) throw new Error(`an answer of more than ${LONGEST_REPLY} bytes`);
    pieces.push(piece);
  }
  return { status: response.statusCode ?? 0, server: String(response.headers.server ?? ''), body: Buffer.concat(pieces).toString('utf8') };
}
