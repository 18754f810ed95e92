/** Durations, sizes and socket addresses as an administrator writes them. Undefined stands for "not of that form". */
import { isIPv6 } from 'node:net';
import type { Rate } from '../buckets.js';

export { formatDuration } from '../words.js';

const DURATIONS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const SIZES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

/** `90s`, `15m`, `4h`, `5d`, `2w`, also `1.5h`; ms, above 0. */
export function parseDuration(text: string): number | undefined {
  return amount(text, /^(\d+(?:\.\d+)?) ?([smhdw])$/, DURATIONS);
}

/** `50MB`, `256KiB`, `1GB`; bytes, above 0. */
export function parseSize(text: string): number | undefined {
  return amount(text, /^(\d+(?:\.\d+)?) ?(B|KB|MB|GB|KiB|MiB|GiB)$/, SIZES);
}

function amount(text: string, form: RegExp, units: Readonly<Record<string, number>>): number | undefined {
  const [, number = '', unit = ''] = form.exec(text) ?? [];
  const value = Math.round(Number(number) * (units[unit] ?? 0));
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** Longest time of a rate: what is counted over it is kept that long. */
const LONGEST_RATE = 7 * 86_400_000;

/** `300/5m 5000/1d`: at most so many in each of these times, up to 7 days; `0` is none at all. */
export function parseRates(text: string): readonly Rate[] | undefined {
  const rates = text === '0' ? [] : text.trim().split(/ +/).map(parseRate);
  return rates.includes(undefined) ? undefined : rates.filter((rate) => rate !== undefined);
}

function parseRate(text: string): Rate | undefined {
  const [, most = '', time = ''] = /^(\d{1,9})\/(.+)$/.exec(text) ?? [];
  const per = parseDuration(time);
  return per === undefined || per > LONGEST_RATE || Number(most) === 0 ? undefined : { most: Number(most), per };
}

/** A TCP address. */
export interface SocketAddress {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Where a server listens: TCP, or a socket in the file system. */
export type ListenAddress = SocketAddress | { readonly path: string };

const HOST = '[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\]';
const HOST_PORT = new RegExp(`^(${HOST}):(\\d{1,5})$`);
const SERVICE = new RegExp(`^xmpp://(${HOST})(?::(\\d{1,5}))?/?$`);
/** XEP-0114 names no port; both servers use this one. */
const COMPONENT_PORT = 5347;

/** `127.0.0.1:2525`, `[::1]:25`, `localhost:25`. */
export function parseSocketAddress(text: string): SocketAddress | undefined {
  const [, host = '', port = ''] = HOST_PORT.exec(text) ?? [];
  return socketAddress(host, Number(port));
}

/** As `parseSocketAddress`, or `unix:/absolute/path`. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  return text.startsWith('unix:/') ? { path: text.slice('unix:'.length) } : parseSocketAddress(text);
}

/** `xmpp://host` or `xmpp://host:port`. */
export function parseService(text: string): SocketAddress | undefined {
  const [, host = '', port] = SERVICE.exec(text) ?? [];
  return socketAddress(host, port === undefined ? COMPONENT_PORT : Number(port));
}

function socketAddress(bracketed: string, port: number): SocketAddress | undefined {
  const host = bracketed.replace(/^\[|\]$/g, '');
  if (host === '' || port < 1 || port > 65_535 || (bracketed !== host && !isIPv6(host))) return undefined;
  return { host, port };
}

export function formatSocketAddress({ host, port }: SocketAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

export function formatListenAddress(address: ListenAddress): string {
  return 'path' in address ? `unix:${address.path}` : formatSocketAddress(address);
}
