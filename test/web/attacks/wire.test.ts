/** Attacks below HTTP's surface: two readings of one request, slowness, size. The table of them is in docs/security.md. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { waitUntil } from '../../servers/wait.js';
import { anotherAddress, closed, dial, exchange, get, idOf, publicationOf, setWhole, told } from './whole.js';

const whole = setWhole({ publications: [publicationOf('a')], online: { a: { status: 'here' } } });
const ONE = `/v1/presence/${idOf('a')}`;
const SMUGGLED = `GET /u/${idOf('a')} HTTP/1.1\r\nHost: smuggled\r\n\r\n`;

/** From whom nothing has come before. */
function asAnother(text: string): string {
  return text.replace('Host: x\r\n', `Host: x\r\nX-Forwarded-For: ${anotherAddress()}\r\n`);
}

/** How many answers came back on the connection. */
async function answers(text: string | Buffer): Promise<number[]> {
  return [...(await exchange(whole.port, text)).matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

describe('request smuggling: a request that two readers end in two places is refused, and ends the connection', () => {
  const post = (fields: string): string => `POST /v1/presence HTTP/1.1\r\nHost: gw.test\r\nContent-Type: application/json\r\n${fields}\r\n\r\n`;
  test.each([
    ['Content-Length and Transfer-Encoding', post('Content-Length: 4\r\nTransfer-Encoding: chunked') + `0\r\n\r\n${SMUGGLED}`],
    ['Transfer-Encoding and Content-Length', post('Transfer-Encoding: chunked\r\nContent-Length: 4') + `0\r\n\r\n${SMUGGLED}`],
    ['two lengths that differ', post('Content-Length: 0\r\nContent-Length: 60') + SMUGGLED],
    ['a list of lengths', post('Content-Length: 0, 60') + SMUGGLED],
    ['a length with a sign', post('Content-Length: +0') + SMUGGLED],
    ['a length that is no number', post('Content-Length: 0x3c') + SMUGGLED],
    ['a space before the colon', post('Transfer-Encoding : chunked') + `0\r\n\r\n${SMUGGLED}`],
    ['a folded field', post('Transfer-Encoding:\r\n chunked\r\nContent-Length: 4') + `0\r\n\r\n${SMUGGLED}`],
    ['an encoding that is not one', post('Transfer-Encoding: xchunked') + `0\r\n\r\n${SMUGGLED}`],
    ['chunked twice', post('Transfer-Encoding: chunked, chunked') + `0\r\n\r\n${SMUGGLED}`],
    ['a chunk that ends in a bare LF', `${post('Transfer-Encoding: chunked')}1\nx\n0\n\n${SMUGGLED}`],
    ['a bare CR in a field', post('X: a\rTransfer-Encoding: chunked') + `0\r\n\r\n${SMUGGLED}`],
    ['a NUL in a field', post('X: a\0b') + SMUGGLED],
  ])('%s', async (_name, text) => {
    const statuses = await answers(text);
    expect(statuses).toHaveLength(1);
    expect(statuses[0]).toBeGreaterThanOrEqual(400);
  });

  test('a body that no one wanted does not become the next request', async () => {
    for (const target of [ONE, `/u/${idOf('a')}`, '/nothing']) expect(await answers(`GET ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`)).toHaveLength(1);
  });
});

describe('what is not HTTP/1.1', () => {
  test.each([
    ['HTTP/2 with prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', Buffer.from('16030100a5010000a10303', 'hex')],
    ['a request for a proxy to connect', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no host', `GET ${ONE} HTTP/1.1\r\n\r\n`],
    ['garbage', '\0\x01\x02\xff\r\n\r\n\r\n'],
  ])('%s shows nothing of anybody', async (_name, text) => {
    expect(await exchange(whole.port, text)).not.toContain('here');
    expect((await get(whole, ONE)).status).toBe(200);
  });

  test.each([
    ['HTTP/0.9', `GET ${ONE}\r\n\r\n${SMUGGLED}`],
    ['two hosts', `GET ${ONE} HTTP/1.1\r\nHost: gw.test\r\nHost: evil.test\r\nConnection: close\r\n\r\n${SMUGGLED}`],
  ])('%s is answered once, as anybody is, and ends the connection', async (_name, text) => {
    expect((await answers(text)).length).toBe(1);
  });

  test('an upgrade is not taken', async () => {
    const answer = await told(whole.port, `GET ${ONE} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n`);
    expect(answer.status).not.toBe(101);
  });
});

describe('size', () => {
  test.each([
    ['a path of 16 KB', `GET /v1/presence/${'a'.repeat(16_384)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, [414, 431]],
    ['a path of 15 KB', `GET /v1/presence/${'a'.repeat(15_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, [400, 404, 414]],
    ['more than a thousand parameters', `GET /v1/presence?${'id=a&'.repeat(1_001)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, [400, 413, 414]],
    ['a thousand parameters of a badge', `GET /badge/${idOf('a')}.svg?${'label=a&'.repeat(1_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, [200, 400, 404]],
    ['ten thousand fields', `GET ${ONE} HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(10_000)}\r\n`, [431]],
    ['a body that says it is a gigabyte', `POST /v1/presence HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n{"ids":[`, [413]],
  ] as const)('%s', async (_name, text, expected) => {
    expect(expected).toContain((await told(whole.port, asAnother(text))).status);
    expect((await get(whole, ONE)).status).toBe(200);
  });

  test('a body without an end, in chunks', async () => {
    const socket = await dial(whole.port);
    let received = '';
    socket.on('data', (piece: Buffer) => (received += piece.toString()));
    const end = closed(socket);
    socket.write(asAnother('POST /v1/presence HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'));
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    let sent = 0;
    const more = (): void => {
      while (!socket.destroyed && sent < 64 * 1024 * 1024 && socket.write(chunk)) sent += 65_536;
    };
    socket.on('drain', more);
    more();
    await end;
    expect(received).toMatch(/^HTTP\/1\.1 413 /);
    // What the system buffers, and not more.
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  test.each([
    ['deep', '['.repeat(100_000)],
    ['deep and closed', `{"ids":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['not JSON', '<ids/>'],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe]).toString('latin1')],
    ['no object', '"ids"'],
    ['null', 'null'],
    ['an object for a list', '{"ids":{"length":1000000000}}'],
    ['numbers for names', '{"ids":[1,2,3]}'],
    ['nothing', ''],
  ])('JSON that is %s is answered 4xx', async (_name, body) => {
    const answer = await get(whole, '/v1/presence', { 'Content-Type': 'application/json', 'Content-Length': `${Buffer.byteLength(body)}` }, 'POST', body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });
});

describe('slowness', () => {
  const open = (sockets: readonly Socket[]): number => sockets.filter((socket) => socket.readyState === 'open').length;

  test.each([
    ['fields', `GET ${ONE} HTTP/1.1\r\nHost: x\r\nX: `],
    ['a body', 'POST /v1/presence HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{'],
    ['nothing at all', ''],
  ])('600 connections that send %s leave room for others', async (_name, text) => {
    const slow = await Promise.all(Array.from({ length: 600 }, async () => {
      const socket = await dial(whole.port);
      if (text !== '') socket.write(asAnother(text));
      return socket;
    }));
    expect((await get(whole, ONE)).status).toBe(200);
    await waitUntil('the most is kept', () => open(slow) <= 520, 10_000);
    for (const socket of slow) socket.destroy();
  });
});
