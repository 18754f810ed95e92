/**
 * Who asks, and whether he may ask now. A program shows its API key (RFC 6750) and has what the key allows; all others share what their
 * address may ask (of IPv6: the network). Addresses that show nothing cost as much in a list as one by one, so nobody walks through all of them.
 * Ids do not: nobody guesses 130 bits, and a page may show many people who hide themselves.
 *
 * What is asked is paid in requests: each request is one, and what it asked for comes on top (`asked`). Nobody is refused for what he has asked already,
 * but his next request waits.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Buckets } from '../../buckets.js';
import type { KnownKey } from '../../presence/keys.js';
import type { Asker } from '../../presence/publication.js';
import type { Answer, WebRequest } from '../answer.js';
import { parseUrl } from '../../url.js';
import { problem } from './problem.js';

export interface DoorParts {
  /** The key of this secret. @see ApiKeys */
  readonly holder: (secret: string) => KnownKey | undefined;
  /** Requests a minute from one address without a key. */
  readonly rate: number;
  /** Its origin is that of our own pages. */
  readonly publicUrl: string;
  /** ms of a clock that goes on evenly. */
  readonly running: () => number;
}

/** Who has come in. */
export interface Entered extends Asker {
  readonly key?: KnownKey;
}

const MINUTE = 60_000;
/** What an address may ask at once: so much of its minute. */
const BURST_SHARE = 1 / 6;
const LEAST_BURST = 10;
/** Names in one request that cost as much as a request. */
const NAMES_OF_ADDRESS = 10;
const NAMES_OF_KEY = 100;
/** Requests that a wrong key costs. */
const WRONG_KEY = 20;

const BEARER = /^Bearer +(\S{1,200}) *$/i;

export class Door {
  private readonly addresses: Buckets;
  /** In shares of what the key may in a minute. */
  private readonly keys = new Buckets([{ most: 1, per: MINUTE }]);
  private readonly ours: string;

  constructor(private readonly parts: DoorParts) {
    const most = Math.max(LEAST_BURST, parts.rate * BURST_SHARE);
    this.addresses = new Buckets([{ most, per: (most * MINUTE) / parts.rate }]);
    this.ours = new URL(parts.publicUrl).origin;
  }

  /**
   * Counts a request. @param from where the web origin stands: what browsers load without `Origin`, such as pictures, has only `Referer`
   * @returns who asks; or what he is answered: 401 for a key that is not good, 429 for too many
   */
  enter({ headers, address }: WebRequest, from: 'origin' | 'referrer' = 'origin'): Entered | Answer {
    const origin = this.originOf(headers, from);
    if (headers.authorization !== undefined) return this.enterWithKey(headers.authorization, address, origin);
    return this.take(this.addresses, address, 1) ?? (origin === undefined ? ANYBODY : { origin });
  }

  /**
   * Of one whose body came after he had come in: many such come in at once, before any of them has paid for what it asks.
   * @returns 429 where he owes by now; undefined: he may go on
   */
  again({ address }: Pick<WebRequest, 'address'>, { key }: Entered): Answer | undefined {
    const now = this.parts.running();
    const wait = key === undefined ? this.addresses.wait(address, 0, now) : this.keys.wait(key.name, 0, now);
    return wait > 0 ? tooMany(wait) : undefined;
  }

  /**
   * What a request has asked for on top of itself.
   * @param names how many it named. @param unknown how many addresses among them show him nothing: a key's holder,
   * who is known to the operators and asks for what his platform's users have, pays nothing for them
   */
  asked({ address }: Pick<WebRequest, 'address'>, { key }: Entered, names: number, unknown: number): void {
    const cost = Math.floor((names - 1) / (key === undefined ? NAMES_OF_ADDRESS : NAMES_OF_KEY)) + (key === undefined ? unknown : 0);
    if (cost > 0) this.charge(address, key, cost);
  }

  /** A page that asks where it comes from itself does not say its origin, but for POST: browsers then say `same-origin` (Fetch Metadata), and no page can. */
  private originOf(headers: IncomingHttpHeaders, from: 'origin' | 'referrer'): string | undefined {
    const told = headers.origin ?? (from === 'referrer' ? headers.referer : undefined);
    if (told !== undefined) return originIn(told);
    return headers['sec-fetch-site'] === 'same-origin' ? this.ours : undefined;
  }

  private enterWithKey(authorization: string, address: string, origin: string | undefined): Entered | Answer {
    const key = this.parts.holder(BEARER.exec(authorization)?.[1] ?? '');
    if (key === undefined) return this.take(this.addresses, address, WRONG_KEY) ?? WRONG;
    return this.take(this.keys, key.name, 1 / key.rate) ?? { key, ...(origin !== undefined && { origin }) };
  }

  /** @returns undefined when it was there to be taken */
  private take(buckets: Buckets, name: string, cost: number): Answer | undefined {
    const wait = buckets.takeIf(name, cost, this.parts.running(), Math.min(cost, 1));
    return wait > 0 ? tooMany(wait) : undefined;
  }

  /** No more than a minute's worth: whoever shares the address with a bad neighbour waits no longer than that. */
  private charge(address: string, key: KnownKey | undefined, cost: number): void {
    const now = this.parts.running();
    if (key === undefined) this.addresses.take(address, Math.min(cost, this.parts.rate), now);
    else this.keys.take(key.name, Math.min(cost / key.rate, 1), now);
  }
}

/** Was he turned away? */
export function isAnswer(entered: Entered | Answer): entered is Answer {
  return 'status' in entered;
}

const ANYBODY: Entered = {};

const WRONG = problem(401, 'This API key is not known here; it may have been revoked.', { 'www-authenticate': 'Bearer realm="presence", error="invalid_token"' });

function tooMany(wait: number): Answer {
  return problem(429, 'Too many requests. Wait as long as Retry-After says.', { 'retry-after': `${Math.ceil(wait / 1_000)}` });
}

/** As browsers write it (RFC 6454 §6.2); undefined for `null` and for what is none. */
function originIn(header: string): string | undefined {
  const origin = parseUrl(header)?.origin;
  return origin === 'null' ? undefined : origin;
}
