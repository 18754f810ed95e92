/**
 * The one way to DNS: own servers if set, a time limit, and a small cache. Node gives no TTL for TXT, so nothing is
 * kept longer than a minute, which is below what domains set; failures are not kept at all.
 */
import { Resolver } from 'node:dns/promises';
import type { Clock } from '../clock.js';

export type RecordType = 'TXT' | 'MX' | 'A' | 'AAAA' | 'PTR';

export interface DnsResolver {
  /** @throws an error whose `code` is as node:dns has it; `ENOTFOUND` and `ENODATA` mean that there is nothing */
  resolve(name: string, type: string): Promise<unknown[]>;
  /** The answer, when it is there already: nobody needs to wait for it. */
  known?(name: string, type: string): unknown[] | undefined;
}

export interface DnsOptions {
  /** `address` or `address:port`, IPv6 in brackets when with a port. Default: the system's. */
  readonly servers?: readonly string[];
  /** ms per try. Default 3,000. */
  readonly timeoutMs?: number;
  /** Default 2. */
  readonly tries?: number;
}

const KEEP_MS = 60_000;
const KEPT_ENTRIES = 5_000;
const TYPES: ReadonlySet<string> = new Set<RecordType>(['TXT', 'MX', 'A', 'AAAA', 'PTR']);
/** Names from mails are hostile: only what a DNS name of SPF, DKIM or DMARC may hold is asked. */
const NAME = /^(?=.{1,253}$)[!-~]+$/;
const NOTHING: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'ENODATA']);

interface Entry {
  readonly until: number;
  readonly answer: Promise<unknown[]>;
  /** Once they have come. */
  records?: unknown[];
}

function keyOf(name: string, type: string): string {
  return `${type} ${name.toLowerCase()}`;
}

export class CachingResolver implements DnsResolver {
  private readonly dns: Resolver;
  private readonly cache = new Map<string, Entry>();

  constructor(options: DnsOptions, private readonly clock: Clock) {
    this.dns = new Resolver({ timeout: options.timeoutMs ?? 3_000, tries: options.tries ?? 2 });
    if (options.servers !== undefined) this.dns.setServers(options.servers);
  }

  resolve(name: string, type: string): Promise<unknown[]> {
    if (!TYPES.has(type) || !NAME.test(name)) return Promise.reject(nothing(name));
    const key = keyOf(name, type);
    const known = this.cache.get(key);
    if (known !== undefined && known.until > this.clock()) return known.answer;
    return this.ask(key, name, type);
  }

  known(name: string, type: string): unknown[] | undefined {
    const known = this.cache.get(keyOf(name, type));
    return known !== undefined && known.until > this.clock() ? known.records : undefined;
  }

  private ask(key: string, name: string, type: string): Promise<unknown[]> {
    const answer = this.dns.resolve(name, type).then(
      (records) => (Array.isArray(records) ? (records as unknown[]) : [records]),
      (error: unknown) => {
        throw (error as NodeJS.ErrnoException).code === 'EBADNAME' ? nothing(name) : error;
      },
    );
    this.cache.delete(key);
    const entry: Entry = { until: this.clock() + KEEP_MS, answer };
    this.cache.set(key, entry);
    answer.then(
      (records) => (entry.records = records),
      (error: unknown) => {
        if (isDnsFault(error) && this.cache.get(key) === entry) this.cache.delete(key);
      },
    );
    const [oldest] = this.cache.keys();
    if (this.cache.size > KEPT_ENTRIES && oldest !== undefined) this.cache.delete(oldest);
    return answer;
  }
}

/** True when DNS did not work, as opposed to having nothing under that name. */
export function isDnsFault(error: unknown): boolean {
  return !NOTHING.has((error as NodeJS.ErrnoException).code);
}

function nothing(name: string): Error {
  return Object.assign(new Error(`no such name: ${name}`), { code: 'ENOTFOUND' });
}
