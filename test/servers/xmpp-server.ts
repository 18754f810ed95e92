/**
 * What the trial servers of every kind have in common: ports, a directory of their own, users, and a life of starts,
 * stops and kills over the same data.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { claimPort, claimPorts } from './ports.js';
import { ServerProcess, type Command } from './process.js';
import { accepts, answers } from './wait.js';
import { openStream } from './stream-header.js';

/** A user's account. */
export interface Account {
  readonly jid: string;
  readonly password: string;
}

export type ServerName = 'prosody' | 'ejabberd';
export type UserName = 'juliet' | 'romeo';

export interface XmppServerOptions {
  /** ejabberd's upload service does not allow the gateway, as one that nobody told of it. */
  readonly refuseUploads?: boolean;
  /** The gateway has the privileges of XEP-0356 that the block to paste gives it. */
  readonly privilege?: boolean;
  /** The server hands the gateway copies of what it keeps for those who are offline. */
  readonly offlineCopies?: boolean;
  /** Prosody has privacy lists (XEP-0016), by a module of its community; ejabberd has them always. */
  readonly privacyLists?: boolean;
  /** The server's own domain; default `example.test`. The component is `mail.` below it. */
  readonly domain?: string;
  /** So many further accounts, `crowd0` and on, with the password `crowd`. */
  readonly crowd?: number;
  /** Lines added to the server's global configuration, in its own language. */
  readonly extra?: string;
  /** Component domains beside the gateway's own, with the same secret. */
  readonly components?: readonly string[];
}

export interface XmppServer {
  readonly name: ServerName;
  readonly domain: string;
  /** The gateway's domain. */
  readonly component: string;
  /** The secret the component shows. */
  readonly secret: string;
  readonly host: '127.0.0.1';
  readonly componentPort: number;
  /** Where the component with this domain connects. */
  portOf(component: string): number;
  readonly c2sPort: number;
  /** PEM file of the self-signed certificate that clients see after STARTTLS. */
  readonly certificate: string;
  readonly users: Readonly<Record<UserName, { readonly jid: string; readonly password: string }>>;
  /** The server's process while it runs. */
  readonly pid: number | undefined;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** Starts it again: same ports, same data. */
  start(): Promise<void>;
  /** What it has logged so far, over all its starts. */
  log(): string;
  /** Kills it and deletes its data. */
  dispose(): Promise<void>;
}

/** What a kind of server is given to write its configuration from. */
export interface Settings {
  readonly dir: string;
  readonly domain: string;
  readonly component: string;
  /** Others with the same secret, each with a port of its own, as ejabberd wants it. */
  readonly others: readonly { readonly name: string; readonly port: number }[];
  readonly secret: string;
  readonly componentPort: number;
  readonly c2sPort: number;
  /** Of the upload service. */
  readonly httpPort: number;
  readonly refuseUploads: boolean;
  readonly privilege: boolean;
  readonly offlineCopies: boolean;
  readonly privacyLists: boolean;
  readonly certificate: string;
  readonly key: string;
  readonly users: readonly { readonly name: UserName; readonly password: string }[];
  /** How many accounts of a crowd there are beside them. */
  readonly crowd: number;
  readonly extra: string;
}

/** One kind of server. */
export interface Kind {
  readonly name: ServerName;
  /** Writes configuration and accounts into `settings.dir`; returns how to run the server in the foreground. */
  prepare(settings: Settings): Promise<Command>;
  /** True once the output shows that it is ready, beside accepting connections on both ports. */
  ready(output: string): boolean;
}

const START_DEADLINE_MS = 60_000;
const run = promisify(execFile);

/** Starts a server of this kind; resolves when a client and a component can connect. */
export async function startXmppServer(kind: Kind, options: XmppServerOptions): Promise<XmppServer> {
  const settings = await makeSettings(kind.name, options);
  const life = new Life(kind, settings);
  const { domain, component, secret, componentPort, c2sPort, certificate } = settings;
  const server: XmppServer = {
    ...{ name: kind.name, domain, component, secret, host: '127.0.0.1', componentPort, c2sPort, certificate },
    users: { juliet: account(settings, 'juliet'), romeo: account(settings, 'romeo') },
    portOf: (name) => settings.others.find((other) => other.name === name)?.port ?? componentPort,
    get pid() {
      return life.pid;
    },
    stop: () => life.stop(),
    kill: () => life.kill(),
    start: () => life.start(),
    log: () => life.log(),
    dispose: () => life.dispose(),
  };
  await life.start().catch((error: unknown) => life.dispose().then(() => Promise.reject(error as Error)));
  return server;
}

async function makeSettings(name: ServerName, options: XmppServerOptions): Promise<Settings> {
  const dir = await mkdtemp(join(tmpdir(), `stanzapost-${name}-`));
  const domain = options.domain ?? 'example.test';
  const [componentPort = 0, c2sPort = 0, httpPort = 0] = await claimPorts(3);
  const others = await Promise.all((options.components ?? []).map(async (name) => ({ name, port: await claimPort() })));
  const users = (['juliet', 'romeo'] as const).map((user) => ({ name: user, password: randomBytes(12).toString('hex') }));
  const secret = randomBytes(24).toString('hex');
  const tls = await makeCertificate(dir, domain);
  return { dir, domain, component: `mail.${domain}`, secret, componentPort, c2sPort, httpPort, refuseUploads: options.refuseUploads ?? false, privilege: options.privilege ?? false, offlineCopies: options.offlineCopies ?? false, privacyLists: options.privacyLists ?? false, ...tls, users, crowd: options.crowd ?? 0, extra: options.extra ?? '', others };
}

function account(settings: Settings, name: UserName): { jid: string; password: string } {
  const user = settings.users.find((candidate) => candidate.name === name);
  if (user === undefined) throw new Error(`no user ${name}`);
  return { jid: `${name}@${settings.domain}`, password: user.password };
}

/** A self-signed certificate for a domain, valid for 30 days. */
export async function makeCertificate(dir: string, domain: string): Promise<{ certificate: string; key: string }> {
  const certificate = join(dir, 'cert.pem');
  const key = join(dir, 'key.pem');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
  const names = ['-subj', `/CN=${domain}`, '-addext', `subjectAltName=DNS:${domain}`];
  await run('openssl', ['req', '-x509', ...newKey, '-out', certificate, '-days', '30', ...names]);
  return { certificate, key };
}

/** The starts, stops and kills of one server over one data directory. */
class Life {
  #process: ServerProcess | undefined;
  #command: Command | undefined;
  #past = '';

  constructor(
    private readonly kind: Kind,
    private readonly settings: Settings,
  ) {}

  get pid(): number | undefined {
    return this.#process?.running === true ? this.#process.pid : undefined;
  }

  async start(): Promise<void> {
    if (this.#process?.running === true) throw new Error(`${this.kind.name} runs already`);
    this.#past = this.log();
    this.#command ??= await this.kind.prepare(this.settings);
    const started = new ServerProcess(this.#command);
    this.#process = started;
    await started.waitFor(`${this.kind.name} ready`, () => this.#isReady(started), START_DEADLINE_MS);
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  log(): string {
    return this.#past + (this.#process?.output() ?? '');
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.settings.dir, { recursive: true, force: true });
  }

  /** A port that accepts is not enough: Prosody takes signals only once its loop runs, which an answer shows. */
  async #isReady(started: ServerProcess): Promise<boolean> {
    const { componentPort, c2sPort, domain } = this.settings;
    if (!this.kind.ready(started.output()) || !(await accepts(componentPort))) return false;
    return answers(c2sPort, openStream(domain), '<stream:features');
  }
}
