/**
 * Installing a server package must not leave a server running on its standard port: Debian starts and enables services as
 * it installs them. We want the program alone.
 *
 * Before: a `policy-rc.d` that forbids starts, unless the machine has one of its own. After: units of newly installed
 * packages that are active or enabled are stopped and disabled, and so are daemons that appeared beside them. What ran
 * before is left alone, because only new packages and new processes are looked at.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { Stop, read, say } from './shell.mjs';

const POLICY = '/usr/sbin/policy-rc.d';
const MARK = '# Written by the setup of stanzapost, process';
/** Daemons that a maintainer script may start beside the service manager, by their process name. */
const DAEMONS = new Set(['beam.smp', 'epmd', 'lua5.4', 'master', 'nsd', 'prosody']);
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs an installation; its result is passed on. A signal is obeyed once the installation, which must not be cut in the
 * middle, and the cleaning up are over.
 * @template T @param {string[]} root @param {() => Promise<T>} install @returns {Promise<T>}
 */
export async function withoutStartingServices(root, install) {
  let caught = '';
  const note = (signal) => {
    caught = signal;
    say(`${signal}: stopping after this installation`);
  };
  SIGNALS.forEach((signal) => process.on(signal, note));
  const before = { packages: installedPackages(), daemons: new Set(daemons().map(({ pid }) => pid)) };
  const isOurs = forbidStarts(root);
  const result = await install().finally(() => {
    if (isOurs) read([...root, 'rm', '-f', POLICY]);
    stopNewUnits(root, before.packages);
    stopNewDaemons(root, before.daemons);
    SIGNALS.forEach((signal) => process.off(signal, note));
  });
  if (caught !== '') throw new Stop(`stopped by ${caught}`, 130);
  return result;
}

/** @returns {boolean} true when the policy is ours to remove; one that a killed setup left behind is taken over */
function forbidStarts(root) {
  if (existsSync(POLICY) && !isLeftBehind(readFileSync(POLICY, 'utf8'))) return false;
  const script = `#!/bin/sh\n${MARK} ${process.pid}\nexit 101\n`;
  return read([...root, 'sh', '-c', `cat >${POLICY} && chmod 755 ${POLICY}`], script).ok;
}

function isLeftBehind(policy) {
  const [, pid] = policy.match(new RegExp(`^${MARK} (\\d+)$`, 'm')) ?? [];
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}

function installedPackages() {
  const lines = read(['dpkg-query', '-W', '-f', '${db:Status-Abbrev} ${binary:Package}\\n']).output.split('\n');
  return new Set(lines.filter((line) => line.startsWith('ii ')).map((line) => line.slice(3).trim()));
}

function stopNewUnits(root, packagesBefore) {
  if (!existsSync('/run/systemd/system')) return;
  for (const name of installedPackages()) {
    if (packagesBefore.has(name)) continue;
    const files = read(['dpkg-query', '-L', name]).output.matchAll(/\/systemd\/system\/([^/\s]+\.(?:service|socket|timer))$/gm);
    for (const [, unit = ''] of files) stopUnit(root, unit);
  }
}

function stopUnit(root, unit) {
  if (read(['systemctl', 'is-active', unit]).ok) {
    say(`stopping ${unit}, which the installation started`);
    read([...root, 'systemctl', 'stop', unit]);
  }
  if (read(['systemctl', 'is-enabled', unit]).output.trim() === 'enabled') read([...root, 'systemctl', 'disable', unit]);
}

/** Only those adopted by process 1: a server that somebody else starts now has a parent of its own. */
function stopNewDaemons(root, pidsBefore) {
  for (const { pid, name } of daemons()) {
    if (pidsBefore.has(pid)) continue;
    say(`stopping ${name} (process ${pid}), which the installation started`);
    read([...root, 'kill', pid]);
  }
}

function daemons() {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.map((pid) => ({ pid, ...statusOf(pid) })).filter(({ name, parent }) => DAEMONS.has(name) && parent === '1');
}

/** Name and parent of a process; empty when it has just ended. */
function statusOf(pid) {
  const { output } = read(['cat', `/proc/${pid}/status`]);
  return { name: output.match(/^Name:\t(.*)$/m)?.[1] ?? '', parent: output.match(/^PPid:\t(.*)$/m)?.[1] ?? '' };
}
