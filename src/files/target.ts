/** Which links may be followed at all, before any name is asked for. Asked again at every redirect. */
import { isIP } from 'node:net';
import { Failure } from '../failure.js';
import { parseUrl } from '../url.js';

export interface Target {
  readonly url: URL;
  /** Its host is the upload service's, or one that the administrator named: it may be private, and may lack TLS. */
  readonly trusted: boolean;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };
/** Below are the ports of other protocols; upload services use 443, 5281, 5443 and their like. */
const FIRST_FREE_PORT = 1024;

/**
 * @param trusted hosts as `host` or `host:port`; without a port the usual ones of http and https are meant
 * @returns permanent `not-allowed` for any scheme but https (http for trusted hosts), for a login inside, and for odd ports
 */
export function targetOf(link: string | URL, trusted: readonly string[]): Target | Failure {
  const url = typeof link === 'string' ? parseUrl(link) : link;
  const usual = DEFAULT_PORTS[url?.protocol ?? ''];
  if (url === undefined || usual === undefined) return refused('the link is not one of https');
  if (url.username !== '' || url.password !== '') return refused('the link holds a login');
  const port = url.port || usual;
  const known = trusted.some((host) => host.toLowerCase() === `${url.hostname}:${port}` || (port === usual && host.toLowerCase() === url.hostname));
  if (known) return { url, trusted: true };
  if (url.protocol !== 'https:') return refused('the link is not one of https');
  if (port !== usual && Number(port) < FIRST_FREE_PORT) return refused('the link names a port of another service');
  return { url, trusted: false };
}

/** The host without the brackets of an IPv6 address, and whether it is an address at all. WHATWG has made `0x7f.1` and its like plain. */
export function hostOf({ hostname }: URL): { host: string; literal: boolean } {
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, literal: isIP(host) !== 0 };
}

/** @param why ends the sentence "not attached: ..." in a mail */
export function refused(why: string): Failure {
  return Failure.permanent('not-allowed', why);
}
