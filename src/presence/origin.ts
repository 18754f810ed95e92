/** Web origins as people type them, in the one form in which browsers send them. Pure. */
import { asciiDomain } from '../address/domain.js';
import { parseUrl } from '../url.js';

/** UTF-16 units of what is looked at: a host of 253 and what stands around it. */
const LONGEST = 2_000;
const LOOPBACK = /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;

/**
 * The ASCII serialization of the origin (RFC 6454 §6.2): `https://example.org`, `https://example.org:8443`. Of the address of a page it is
 * where that page lies; a host alone is meant with https.
 * @returns undefined for all but https, for http of anything but this machine, and for a host with a wildcard, a name or a password in it
 */
export function parseOrigin(typed: string): string | undefined {
  const text = typed.trim();
  if (text.length > LONGEST) return undefined;
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = parseUrl(whole);
  if (url === undefined || url.username !== '' || url.password !== '') return undefined;
  const isHere = LOOPBACK.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere)) return undefined;
  return isHere || ADDRESS.test(url.hostname) || asciiDomain(url.hostname) === url.hostname ? url.origin : undefined;
}
