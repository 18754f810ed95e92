/** The npm packages of the lock file, and the one among them that may have to be compiled. */
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { URL, fileURLToPath } from 'node:url';
import { ensureDebianPackages } from './debian.mjs';
import { Stop, read, run, say } from './shell.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What better-sqlite3 is compiled with where no prebuilt binary can be downloaded. */
const COMPILER = ['g++', 'make', 'python3'];
const LOADS_SQLITE = "new (require('better-sqlite3'))(':memory:').close()";

export async function ensureNodePackages() {
  if (!isInstalled()) await install();
  if (sqliteLoads()) return;
  say('better-sqlite3 cannot be loaded: compiling it (about two minutes)');
  await ensureDebianPackages(COMPILER);
  await run(['npm', 'rebuild', 'better-sqlite3'], { cwd: ROOT });
  if (!sqliteLoads()) throw new Stop('better-sqlite3 could neither be downloaded nor compiled; see above.');
}

async function install() {
  say('installing the npm packages of package-lock.json (about a minute)');
  const command = ['npm', 'ci', '--include=dev', '--no-audit', '--no-fund'];
  if ((await run(command, { cwd: ROOT })) === 0) return;
  say('npm failed; trying again with a compiler, which native packages need where no binary is ready');
  await ensureDebianPackages(COMPILER);
  if ((await run(command, { cwd: ROOT })) !== 0) throw new Stop('npm ci failed; see above.');
}

/** True when every package that the lock file asks for on this machine is there in that very version. */
function isInstalled() {
  const installed = readPackages('node_modules/.package-lock.json');
  if (installed === undefined) return false;
  const wanted = Object.entries(readPackages('package-lock.json') ?? {}).filter(([path]) => path !== '');
  return wanted.every(([path, { version, optional }]) => {
    const there = installed[path];
    return there === undefined ? optional === true : there.version === version;
  });
}

/** @returns {Record<string, { version?: string, optional?: boolean }> | undefined} */
function readPackages(path) {
  const file = `${ROOT}${path}`;
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

function sqliteLoads() {
  return read([process.execPath, '-e', `process.chdir(${JSON.stringify(ROOT)}); ${LOADS_SQLITE}`]).ok;
}
