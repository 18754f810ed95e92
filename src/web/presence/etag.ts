/** Known again by the asker (RFC 9110 §8.8.3, §13.1.2). Pure. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from '../answer.js';

/** A strong one. It tells nothing that the pieces do not: a count of changes would show which link and which JID are one user's. */
export function tagOf(...pieces: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return `"${hash.digest('base64url').slice(0, 22)}"`;
}

/** Does the asker have it? By weak comparison. @param header the request's If-None-Match */
export function isKnown(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header === tag || header.trim() === '*' || header.split(',').some((one) => strong(one.trim()) === strong(tag));
}

function strong(tag: string): string {
  return tag.replace(/^W\//, '');
}

/** 304 without a body for whoever has it already (RFC 9110 §15.4.5). */
export function unlessKnown<Body>(answer: Answer<Body>, { 'if-none-match': known }: IncomingHttpHeaders): Answer<Body | string> {
  const { etag } = answer.headers;
  if (answer.status !== 200 || etag === undefined || !isKnown(known, etag)) return answer;
  const { 'content-length': _, 'content-type': __, ...headers } = answer.headers;
  return { status: 304, headers, body: '' };
}
