/** What a request is answered with, before it meets a socket. */

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes are read only for a request that wants them. */
  readonly body: string | AsyncIterable<Uint8Array>;
}

/** On every answer: links are secrets, so no cache, no search engine and no other site may come to know them. */
export const DISCREET: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-store',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow, noarchive',
  'x-content-type-options': 'nosniff',
};

export function page(status: number, policy: string, body: string): Answer {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-length': `${Buffer.byteLength(body)}`, 'content-security-policy': policy };
  return { status, headers, body };
}
