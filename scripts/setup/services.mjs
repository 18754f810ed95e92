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
import { setTimeout as delay } from 'node:timers/promises';
import { Stop, read, say } from './shell.mjs';

const POLICY = '/usr/sbin/policy-rc.d';
const MARK = '# Written by the setup of stanzapost, process';
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
  const before = { packages: installedPackages(), pids: new Set(orphans().map(({ pid }) => pid)) };
  const isOurs = forbidStarts(root);
  const result = await install().finally(async () => {
    if (isOurs) read([...root, 'rm', '-f', POLICY]);
    const files = filesOfNewPackages(before.packages);
    stopNewUnits(root, files);
    await stopNewDaemons(root, before.pids, new Set(files));
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

/** @param {Set<string>} packagesBefore @returns {string[]} paths */
function filesOfNewPackages(packagesBefore) {
  const added = [...installedPackages()].filter((name) => !packagesBefore.has(name));
  return added.length === 0 ? [] : read(['dpkg-query', '-L', ...added]).output.split('\n');
}

function stopNewUnits(root, files) {
  if (!existsSync('/run/systemd/system')) return;
  for (const file of files) {
    const [, unit] = file.match(/\/systemd\/system\/([^/]+\.(?:service|socket|timer))$/) ?? [];
    if (unit !== undefined) stopUnit(root, unit);
  }
}

function stopUnit(root, unit) {
  if (read(['systemctl', 'is-active', unit]).ok) {
    say(`stopping ${unit}, which the installation started`);
    read([...root, 'systemctl', 'stop', unit]);
  }
  if (read(['systemctl', 'is-enabled', unit]).output.trim() === 'enabled') read([...root, 'systemctl', 'disable', unit]);
}

/** Daemons started beside systemd: new, adopted by process 1, and run from a file of a new package. */
async function stopNewDaemons(root, pidsBefore, files) {
  for (const { pid, command } of orphans()) {
    const isNew = !pidsBefore.has(pid) && command.slice(0, 2).some((word) => files.has(word));
    if (!isNew) continue;
    say(`stopping process ${pid} (${command.join(' ')}), which the installation started`);
    await end(root, pid);
  }
}

/** Through the shell, which has `kill` where procps is not installed. SIGTERM each second, since a daemon that has just been started may not listen yet, then SIGKILL. */
async function end(root, pid) {
  for (let attempt = 0; attempt < 10 && existsSync(`/proc/${pid}`); attempt += 1) {
    read([...root, 'sh', '-c', `kill ${pid}`]);
    await delay(1_000);
  }
  if (existsSync(`/proc/${pid}`)) read([...root, 'sh', '-c', `kill -KILL ${pid}`]);
}

/** The children of process 1; a server that somebody else starts meanwhile has a parent of its own. */
function orphans() {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.filter((pid) => /^PPid:\t1$/m.test(procFile(pid, 'status'))).map((pid) => ({ pid, command: procFile(pid, 'cmdline').split('\0') }));
}

/** Empty when the process has just ended. */
function procFile(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(error.code)) return '';
    throw error;
  }
}
