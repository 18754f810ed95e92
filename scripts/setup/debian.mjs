/** Debian packages: which are missing, and their installation, without rights named instead. */
import { existsSync, readdirSync } from 'node:fs';
import { withoutStartingServices } from './services.mjs';
import { Stop, read, rootPrefix, run, say } from './shell.mjs';

const LISTS = '/var/lib/apt/lists';
/** Nothing is asked; another apt at work is waited for; no package of the machine's owner is removed for ours. */
const INSTALL = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', '--no-remove', '-o', 'DPkg::Lock::Timeout=300'];

/** @param {string[]} packages */
export async function ensureDebianPackages(packages) {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const byHand = `apt-get update && apt-get install ${missing.join(' ')}`;
  if (!read(['apt-get', '--version']).ok) throw new Stop(`Missing, and there is no apt-get here to install them: ${missing.join(' ')}`);
  const root = rootPrefix();
  if (root === undefined) throw new Stop(`Missing Debian packages, and no rights to install them. As root:\n\n    ${byHand}\n`);
  say(`installing Debian packages: ${missing.join(' ')}`);
  const installed = await withoutStartingServices(root, () => install(root, missing));
  if (!installed || !missing.every(isInstalled)) throw new Stop(`The installation failed (see above). By hand, as root:\n\n    ${byHand}\n`);
}

/** @param {string[]} root @param {string[]} missing */
async function install(root, missing) {
  let isFresh = false;
  if (!existsLists() || !missing.every(hasCandidate)) {
    if (!(await update(root))) return false;
    isFresh = true;
  }
  if (await aptInstall(root, missing)) return true;
  if (isFresh) return false;
  say('that failed; the package lists may be old');
  return (await update(root)) && aptInstall(root, missing);
}

async function update(root) {
  say('fetching the package lists');
  return (await run([...root, 'apt-get', 'update', '-q', '-o', 'DPkg::Lock::Timeout=300'])) === 0;
}

async function aptInstall(root, missing) {
  return (await run([...root, 'env', 'DEBIAN_FRONTEND=noninteractive', ...INSTALL, ...missing])) === 0;
}

function existsLists() {
  return existsSync(LISTS) && readdirSync(LISTS).some((name) => name.includes('_Packages'));
}

function hasCandidate(name) {
  return /Candidate: (?!\(none\))/.test(read(['apt-cache', 'policy', name]).output);
}

function isInstalled(name) {
  return read(['dpkg-query', '-W', '-f', '${db:Status-Abbrev}', name]).output.startsWith('ii');
}
