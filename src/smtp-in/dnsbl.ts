/**
 * DNS block lists (RFC 5782): is the client's address in one? A list that does not answer, or answers something else than a
 * listing, refuses nobody.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { Failure } from '../failure.js';
import type { SparingLog } from '../log.js';
import { groupsOf, unmapped } from '../network.js';
import { isDnsFault, type DnsResolver } from './resolver.js';
import type { Screen } from './screen.js';

/** ms for one question to one list. */
const ANSWER_MS = 5_000;
/** §2.1: a listing is in 127.0.0.0/8. By 127.255.255.x lists say that they do not answer a resolver like ours. */
const LISTED = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const NOT_SERVED = /^127\.255\.255\.\d{1,3}$/;
const LONGEST_REASON = 200;

/** The name that is asked for, without the list's own: §2.1 for IPv4, §2.4 for IPv6. Undefined for what is no address. */
export function listName(address: string): string | undefined {
  const plain = unmapped(address);
  if (isIPv4(plain)) return plain.split('.').reverse().join('.');
  if (!isIPv6(plain)) return undefined;
  const nibbles = groupsOf(plain).flatMap((group) => [...group.toLowerCase().padStart(4, '0')]);
  return nibbles.reverse().join('.');
}

/** Refuses who is in one of these lists, such as `zen.spamhaus.org`. */
export function blockLists(lists: readonly string[], resolver: DnsResolver, trouble: SparingLog, answerMs = ANSWER_MS): Screen {
  return async ({ peer, routes }) => {
    const name = listName(peer);
    if (name === undefined) return routes;
    const found = await Promise.all(lists.map(async (list) => ((await isListed(`${name}.${list}`, list)) ? list : undefined)));
    const list = found.find((one) => one !== undefined);
    return list === undefined ? routes : refusal(list, await reason(`${name}.${list}`));
  };

  async function isListed(name: string, list: string): Promise<boolean> {
    const answers = (await ask(name, 'A')).filter((answer): answer is string => typeof answer === 'string');
    if (answers.some((answer) => NOT_SERVED.test(answer))) trouble.error({ list, answers }, `the block list ${list} does not answer our DNS server; see its terms of use`);
    return answers.some((answer) => LISTED.test(answer) && !NOT_SERVED.test(answer));
  }

  /** §2.1: TXT says why. */
  async function reason(name: string): Promise<string> {
    const [first] = await ask(name, 'TXT');
    return Array.isArray(first) ? first.join('') : '';
  }

  async function ask(name: string, type: 'A' | 'TXT'): Promise<unknown[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEOUT' })), answerMs);
    });
    try {
      return await Promise.race([resolver.resolve(name, type), late]);
    } catch (error) {
      if (isDnsFault(error)) trouble.error({ err: error, name }, 'a block list gave no answer: nobody is refused for it');
      return [];
    } finally {
      clearTimeout(timer);
    }
  }
}

function refusal(list: string, said: string): Failure {
  const words = said.replace(/[^\x20-\x7e]+/g, ' ').trim().slice(0, LONGEST_REASON);
  return Failure.permanent('not-allowed', `Your address is listed by ${list}.${words === '' ? '' : ` ${words}`}`);
}
