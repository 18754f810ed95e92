/** The gateway as an administrator runs it: a process of its own, with a configuration file and a data directory. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LIMITS } from '../../src/bridge/limits.js';
import { claimPorts } from '../servers/ports.js';
import type { MailProtocol } from '../servers/smtp-sink.js';
import { ServerProcess, type Command } from '../servers/process.js';
import type { XmppServer } from '../servers/xmpp-server.js';

/** Built by `test/build.ts`. */
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const ROOT = dirname(dirname(MAIN));
const START_DEADLINE_MS = 60_000;

export interface GatewayOptions {
  readonly server: XmppServer;
  /** Port of the relay on 127.0.0.1. */
  readonly relayPort: number;
  /** Default `smtp`. */
  readonly relayProtocol?: MailProtocol;
  /** Port of the DNS server on 127.0.0.1; without it nobody is verified. */
  readonly dnsPort?: number;
  /** Further lines by section, such as `{ smtp_out: 'retry = ["1s"]' }`. */
  readonly settings?: Readonly<Partial<Record<Section, string>>>;
  /** Its domain, when it is not the server's first component. */
  readonly component?: string;
  /** For node itself, such as `--cpu-prof`. */
  readonly nodeArgs?: readonly string[];
  /** How the process is run: in a namespace, under a preloaded library. */
  readonly wrap?: (command: Command, gateway: GatewayProcess) => Command;
}

type Section = 'xmpp' | 'access' | 'limits' | 'smtp_in' | 'smtp_out' | 'web' | 'sms' | 'files' | 'offline' | 'store' | 'backup' | 'log';

/** Loads and floods are measured without; a story about limits names its own, and has the defaults of the others. */
const NO_LIMITS = LIMITS.map((name) => `${name} = "0"`).join('\n');

export class GatewayProcess {
  #process: ServerProcess | undefined;
  #past = '';

  private constructor(
    readonly dir: string,
    readonly smtpPort: number,
    readonly lmtpPort: number,
    readonly adminPort: number,
    private readonly nodeArgs: readonly string[],
    private readonly wrap: NonNullable<GatewayOptions['wrap']> = (command) => command,
  ) {}

  /** Writes the configuration into a fresh directory; `start` runs it. */
  static async prepare(options: GatewayOptions): Promise<GatewayProcess> {
    const dir = await mkdtemp(join(tmpdir(), 'stanzapost-gateway-'));
    const [smtp = 0, lmtp = 0, admin = 0] = await claimPorts(3);
    const gateway = new GatewayProcess(dir, smtp, lmtp, admin, options.nodeArgs ?? [], options.wrap);
    await mkdir(join(dir, 'data'));
    await writeFile(gateway.configPath, gateway.#config(options), { mode: 0o600 });
    return gateway;
  }

  get configPath(): string {
    return join(this.dir, 'stanzapost.toml');
  }

  get storePath(): string {
    return join(this.dir, 'data', 'stanzapost.db');
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** Starts the process; resolves when it is ready (XMPP link up, SMTP listening, store open). */
  async start(): Promise<void> {
    await this.launch();
    await this.#process?.waitFor('the gateway is ready', () => this.ready(), START_DEADLINE_MS);
  }

  /** Starts the process; resolves when it takes mail, whatever else is missing. */
  async launch(): Promise<void> {
    this.#past = this.log();
    this.#process = this.spawn();
    await this.#process.waitFor('the gateway lives', () => this.probe('/healthz'), START_DEADLINE_MS);
  }

  /** Runs it beside this object's own, for a start that is expected to fail. */
  spawn(): ServerProcess {
    return new ServerProcess(this.wrap(this.command(['run']), this));
  }

  /** How to run one of the gateway's commands on this configuration. */
  command(args: readonly string[]): { file: string; args: readonly string[]; cwd: string } {
    return { file: process.execPath, args: [...this.nodeArgs, MAIN, ...args, '--config', this.configPath], cwd: ROOT };
  }

  ready(): Promise<boolean> {
    return this.probe('/readyz');
  }

  async probe(path: string): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.adminPort}${path}`)).ok;
    } catch (error) {
      if (error instanceof TypeError) return false;
      throw error;
    }
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.adminPort}/metrics`)).text();
  }

  /** SIGTERM, and waits for the end. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  signal(signal: NodeJS.Signals): void {
    if (this.pid !== undefined) process.kill(this.pid, signal);
  }

  /** Everything logged so far, over all its starts. */
  log(): string {
    return this.#past + (this.#process?.output() ?? '');
  }

  async configText(): Promise<string> {
    return readFile(this.configPath, 'utf8');
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  #config({ server, relayPort, relayProtocol = 'smtp', dnsPort, settings = {}, component = server.component }: GatewayOptions): string {
    const sections: Record<Section, string> = {
      xmpp: `service = "xmpp://127.0.0.1:${server.portOf(component)}"\ndomain = "${component}"\nsecret = "${server.secret}"\nhome = "${server.domain}"`,
      access: `admins = ["${server.users.juliet.jid}"]`,
      limits: settings.limits === undefined ? NO_LIMITS : '',
      smtp_in: `listen = ["127.0.0.1:${this.smtpPort}"]\nlmtp = ["127.0.0.1:${this.lmtpPort}"]\n${dnsPort === undefined ? 'verify = false' : `dns = ["127.0.0.1:${dnsPort}"]\ntrusted_peers = []`}`,
      // A story sees a mail for each line, unless it is about bursts.
      smtp_out: `relay = "${relayProtocol}://127.0.0.1:${relayPort}"\nburst = "0"`,
      web: `admin_listen = "127.0.0.1:${this.adminPort}"`,
      sms: '',
      files: '',
      offline: '',
      store: `url = "sqlite:${this.storePath}"`,
      backup: '',
      log: 'level = "debug"',
    };
    const names = Object.keys(sections) as Section[];
    return names.map((name) => `[${name}]\n${merge(sections[name], settings[name])}\n`).join('\n');
  }
}

/** `more` wins over `lines` key by key: TOML refuses a key twice. */
function merge(lines: string, more = ''): string {
  const keys = new Set(more.split('\n').map((line) => line.split('=')[0]?.trim()));
  const kept = lines.split('\n').filter((line) => !keys.has(line.split('=')[0]?.trim()));
  return [...kept, more].join('\n');
}
