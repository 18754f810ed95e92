/** The part of an IP address that says whose it is. */
import { isIPv6 } from 'node:net';

/**
 * What one customer of a provider has: an IPv4 address, or the /64 of an IPv6 address (as its four groups).
 * @param address as `node:net` writes it; anything else comes back as it is
 */
export function network(address: string): string {
  const plain = unmapped(address);
  return isIPv6(plain) ? groupsOf(plain).slice(0, 4).join(':') : plain;
}

/** The IPv4 address in an IPv4-mapped IPv6 address; anything else as it is. */
export function unmapped(address: string): string {
  return /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1] ?? address;
}

/** The eight groups of an IPv6 address, without leading zeros. */
export function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const last = (tail ?? '').split(':').filter((group) => group !== '');
  const missing = tail === undefined ? 0 : 8 - groups.length - last.length;
  return [...groups, ...Array<string>(missing).fill('0'), ...last].map((group) => group.replace(/^0+(?=.)/, ''));
}
