/** Which addresses belong to the world: only those may a chat user make us connect to. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** 2000::/3: all that was ever given out for the public IPv6 internet (RFC 4291 §2.4). */
const GLOBAL_IPV6 = 0b001;

/**
 * True for a public unicast address in its usual spelling. False for everything else, and for what only carries another
 * address inside (IPv4-mapped, NAT64, 6to4, Teredo), since that one may be ours.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || (parsed.parts[0] ?? 0) >> 13 === GLOBAL_IPV6;
}
