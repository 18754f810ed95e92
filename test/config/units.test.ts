import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, formatListenAddress, parseDuration, parseListenAddress, parseService, parseSize, parseSocketAddress, type SocketAddress } from '../../src/config/units.js';

type Pair<T> = readonly [string, T | undefined];

test.each<Pair<number>>([
  ['90s', 90_000],
  ['15m', 900_000],
  ['1.5h', 5_400_000],
  ['4 h', 14_400_000],
  ['5d', 432_000_000],
  ['2w', 1_209_600_000],
  ...['', '5', 'd', '0s', '-1h', '1y', '1e3s', '1h30m', ' 1h', '99999999999999999999d'].map((text): [string, undefined] => [text, undefined]),
])('the duration %j is %j ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each<Pair<number>>([
  ['50MB', 50_000_000],
  ['500KiB', 512_000],
  ['1 GiB', 1_073_741_824],
  ['0.5MiB', 524_288],
  ['100B', 100],
  ...['', '50', 'MB', '0MB', '-5MB', '5mb', '5M', '5TB'].map((text): [string, undefined] => [text, undefined]),
])('the size %j is %j bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each<Pair<SocketAddress>>([
  ['127.0.0.1:2525', { host: '127.0.0.1', port: 2525 }],
  ['[::1]:25', { host: '::1', port: 25 }],
  ['localhost:25', { host: 'localhost', port: 25 }],
  ...['', ':25', '::1:25', '[::1]', '[x]:25', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536', 'a b:25', 'host:25 '].map((text): [string, undefined] => [text, undefined]),
])('the socket address %j is %j', (text, address) => {
  expect(parseSocketAddress(text)).toEqual(address);
});

test.each<Pair<SocketAddress>>([
  ['xmpp://127.0.0.1:5347', { host: '127.0.0.1', port: 5347 }],
  ['xmpp://[::1]:5888', { host: '::1', port: 5888 }],
  ['xmpp://chat.example.com', { host: 'chat.example.com', port: 5347 }],
  ...['chat.example.com:5347', 'http://chat.example.com', 'xmpp://user:pass@host', 'xmpp://host/path', 'xmpp://'].map((text): [string, undefined] => [text, undefined]),
])('the service %j is %j', (text, address) => {
  expect(parseService(text)).toEqual(address);
});

test('what is formatted reads back as the same address', () => {
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
  const tcp = fc.record({ host, port: fc.integer({ min: 1, max: 65_535 }) });
  const path = fc.stringMatching(/^\/[a-z/.]{1,20}$/).map((text) => ({ path: text }));
  fc.assert(fc.property(fc.oneof(tcp, path), (address) => {
    expect(parseListenAddress(formatListenAddress(address))).toEqual(address);
  }));
});

test.each([
  [0, '0 s'],
  [-5, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [7_200_000, '2 h'],
  [3 * 86_400_000, '3 d'],
])('%i ms is shown as %j', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
