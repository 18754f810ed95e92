/** nginx, Caddy and Apache as Debian has them, in front of a gateway, with the configurations that docs/operation.md tells administrators to use. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from './process.js';
import { accepts } from './wait.js';
import { makeCertificate } from './xmpp-server.js';

export type WebServerKind = 'nginx' | 'caddy' | 'apache';

export interface WebServer {
  /** Of the gateway's pages: `https://localhost:PORT/post`. */
  readonly publicUrl: string;
  /** PEM; it is its own authority. */
  readonly certificate: string;
  /** Ends it, and removes what it has written. */
  stop(): Promise<void>;
}

/** What is an installation's own. */
interface Place {
  readonly dir: string;
  readonly port: number;
  readonly certificate: string;
  readonly key: string;
}

interface Kind {
  readonly command: (config: string) => readonly [file: string, ...args: readonly string[]];
  /** Puts what the docs tell into a whole configuration that needs nothing of the machine's. @param told with the ports and names of this place */
  readonly whole: (told: string, place: Place) => string;
}

const START_DEADLINE_MS = 30_000;
const DOCS = join(import.meta.dirname, '../../docs/operation.md');

const KINDS: Readonly<Record<WebServerKind, Kind>> = {
  nginx: {
    command: (config) => ['nginx', '-c', config],
    whole: (told, { dir }) => {
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`);
      return `user root;\ndaemon off;\npid ${dir}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\ngzip on;\n${paths.join('\n')}\n${told}\n}\n`;
    },
  },
  caddy: {
    command: (config) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', config],
    whole: (told, { dir, port, certificate, key }) =>
      `{\nadmin off\nauto_https disable_redirects\nhttps_port ${port}\nstorage file_system ${dir}\n}\n${replaced(told, 'localhost {', `localhost:${port} {\ntls ${certificate} ${key}\nencode gzip`)}`,
  },
  apache: {
    command: (config) => ['apache2', '-D', 'FOREGROUND', '-f', config],
    whole: (told, { dir, port }) => {
      const modules = ['mpm_event', 'authz_core', 'socache_shmcb', 'ssl', 'http2', 'proxy', 'proxy_http', 'setenvif', 'filter', 'deflate', 'mime', 'reqtimeout'];
      const loads = modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
      const debian = ['deflate', 'reqtimeout'].map((name) => `Include /etc/apache2/mods-available/${name}.conf`);
      const own = [`ServerRoot ${dir}`, `DefaultRuntimeDir ${dir}`, `PidFile ${dir}/pid`, `ErrorLog ${dir}/error.log`, 'User www-data', 'Group www-data', 'ServerName localhost', 'TypesConfig /etc/mime.types'];
      const log = 'LogFormat "%r" combined';
      return [...own, ...loads, ...debian, log, `Listen 127.0.0.1:${port}`, replaced(told, '/var/log/apache2', dir), ''].join('\n');
    },
  },
};

/** @param gateway where it will listen. @param port where the web server does: a gateway's public URL is known before either runs */
export async function startWebServer(kind: WebServerKind, gateway: number, port: number): Promise<WebServer> {
  const dir = await mkdtemp(join(tmpdir(), `stanzapost-${kind}-`));
  const place = { dir, port, ...(await makeCertificate(dir, 'localhost')) };
  const { command, whole } = KINDS[kind];
  const config = join(dir, 'config');
  await writeFile(config, whole(await toldOf(kind, gateway, place), place));
  const [file, ...args] = command(config);
  const running = new ServerProcess({ file, args, cwd: dir, env: { HOME: dir } });
  const stop = async (): Promise<void> => {
    await running.kill();
    await rm(dir, { recursive: true, force: true });
  };
  await running.waitFor(`${kind} listens`, () => accepts(port), START_DEADLINE_MS).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { publicUrl: publicUrlAt(port), certificate: await readFile(place.certificate, 'utf8'), stop };
}

/** The blocks of the docs, with the ports, the name and the certificate of this place. */
async function toldOf(kind: WebServerKind, gateway: number, { port, certificate, key }: Place): Promise<string> {
  const docs = await readFile(DOCS, 'utf8');
  const told = [...docs.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block).join('\n');
  const here = replaced(replaced(told, '127.0.0.1:8881', `127.0.0.1:${gateway}`), 'example.com', 'localhost');
  if (kind === 'caddy') return here;
  const secured = replaced(replaced(here, '/etc/ssl/certs/localhost.pem', certificate), '/etc/ssl/private/localhost.key', key);
  return kind === 'nginx' ? replaced(secured, 'listen 443 ', `listen 127.0.0.1:${port} `) : replaced(secured, '*:443', `*:${port}`);
}

/** Everywhere; throws where there is nothing to replace: the docs have changed, and what runs here would not be what they say. */
function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`nothing of docs/operation.md says ${from}:\n${text}`);
  return text.replaceAll(from, to);
}

export function publicUrlAt(port: number): string {
  return `https://localhost:${port}/post`;
}
