/** One GET request to one server whose addresses were checked. */
import type { IncomingMessage } from 'node:http';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Addresses } from './resolve.js';
import type { Target } from './target.js';

const MOST_HEADER_BYTES = 16_384;

export interface HopOptions {
  readonly userAgent: string;
  /** No byte for so long ends it, ms. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/**
 * Resolves with the head of the answer; rejects with Node's errors. Nothing of ours goes with it: no cookie, no login, no proxy,
 * no connection used for another request. The connection goes to the given addresses only, whatever DNS says by now.
 */
export function get({ url }: Target, addresses: Addresses, { userAgent, idleMs, signal }: HopOptions): Promise<IncomingMessage> {
  const headers = { 'User-Agent': userAgent, Accept: '*/*', 'Accept-Encoding': 'identity' };
  const options = { method: 'GET', headers, agent: false, signal, lookup: lookupOf(addresses), maxHeaderSize: MOST_HEADER_BYTES, timeout: idleMs } as const;
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? secure : plain)(url, options, resolve);
    request.on('timeout', () => request.destroy(Object.assign(new Error('nothing came for too long'), { code: 'ETIMEDOUT' })));
    request.on('error', reject);
    // An answer 101 that nobody asked for ends the connection without an error.
    request.on('close', () => reject(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })));
    request.end();
  });
}

function lookupOf(addresses: Addresses): LookupFunction {
  const [first] = addresses;
  return (_name, options, done) => {
    if (options.all === true) done(null, [...addresses]);
    else done(null, first?.address ?? '', first?.family);
  };
}
