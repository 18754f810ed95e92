/** Files from a real web server, and the links behind which there must be none for us. */
import { createHash, randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Failure, isFailure } from '../../src/failure.js';
import type { FetchedFile } from '../../src/files/fetcher.js';
import { get } from '../../src/files/hop.js';
import { addressesOf, askDns } from '../../src/files/resolve.js';
import { startDns, type DnsServer } from '../servers/dns.js';
import { waitUntil } from '../servers/wait.js';
import { startFetcher, startWeb, type Fetching, type WebServer } from './harness.js';

const BYTES = randomBytes(300_000);
const MOST = 1_000_000;
const SHA256 = createHash('sha256').update(BYTES).digest('base64');

const PAGES: Readonly<Record<string, (response: ServerResponse, web: WebServer) => void>> = {
  '/file': (response) => response.setHeader('Content-Type', 'Image/PNG; x=y').end(BYTES),
  '/chunked': (response) => (response.write(BYTES.subarray(0, 7)), response.end(BYTES.subarray(7))),
  '/endless': (response) => {
    const more = (): void => void response.write(BYTES, () => response.destroyed || more());
    more();
  },
  '/lying': (response) => response.setHeader('Content-Length', 5_000_000).write('x'),
  '/cut': (response) => (response.setHeader('Content-Length', 100), response.write('x', () => response.destroy())),
  '/silent': (response) => response.write('x'),
  '/drip': (response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  },
  '/gone': (response) => response.writeHead(404).end('no'),
  '/forbidden': (response) => response.writeHead(403).end('no'),
  '/busy': (response) => response.writeHead(503).end('later'),
  '/packed': (response) => response.setHeader('Content-Encoding', 'gzip').end(BYTES),
  '/part': (response) => response.writeHead(206).end('x'),
  '/once': (response) => response.writeHead(302, { Location: '/file' }).end(),
  '/loop': (response) => response.writeHead(302, { Location: '/loop' }).end(),
  '/inside': (response) => response.writeHead(302, { Location: 'https://10.0.0.1/' }).end(),
  '/metadata': (response) => response.writeHead(302, { Location: 'http://169.254.169.254/latest/' }).end(),
  '/file-url': (response) => response.writeHead(302, { Location: 'file:///etc/passwd' }).end(),
  '/other-port': (response, web) => response.writeHead(307, { Location: `http://127.0.0.1:${web.port === 80 ? 81 : 80}/` }).end(),
  '/nowhere': (response) => response.writeHead(302, { Location: 'https://[' }).end(),
};

let web: WebServer;
let dns: DnsServer;
const stops: Fetching[] = [];
beforeAll(async () => {
  web = await startWeb((request, response) => (PAGES[request.url ?? ''] ?? PAGES['/gone'])?.(response, web));
  dns = await startDns({ 'inside.test': '@ A 127.0.0.1\nboth A 192.168.1.1\nboth AAAA ::1\nmapped AAAA ::ffff:127.0.0.1\nmixed A 127.0.0.1\nmixed A 169.254.169.254\nempty TXT "x"' });
});
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});
afterAll(() => Promise.all([web.stop(), dns.stop()]));

async function start(options: Parameters<typeof startFetcher>[0] = {}): Promise<Fetching> {
  const started = await startFetcher({ trusted: () => Promise.resolve([web.host]), ...options });
  stops.push(started);
  return started;
}

function file(result: FetchedFile | Failure): FetchedFile {
  if (isFailure(result)) throw new Error(`${result.text}: ${String(result.cause)}`);
  return result;
}

describe('a file of the upload service', () => {
  it.each(['/file', '/chunked', '/once'])('comes whole from %s, and goes when its mail has gone', async (path) => {
    const { fetcher, files, mode } = await start();
    const got = file(await fetcher.fetch(`http://${web.host}${path}`, MOST, { algorithm: 'sha-256', value: SHA256 }));
    expect(got.size).toBe(BYTES.length);
    expect((await buffer(got.bytes())).equals(BYTES)).toBe(true);
    expect((await buffer(got.bytes())).equals(BYTES)).toBe(true);
    expect(await files()).toHaveLength(1);
    expect(await mode()).toBe(0o700);
    await got.discard();
    expect(await files()).toEqual([]);
  });

  it('is asked for without anything of ours, and has its media type', async () => {
    let headers: object = {};
    const other = await startWeb((request, response) => {
      headers = request.headers;
      response.setHeader('Content-Type', 'Image/PNG; x=y').setHeader('Set-Cookie', 'a=b').end('x');
    });
    process.env.http_proxy = 'http://127.0.0.1:9';
    const { fetcher } = await start({ trusted: () => Promise.resolve([other.host]) });
    expect(file(await fetcher.fetch(`http://${other.host}/x`, MOST, undefined)).type).toBe('image/png');
    delete process.env.http_proxy;
    expect(headers).toEqual({ host: other.host, connection: 'close', accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'Stanzapost/test' });
    await other.stop();
  });

  it.each([
    ['/gone', 'permanent', 'remote-refused'],
    ['/forbidden', 'permanent', 'remote-refused'],
    ['/packed', 'permanent', 'remote-refused'],
    ['/part', 'permanent', 'remote-refused'],
    ['/busy', 'temporary', 'overloaded'],
    ['/cut', 'temporary', 'remote-unreachable'],
    ['/lying', 'permanent', 'too-large'],
    ['/endless', 'permanent', 'too-large'],
    ['/loop', 'permanent', 'not-allowed'],
    ['/inside', 'permanent', 'not-allowed'],
    ['/metadata', 'permanent', 'not-allowed'],
    ['/file-url', 'permanent', 'not-allowed'],
    ['/other-port', 'permanent', 'not-allowed'],
    ['/nowhere', 'permanent', 'not-allowed'],
  ])('is not had from %s: %s %s, and nothing is left of it', async (path, kind, reason) => {
    const { fetcher, files } = await start();
    const result = await fetcher.fetch(`http://${web.host}${path}`, MOST, undefined);
    expect(result).toMatchObject({ kind, reason });
    expect(await files()).toEqual([]);
  });

  it('is followed three times, and not a fourth', async () => {
    const before = web.seen.length;
    const { fetcher } = await start();
    await fetcher.fetch(`http://${web.host}/loop`, MOST, undefined);
    expect(web.seen.slice(before)).toEqual(Array(4).fill('GET /loop'));
  });

  it('with another hash is not the one that was sent', async () => {
    const { fetcher, files } = await start();
    expect(await fetcher.fetch(`http://${web.host}/file`, MOST, { algorithm: 'sha-512', value: SHA256 })).toMatchObject({ kind: 'permanent', reason: 'bad-content' });
    expect(await files()).toEqual([]);
  });

  it.each([
    ['/silent', { idleMs: 100 }],
    ['/drip', { totalMs: 200 }],
  ])('that takes too long at %s may come later', async (path, options) => {
    const { fetcher, files } = await start(options);
    expect(await fetcher.fetch(`http://${web.host}${path}`, MOST, undefined)).toMatchObject({ kind: 'temporary', reason: 'remote-unreachable' });
    expect(await files()).toEqual([]);
  });

  it('under way when the gateway stops may come later', async () => {
    const before = web.seen.length;
    const { fetcher } = await start();
    const fetched = fetcher.fetch(`http://${web.host}/drip`, MOST, undefined);
    await waitUntil('it is asked for', () => web.seen.length > before, 5_000);
    fetcher.close();
    expect(await fetched).toMatchObject({ kind: 'temporary' });
  });

  it.each([
    ['101', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
    ['103', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['no HTTP', 'SSH-2.0-x\r\n'],
    ['nothing', ''],
  ])('that is answered by %s and no more ends in time', async (_name, words) => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      socket.once('data', () => socket.write(words));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { fetcher, files } = await start({ trusted: () => Promise.resolve([host]), idleMs: 200, totalMs: 1_000 });
    expect(await fetcher.fetch(`http://${host}/`, MOST, undefined)).toBeInstanceOf(Failure);
    expect(await files()).toEqual([]);
    for (const socket of sockets) socket.destroy();
    server.close();
  }, 5_000);

  it('for which there is no room on the disk is waited for no more', async () => {
    let closed = false;
    const other = await startWeb((_request, response) => response.on('close', () => (closed = true)).write(BYTES));
    const { fetcher, directory } = await start({ trusted: () => Promise.resolve([other.host]) });
    await rm(directory, { recursive: true });
    expect(await fetcher.fetch(`http://${other.host}/`, MOST, undefined)).toMatchObject({ kind: 'temporary', reason: 'storage' });
    await waitUntil('the connection ends', () => closed, 3_000);
    await other.stop();
  });

  it('from before a crash is swept away', async () => {
    const { fetcher, directory, files } = await start();
    await writeFile(join(directory, 'left'), 'x');
    await fetcher.start();
    expect(await files()).toEqual([]);
  });
});

describe('a link that is not for us', () => {
  const port = (): string => String(web.port);
  const LINKS: readonly string[] = [
    'http://127.0.0.1:PORT/file', 'https://127.0.0.1:PORT/file', 'https://localhost:PORT/', 'https://0x7f000001:PORT/', 'https://2130706433:PORT/', 'https://0177.0.0.1:PORT/', 'https://127.1:PORT/',
    'https://[::ffff:127.0.0.1]:PORT/', 'https://[::ffff:7f00:1]:PORT/', 'https://[::1]:PORT/', 'https://[::]:PORT/', 'https://0.0.0.0:PORT/', 'https://[64:ff9b::7f00:1]:PORT/', 'https://[2002:7f00:1::]:PORT/',
    'http://169.254.169.254/', 'https://169.254.169.254/latest/meta-data/', 'https://１２７.０.０.１:PORT/', 'https://127。0。0。1:PORT/', 'https://user:pw@1.1.1.1/', 'https://1.1.1.1:25/', 'https://1.1.1.1:80/',
    'file:///etc/passwd', 'gopher://127.0.0.1:PORT/x', 'ftp://127.0.0.1/', 'data:text/plain,x', 'javascript:x', 'aesgcm://127.0.0.1/x#00', '//127.0.0.1/', 'x', '',
    'https://inside.test:PORT/', 'https://both.inside.test:PORT/', 'https://mapped.inside.test:PORT/', 'https://mixed.inside.test:PORT/', 'https://INSIDE.test.:PORT/',
  ];

  it.each(LINKS)('%s connects nowhere', async (link) => {
    const connections = web.connections();
    const { fetcher, files } = await start({ trusted: () => Promise.resolve([]), ask: askDns([`127.0.0.1:${dns.port}`]) });
    const result = await fetcher.fetch(link.replace('PORT', port()), MOST, undefined);
    expect(result).toBeInstanceOf(Failure);
    // `localhost` is no name of the DNS.
    if (!link.includes('localhost')) expect(result).toMatchObject({ kind: 'permanent', reason: 'not-allowed' });
    expect(web.connections()).toBe(connections);
    expect(await files()).toEqual([]);
  });

  it('of a name that answers otherwise the second time is asked for once', async () => {
    const connections = web.connections();
    const asked: string[] = [];
    const ask = (name: string): Promise<string[]> => {
      asked.push(name);
      return Promise.resolve(asked.length === 1 ? ['240.0.0.1'] : ['127.0.0.1']);
    };
    const { fetcher } = await start({ trusted: () => Promise.resolve([]), ask });
    expect(await fetcher.fetch(`https://rebind.test:${port()}/`, MOST, undefined)).toMatchObject({ reason: 'not-allowed' });
    expect(asked).toEqual(['rebind.test']);
    expect(web.connections()).toBe(connections);
  });

  it('is connected to at the addresses that were checked, and not asked for again', async () => {
    const url = new URL(`http://not.served.test:${port()}/file`);
    const answer = await get({ url, trusted: false }, [{ address: '127.0.0.1', family: 4 }], { userAgent: 'x', idleMs: 5_000, signal: new AbortController().signal });
    expect((await buffer(answer)).equals(BYTES)).toBe(true);
  });

  it('of a name with addresses of both kinds leads to the public ones alone', async () => {
    const ask = (): Promise<string[]> => Promise.resolve(['127.0.0.1', '1.1.1.1', '::1', '10.0.0.1', '2606:4700::1111']);
    const target = { url: new URL('https://mixed.test/'), trusted: false };
    expect(await addressesOf(target, ask)).toEqual([{ address: '1.1.1.1', family: 4 }, { address: '2606:4700::1111', family: 6 }]);
  });

  it('of a name without an address will have none later', async () => {
    const { fetcher } = await start({ ask: askDns([`127.0.0.1:${dns.port}`]) });
    expect(await fetcher.fetch('https://empty.inside.test/', MOST, undefined)).toMatchObject({ kind: 'permanent', reason: 'remote-unreachable' });
  });

  it('of a name that nobody can tell now may be good later', async () => {
    const { fetcher } = await start({ ask: askDns([`127.0.0.1:${dns.port}`]) });
    expect(await fetcher.fetch('https://not.served.test/', MOST, undefined)).toMatchObject({ kind: 'temporary', reason: 'remote-unreachable' });
  });
});
