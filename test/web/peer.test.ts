/** Whom limits count: the peer, or whom a web server beside us names, and nobody else. */
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../../src/web/peer.js';

const addressFrom = (remoteAddress: string | undefined, forwarded?: string): string => {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return addressOf({ socket: { remoteAddress } as Socket, headers });
};

describe('X-Forwarded-For', () => {
  it.each(['127.0.0.1', '127.8.9.10', '127.255.255.255', '::1', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.7.7', 'fd00::1', 'fc00::1', 'fdff:ffff::1', 'fe80::1', 'febf::1', '::ffff:127.0.0.1', '::ffff:192.168.1.1'])('is believed of %s', (peer) => {
    expect(addressFrom(peer, '203.0.113.7')).toBe('203.0.113.7');
  });

  it.each([
    '203.0.113.9', '128.0.0.1', '11.0.0.1', '9.255.255.255', '172.15.255.255', '172.32.0.1', '192.167.255.255', '192.169.0.1', '169.254.1.1', '0.0.0.0', '2001:db8::1', 'ff02::1', '::2', '::', 'fec0::1', '::ffff:203.0.113.9', '::ffff:cb00:7109', undefined,
  ])('is not believed of %s', (peer) => {
    expect(addressFrom(peer, '198.51.100.1')).toBe(addressFrom(peer));
    expect(addressFrom(peer, '198.51.100.1')).not.toContain('198');
  });

  it('is no more than 64 characters of it, whatever it says', () => {
    for (const told of ['x'.repeat(16_000), `198.51.100.1, ${'y'.repeat(16_000)}`, `[${':'.repeat(16_000)}`, '1:'.repeat(8_000)]) expect(addressFrom('127.0.0.1', told).length).toBeLessThanOrEqual(64);
  });

  it('counts the last, which the web server beside us has written itself', () => {
    expect(addressFrom('127.0.0.1', '198.51.100.1,  203.0.113.7 ')).toBe('203.0.113.7');
    for (const told of ['198.51.100.1,', '', ' ', ',']) expect(addressFrom('127.0.0.1', told)).toBe('127.0.0.1');
  });
});

describe('IPv6', () => {
  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'], ['2001:db8:1:2::', '2001:db8:1:2'], ['2001:db8::1', '2001:db8:0:0'], ['2001::1:2', '2001:0:0:0'], ['1:2:3::', '1:2:3:0'], ['1::3:4:5:6:7:8', '1:0:3:4'],
  ])('%s is counted as its network %s', (address, network) => {
    expect(addressFrom(address)).toBe(network);
    expect(addressFrom('127.0.0.1', address)).toBe(network);
  });
});

describe('NAT64', () => {
  it.each([
    ['64:ff9b::cb00:7109', '203.0.113.9'], ['64:FF9B::203.0.113.9', '203.0.113.9'], ['0064:ff9b:0:0:0:0:cb00:7109', '203.0.113.9'], ['64:ff9b:0::0:cb00:7109', '203.0.113.9'], ['64:ff9b::203', '0.0.2.3'], ['64:ff9b::a00:0', '10.0.0.0'],
  ])('%s is counted as the host %s', (address, host) => {
    expect(addressFrom(address)).toBe(host);
    expect(addressFrom('127.0.0.1', address)).toBe(host);
    expect(addressFrom('127.0.0.1', `[${address}]:4711`)).toBe(host);
  });

  it.each([
    ['64:ff9b::1:cb00:7109', '64:ff9b:0:0'], ['64:ff9b:1::cb00:7109', '64:ff9b:1:0'], ['64:ff9b:0:0:1::', '64:ff9b:0:0'], ['64:ff9c::cb00:7109', '64:ff9c:0:0'], ['64:ff9b::cb00:7109%eth0', '64:ff9b:0:0'], ['164:ff9b::cb00:7109', '164:ff9b:0:0'],
  ])('%s is none, and counted as its network %s', (address, network) => {
    expect(addressFrom(address)).toBe(network);
  });

  it('makes nobody a web server beside us', () => {
    expect(addressFrom('64:ff9b::7f00:1', '198.51.100.1')).toBe('127.0.0.1');
  });
});

it('is asked for once for each connection: what comes later on it is counted as what came first', () => {
  let asked = 0;
  const socket = { get remoteAddress() { asked++; return '203.0.113.9'; } } as unknown as Socket;
  const request = { socket, headers: {} } as Parameters<typeof addressOf>[0];
  expect([addressOf(request), addressOf(request), asked]).toEqual(['203.0.113.9', '203.0.113.9', 1]);
});
