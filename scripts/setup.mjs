/**
 * Makes sure that what a command needs is on this machine: npm packages of the lock file, and Debian packages.
 *
 * Plain JavaScript without dependencies: it runs before there are any. Speaks on standard error, so that standard output
 * stays the command's own. Run by itself, `node scripts/setup.mjs [debian packages]` does the same.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensureDebianPackages } from './setup/debian.mjs';
import { ensureNodePackages } from './setup/npm.mjs';
import { Stop, say } from './setup/shell.mjs';

const OLDEST_NODE = [20, 19];

/**
 * Ends the process with status 1, after saying what is missing, when something cannot be had.
 * @param {{ npm?: boolean, debian?: string[] }} needs
 */
export async function ensure({ npm = true, debian = [] }) {
  try {
    checkNode();
    await ensureDebianPackages(debian);
    if (npm) await ensureNodePackages();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    say(error.message);
    process.exit(error.status);
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldMajor, oldMinor] = OLDEST_NODE;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return;
  throw new Stop(`Node ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.versions.node}.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ensure({ debian: process.argv.slice(2) });
