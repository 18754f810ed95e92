/**
 * Which pages of other sites may read an answer (Fetch, "CORS protocol"). There are no cookies, so an origin is all that a browser adds of
 * its own; who may know is decided before, by `mayKnow`. Pure.
 */
import type { Asker } from '../../presence/publication.js';
import type { Answer } from '../answer.js';

const EXPOSED = { 'access-control-expose-headers': 'etag, retry-after' };
/** Caches keep the answers of different sites and formats apart, also where this one is for all. */
const VARY = { vary: 'accept, origin, sec-fetch-site' };

/** Any page may read it: what anybody can ask for, and errors. */
export const OPEN: Readonly<Record<string, string>> = { 'access-control-allow-origin': '*', ...EXPOSED, ...VARY };

/** An answer that was made for one web origin is for its pages alone: a user has named it. */
export function corsFor({ origin }: Pick<Asker, 'origin'>): Readonly<Record<string, string>> {
  return origin === undefined ? OPEN : { 'access-control-allow-origin': origin, ...EXPOSED, ...VARY };
}

/**
 * The same for every name, so that it tells of none. `Authorization` is not allowed: API keys are for servers.
 * @param methods as they stand in the header
 */
export function preflight(methods: string): Answer<string> {
  return {
    status: 204,
    headers: {
      allow: `${methods}, OPTIONS`,
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods,
      'access-control-allow-headers': 'content-type, if-none-match, last-event-id',
      'access-control-max-age': '86400',
      'cache-control': 'no-store',
    },
    body: '',
  };
}
