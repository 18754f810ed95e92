/** The npm packages of the lock file, and the one among them that may have to be compiled. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { URL, fileURLToPath } from 'node:url';
import { ensureDebianPackages } from './debian.mjs';
import { Stop, read, runLong, say } from './shell.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What better-sqlite3 is compiled with where no prebuilt binary can be downloaded. */
const COMPILER = ['g++', 'make', 'python3'];
const LOADS_SQLITE = "new (require('better-sqlite3'))(':memory:').close()";

export async function ensureNodePackages() {
  if (!isInstalled()) await install();
  if (sqliteLoads()) return;
  say('fetching the binary of better-sqlite3');
  if (await rebuild()) return;
  say('there is none for this machine: compiling it');
  await ensureDebianPackages(COMPILER);
  if (!(await rebuild())) throw new Stop('better-sqlite3 could neither be downloaded nor compiled; see above.');
}

/** Without the install scripts: only better-sqlite3's matters, and where it fails npm would throw everything away. */
async function install() {
  say('installing the npm packages of package-lock.json');
  const command = ['npm', 'ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  if ((await runLong(command, { cwd: ROOT })) !== 0) throw new Stop('npm ci failed; see above.');
}

/** Its install script downloads a binary, or compiles where it can; headers that came with Node save a download. */
async function rebuild() {
  const prefix = dirname(dirname(process.execPath));
  const env = existsSync(join(prefix, 'include', 'node', 'node.h')) ? { npm_config_nodedir: prefix } : {};
  await runLong(['npm', 'rebuild', 'better-sqlite3'], { cwd: ROOT, env });
  return sqliteLoads();
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
