/** Puts one file on the upload service by HTTP: streamed, hashed on its way, and exactly as long as was said. */
import { createHash } from 'node:crypto';
import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../failure.js';
import type { Slot } from './upload-service.js';

export interface PutFile {
  readonly type: string;
  /** Bytes, exactly; what is longer or shorter is not put. */
  readonly size: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** ms without a byte in either direction. */
const SILENCE = 30_000;
/** ms for the whole of it: some, and a second for each so many bytes. */
const LEAST_TIME = 60_000;
const BYTES_PER_SECOND = 256 * 1024;
/** Bytes that wait for the socket. */
const BUFFER = 64 * 1024;

/**
 * The certificate of an https URL is checked; redirects are not followed.
 * @param stop ends it
 * @returns SHA-256 of the bytes, base64. A permanent failure concerns this file (an answer 4xx), a temporary one perhaps the service. Never rejects
 */
export async function putFile({ put, headers }: Slot, { type, size, bytes }: PutFile, stop: AbortSignal): Promise<string | Failure> {
  const sent = new Sent();
  const signal = AbortSignal.any([stop, AbortSignal.timeout(LEAST_TIME + Math.ceil(size / BYTES_PER_SECOND) * 1_000)]);
  try {
    const send = put.toLowerCase().startsWith('https:') ? requestHttps : requestHttp;
    const request = send(put, { method: 'PUT', headers: { ...headers, 'content-type': type, 'content-length': size }, signal, agent: false });
    request.setTimeout(SILENCE, () => request.destroy(new Error('nothing was heard for 30 s')));
    const answered = answerTo(request);
    // The answer counts, not the end of the pipe: it may come before, and a refusal breaks it. A file that cannot be read ends both.
    pipeline(Readable.from(measured(bytes, size, sent), { objectMode: false, highWaterMark: BUFFER }), request).catch((error: unknown) => (sent.trouble = error));
    const status = await answered;
    if (status >= 200 && status <= 299 && sent.size === size) return sent.hash.digest('base64');
    request.destroy();
    const refused = `it answers ${status}`;
    return status >= 400 && status <= 499 ? Failure.permanent('not-allowed', `The upload service did not take a file: ${refused}.`) : failed(refused);
  } catch (error) {
    const cause = sent.trouble ?? error;
    return failed(cause instanceof Error ? cause.message : String(cause));
  }
}

function failed(why: string): Failure {
  return Failure.temporary('remote-unreachable', `The upload service did not take a file: ${why}.`);
}

function answerTo(request: ClientRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('close', () => reject(new Error('the connection was closed')));
    request.once('response', (response: IncomingMessage) => {
      response.resume();
      response.on('error', () => undefined);
      resolve(response.statusCode ?? 0);
    });
  });
}

/** What went out so far. */
class Sent {
  size = 0;
  readonly hash = createHash('sha256');
  trouble: unknown;
}

async function* measured(bytes: AsyncIterable<Uint8Array>, size: number, sent: Sent): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    if (sent.size + piece.length > size) break;
    sent.size += piece.length;
    sent.hash.update(piece);
    yield piece;
    if (sent.size === size) return;
  }
  throw new Error('the file is not as long as it should be');
}
