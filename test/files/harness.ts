/** A web server that does as it is told, and a fetcher that knows it or does not. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileFetcher, type FetcherOptions } from '../../src/files/fetcher.js';
import { askDns } from '../../src/files/resolve.js';
import { Spool } from '../../src/files/spool.js';

export interface WebServer {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** `METHOD path` of each request, in order. */
  readonly seen: readonly string[];
  /** Connections so far, also those that asked nothing. */
  readonly connections: () => number;
  stop(): Promise<void>;
}

export async function startWeb(listener: RequestListener): Promise<WebServer> {
  const seen: string[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    listener(request, response);
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port, host: `127.0.0.1:${port}`, seen, connections: () => connections, stop };
}

export interface Fetching {
  readonly fetcher: FileFetcher;
  readonly directory: string;
  /** What lies in the spool. */
  readonly files: () => Promise<string[]>;
  readonly mode: () => Promise<number>;
  stop(): Promise<void>;
}

export async function startFetcher(options: Partial<FetcherOptions> = {}): Promise<Fetching> {
  const root = await mkdtemp(join(tmpdir(), 'stanzapost-files-'));
  const directory = join(root, 'fetched');
  const fetcher = new FileFetcher({ userAgent: 'Stanzapost/test', trusted: () => Promise.resolve([]), ask: askDns(['127.0.0.1:9']), ...options }, new Spool(directory));
  await fetcher.start();
  return {
    fetcher,
    directory,
    files: () => readdir(directory),
    mode: async () => (await stat(directory)).mode & 0o777,
    stop: async () => {
      fetcher.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
