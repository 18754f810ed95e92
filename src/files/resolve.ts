/** The addresses behind a host, asked for once a hop: those that were checked are those that are connected to. */
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Failure } from '../failure.js';
import { isPublicAddress } from './public-address.js';
import { hostOf, refused, type Target } from './target.js';

/** Never empty. */
export type Addresses = readonly { readonly address: string; readonly family: 4 | 6 }[];

/** All addresses of a name; rejects with an error of `node:dns`. */
export type AskName = (name: string) => Promise<readonly string[]>;

/** No such name, or nothing behind it: a later try will not know better. */
const NOTHING = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);
const PATIENCE = { timeout: 5_000, tries: 2 };

/**
 * DNS alone, both families: what stands in this machine's own files is none of the world's. It also holds none of the few
 * threads that files are read with.
 * @param servers as for `dns.setServers`; empty: those of the system
 */
export function askDns(servers: readonly string[]): AskName {
  const resolver = new Resolver(PATIENCE);
  if (servers.length > 0) resolver.setServers(servers);
  return async (name) => {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const [failed] = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as Error] : []));
    if (found.length === 0 && failed !== undefined) throw failed;
    return found;
  };
}

/**
 * Of a trusted host whatever the system says; else the public addresses only.
 * @returns permanent `not-allowed` when there is no public one; `remote-unreachable` when the name has none
 */
export async function addressesOf({ url, trusted }: Target, ask: AskName): Promise<Addresses | Failure> {
  const { host, literal } = hostOf(url);
  try {
    const all = literal ? [host] : trusted ? (await lookup(host, { all: true })).map(({ address }) => address) : await ask(host);
    const usable = trusted ? all : all.filter(isPublicAddress);
    return usable.length === 0 ? refused('the link leads to an address that is not public') : usable.map((address) => ({ address, family: isIP(address) === 6 ? 6 : 4 }));
  } catch (cause) {
    const gone = NOTHING.has((cause as NodeJS.ErrnoException).code ?? '');
    return gone ? Failure.permanent('remote-unreachable', 'its server is not known', { cause }) : Failure.temporary('remote-unreachable', 'its server could not be found', { cause });
  }
}
