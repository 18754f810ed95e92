/** Whom the limits count. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6, type Socket } from 'node:net';

/** Where a web server of ours may be: what it says of its client is believed. */
const NEAR = new BlockList();
for (const [net, bits] of [['127.0.0.0', 8], ['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16]] as const) NEAR.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [['::1', 128], ['fc00::', 7], ['fe80::', 10]] as const) NEAR.addSubnet(net, bits, 'ipv6');

const [DOT, ZERO, NINE] = ['.', '0', '9'].map((char) => char.charCodeAt(0)) as [number, number, number];

interface Peer {
  readonly near: boolean;
  /** Of IPv6 the network. */
  readonly counted: string;
}

const PEER = Symbol('peer');

/** One connection carries many requests; what is known of it is found at itself, as a look into a Map costs more. */
type Met = Socket & { [PEER]?: Peer };

/** The peer, or whom a web server beside us names; of IPv6 the network, the first 64 bits, or the IPv4 host behind a NAT64. */
export function addressOf({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): string {
  const { near, counted } = peerOf(socket);
  const forwarded = near ? headers['x-forwarded-for'] : undefined;
  if (forwarded === undefined) return counted;
  if (typeof forwarded === 'string' && isPlain(forwarded)) return forwarded;
  const told = [forwarded].flat().join(',').split(',').at(-1)?.trim().slice(0, 64) ?? '';
  return told === '' ? counted : countedAs(addressIn(told));
}

/** Digits and dots only, as most web servers tell it: what is taken apart below would come out the same. Each request has one, so it is looked at by hand. */
function isPlain(told: string): boolean {
  if (told.length > 15 || told === '') return false;
  for (let at = 0; at < told.length; at++) {
    const code = told.charCodeAt(at);
    if (code !== DOT && (code < ZERO || code > NINE)) return false;
  }
  return true;
}

/** Some web servers tell the port too, which is another for each connection; the brackets then are those of RFC 3986. */
function addressIn(told: string): string {
  return /^\[([^\]]*)\]/.exec(told)?.[1] ?? /^([\d.]+):\d+$/.exec(told)?.[1] ?? told;
}

function peerOf(socket: Met): Peer {
  const seen = socket[PEER];
  if (seen !== undefined) return seen;
  const address = plain(socket.remoteAddress ?? '');
  const peer = { near: NEAR.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'), counted: countedAs(address) };
  socket[PEER] = peer;
  return peer;
}

function countedAs(told: string): string {
  const address = plain(told);
  return isIPv6(address) ? (translatedIn(address) ?? networkOf(address)) : address;
}

/** Whoever listens for both with one socket calls IPv4 so: they are many hosts, and no network. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, '');
}

/** The IPv4 host that a NAT64 calls so (RFC 6052 §2.1): all hosts that come through it would be one network. */
function translatedIn(address: string): string | undefined {
  if (!/^0*64:ff9b:[^%]*$/i.test(address)) return undefined;
  const [whole, high = '0', low = '0'] = /^\[64:ff9b::(?:(?:([\da-f]+):)?([\da-f]+))?\]$/.exec(new URL(`http://[${address}]`).hostname) ?? [];
  return whole === undefined ? undefined : [high, low].map((group) => parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255]).join('.');
}

function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length;
  return [...groups, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...(tail ?? '').split(':')].slice(0, 4).join(':');
}
