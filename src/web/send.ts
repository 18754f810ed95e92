/** An answer that ends, sent to one who may not read it. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import type { Answer, Static } from './answer.js';

/** Answers that carry no content, RFC 9110 §6.4.1. */
const EMPTY = new Set([204, 304]);

export type StaticAnswer = Answer<Static>;

/**
 * Sends all of it.
 * @param slowest ms in which a reader takes what was written: 256 KiB at most
 * @returns undefined when the system has taken it whole, at once; else rejects when the reader has gone, or is too slow
 */
export function send(response: ServerResponse, answer: StaticAnswer, slowest: number): Promise<void> | undefined {
  const { status, headers, body, prepared } = answer;
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return sendPieces(response, status, headers, body, slowest);
  if (prepared !== undefined) response.writeHead(status, prepared.heads);
  else response.writeHead(status, headers['content-length'] !== undefined || EMPTY.has(status) ? headers : { ...headers, 'content-length': `${Buffer.byteLength(body)}` });
  if (response.req.method === 'HEAD') response.end();
  else if (prepared?.text !== undefined) response.end(prepared.text, 'latin1');
  else response.end(body);
  return response.socket?.writableLength === 0 ? undefined : finished(response, slowest);
}

async function sendPieces(response: ServerResponse, status: number, headers: StaticAnswer['headers'], body: AsyncIterable<Uint8Array>, slowest: number): Promise<void> {
  // A file that is shorter than was said, as of a mail that is gone by now: what is said next on the connection must not be taken for the rest of it.
  response.strictContentLength = true;
  response.writeHead(status, headers);
  if (response.req.method !== 'HEAD') for await (const piece of body) if (!response.write(piece)) await settled(response, 'drain', slowest);
  response.end();
  await finished(response, slowest);
}

async function finished(response: ServerResponse, slowest: number): Promise<void> {
  if (!response.writableFinished) await settled(response, 'finish', slowest);
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
