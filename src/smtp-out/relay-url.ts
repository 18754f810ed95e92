/** Where outgoing mail goes: the administrator's own MTA, as one URL. */
import { isIP, isIPv6 } from 'node:net';
import { Failure } from '../failure.js';
import { parseUrl } from '../url.js';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** The administrator's MTA. Mail is never sent to a recipient's MX directly. */
export interface Relay {
  readonly protocol: 'smtp' | 'smtps' | 'lmtp';
  readonly host: string;
  readonly port: number;
  readonly login?: Login;
}

const PORTS = { smtp: 25, smtps: 465, lmtp: 24 } as const;
/** RFC 6409: where one logs in. */
const SUBMISSION = 587;

const bad = (text: string): Failure => Failure.permanent('bad-address', text);

/**
 * Reads `smtp://host`, `smtps://host:port`, `lmtp://user:password@host`. Without a port: 25 (587 with a login), 465 and
 * 24. User and password are percent-decoded. No text of a failure holds any part of the URL, which may hold a password.
 * @param login a user and password given apart; they win over those of the URL
 */
export function parseRelay(url: string, login?: Login): Relay | Failure {
  const parsed = parseUrl(url);
  if (parsed === undefined) return bad('the relay is not a URL such as smtp://localhost:25');
  const protocol = parsed.protocol.slice(0, -1);
  if (!isProtocol(protocol)) return bad('the relay URL must begin with smtp://, smtps:// or lmtp://');
  if (parsed.hostname === '') return bad('the relay URL names no host');
  if (/^\/?$/.exec(parsed.pathname) === null || parsed.search !== '' || parsed.hash !== '') return bad('the relay URL must end after the port');
  const user = login ?? loginOf(parsed);
  if (user instanceof Failure) return user;
  const port = parsed.port === '' ? portOf(protocol, user !== undefined) : Number(parsed.port);
  const relay = { protocol, host: parsed.hostname.replace(/^\[|\]$/g, ''), port };
  return user === undefined ? relay : { ...relay, login: user };
}

function isProtocol(text: string): text is Relay['protocol'] {
  return Object.hasOwn(PORTS, text);
}

function portOf(protocol: Relay['protocol'], withLogin: boolean): number {
  return protocol === 'smtp' && withLogin ? SUBMISSION : PORTS[protocol];
}

function loginOf(url: URL): Login | undefined | Failure {
  if (url.username === '' && url.password === '') return undefined;
  if (url.username === '' || url.password === '') return bad('the relay URL needs a user and a password, or neither');
  try {
    return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch (cause) {
    return Failure.permanent('bad-address', 'the user or password of the relay URL is not percent-encoded well', { cause });
  }
}

/** Nobody between us and it but the administrator of this machine. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === 'localhost';
  return isIPv6(host) ? host === '::1' : host.startsWith('127.');
}

/** For logs: without the login. */
export function formatRelay(relay: Relay): string {
  const host = isIPv6(relay.host) ? `[${relay.host}]` : relay.host;
  return `${relay.protocol}://${host}:${relay.port}`;
}
