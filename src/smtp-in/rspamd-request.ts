/** One request to rspamd: over HTTP or HTTPS, with a time limit for all of it, and an answer of bounded size. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable, pipeline } from 'node:stream';

export interface RspamdRequest {
  /** Its URL, without a path. */
  readonly to: string;
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
  const url = new URL(path, to);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // A connection of its own for each mail: one that was kept may end just when it is used.
    const request = send(url, { method, agent: false, headers });
    const settle = (done: () => void): void => {
      clearTimeout(late);
      done();
      request.destroy();
    };
    const fail = (error: unknown): void => settle(() => reject(error instanceof Error ? error : new Error(String(error))));
    const late = setTimeout(() => fail(new Error(`no answer within ${within / 1000} s`)), within);
    // From its head on, the answer is what counts: the connection ends with it, be it before the last of the mail was read.
    const early = (error: unknown): void => (answered ? undefined : fail(error));
    let answered = false;
    request.on('error', early);
    request.on('close', () => early(new Error('the connection ended before an answer')));
    request.on('response', (response) => {
      answered = true;
      read(response).then((reply) => settle(() => resolve(reply)), fail);
    });
    if (body === undefined) request.end();
    else pipeline(Readable.from(body, { objectMode: false, highWaterMark: 1 }), request, (error) => error && early(error));
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
