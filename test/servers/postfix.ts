/**
 * A private, real Postfix: it relays what it gets from 127.0.0.1 to one place, and a gateway's domain to the gateway.
 * Needs root, or `sudo` without a password.
 */
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { claimPort } from './ports.js';
import { ServerProcess } from './process.js';
import { answers } from './wait.js';

export interface PostfixOptions {
  /** Port on 127.0.0.1 of the SMTP server that gets mail for every other domain. */
  readonly relayPort: number;
  /** Mail for this domain goes to this port on 127.0.0.1. */
  readonly gateway?: { readonly domain: string; readonly protocol: 'smtp' | 'lmtp'; readonly port: number };
  /** Mail for this domain goes to a process of its own each: a command line as master.cf has it, run as `nobody`. */
  readonly pipe?: { readonly domain: string; readonly command: string };
  /** PEM texts: with them it offers STARTTLS, and takes mail with it only. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface Postfix {
  /** SMTP, for clients on 127.0.0.1. */
  readonly port: number;
  /** What it has logged so far. */
  log(): string;
  /** Ends it and deletes its queue. */
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 30_000;
const SCRIPT = fileURLToPath(new URL('postfix-run.sh', import.meta.url));

export async function startPostfix(options: PostfixOptions): Promise<Postfix> {
  const dir = await mkdtemp(join(tmpdir(), 'stanzapost-postfix-'));
  const port = await claimPort();
  await mkdir(join(dir, 'conf'));
  await writeFile(join(dir, 'conf', 'main.cf'), mainConfiguration(dir, options));
  if (options.tls) await writeFile(join(dir, 'conf', 'tls.pem'), options.tls.key + options.tls.cert);
  await writeFile(join(dir, 'conf', 'master.cf'), services(port, options));
  await chmod(dir, 0o755);
  const started = new ServerProcess({ ...privileged('sh', [SCRIPT, dir]), cwd: dir, endsWithInput: true });
  const stop = async (): Promise<void> => {
    await started.end();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await started.waitFor('Postfix greets', () => answers(port, '', '220 '), START_DEADLINE_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, log: () => started.output() + readFileSync(join(dir, 'mail.log'), 'utf8'), stop };
}

function privileged(file: string, args: string[]): { file: string; args: string[] } {
  return process.getuid?.() === 0 ? { file, args } : { file: 'sudo', args: ['-n', file, ...args] };
}

function mainConfiguration(dir: string, { relayPort, gateway, pipe, tls }: PostfixOptions): string {
  const route = gateway && `${gateway.protocol}:inet:127.0.0.1:${gateway.port}`.replace(/^smtp:inet:(.*):/, 'smtp:[$1]:');
  return `compatibility_level = 3.6
queue_directory = ${dir}/spool
data_directory = ${dir}/data
maillog_file = ${dir}/mail.log
maillog_file_prefixes = ${dir}
myhostname = relay.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:${relayPort}
relay_domains = ${gateway?.domain ?? ''} ${pipe?.domain ?? ''}
transport_maps = ${gateway ? `inline:{ { ${gateway.domain} = ${route} } }` : ''} ${pipe ? `inline:{ { ${pipe.domain} = process: } }` : ''}
alias_maps =
local_recipient_maps =
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtputf8_enable = yes
message_size_limit = 104857600
notify_classes =
# What is deferred is tried again within seconds.
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
${tls ? `smtpd_tls_chain_files = ${dir}/conf/tls.pem\nsmtpd_tls_security_level = encrypt\n` : ''}`;
}

function services(port: number, { pipe }: PostfixOptions): string {
  const internal = ['cleanup unix n - n - 0 cleanup', 'qmgr unix n - n 300 1 qmgr', 'rewrite unix - - n - - trivial-rewrite'];
  const outgoing = ['smtp', 'relay smtp', 'lmtp'].map((names) => names.split(' ')).map(([name = '', program = name]) => `${name} unix - - n - - ${program}`);
  const failing = ['bounce', 'defer bounce', 'trace bounce'].map((names) => names.split(' ')).map(([name = '', program = name]) => `${name} unix - - n - 0 ${program}`);
  const rest = ['retry unix - - n - - error', 'error unix - - n - - error', 'anvil unix - - n - 1 anvil', 'scache unix - - n - 1 scache'];
  const last = ['postlog unix-dgram n - n - 1 postlogd', 'proxymap unix - - n - - proxymap', 'tlsmgr unix - - n 1000? 1 tlsmgr'];
  const piped = pipe ? [`process unix - n n - 20 pipe user=nobody argv=${pipe.command}`] : [];
  return [`127.0.0.1:${port} inet n - n - - smtpd`, ...internal, ...outgoing, ...failing, ...rest, ...last, ...piped, ''].join('\n');
}
