/** A real authoritative DNS server (nsd) with a test's own zones. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Resolver } from 'node:dns/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPort } from './ports.js';
import { ServerProcess } from './process.js';

export interface DnsServer {
  /** UDP and TCP on 127.0.0.1. */
  readonly port: number;
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 30_000;

/**
 * Serves these zones; every other name is answered REFUSED. A zone's text is its records without SOA and NS, names
 * relative to the zone: `@ TXT "v=spf1 ip4:127.0.0.1 -all"`. A string above 255 bytes is given as several quoted ones.
 */
export async function startDns(zones: Readonly<Record<string, string>>): Promise<DnsServer> {
  const dir = await mkdtemp(join(tmpdir(), 'stanzapost-dns-'));
  const port = await claimPort();
  const names = Object.keys(zones);
  for (const [name, records] of Object.entries(zones)) await writeFile(join(dir, `${name}.zone`), zoneFile(name, records));
  await writeFile(join(dir, 'nsd.conf'), configuration(dir, port, names));
  const started = new ServerProcess({ file: '/usr/sbin/nsd', args: ['-d', '-c', join(dir, 'nsd.conf')], cwd: dir });
  const stop = async (): Promise<void> => {
    await started.kill();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await started.waitFor('every zone is served', () => serves(port, names), START_DEADLINE_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

async function serves(port: number, names: readonly string[]): Promise<boolean> {
  const resolver = new Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  const answers = await Promise.allSettled(names.map((name) => resolver.resolveSoa(name)));
  return answers.every(({ status }) => status === 'fulfilled');
}

function zoneFile(name: string, records: string): string {
  return `$ORIGIN ${name}.
$TTL 1
@ SOA ns.${name}. hostmaster.${name}. 1 3600 900 86400 1
@ NS ns.${name}.
ns A 127.0.0.1
${records}
`;
}

function configuration(dir: string, port: number, names: readonly string[]): string {
  const zones = names.map((name) => `zone:\n  name: "${name}"\n  zonefile: "${name}.zone"\n`);
  return `server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  server-count: 1
  zonesdir: "${dir}"
  pidfile: ""
  xfrdfile: ""
  xfrdir: "${dir}"
  zonelistfile: "${dir}/zone.list"
  database: ""
remote-control:
  control-enable: no
${zones.join('')}`;
}
