/** `npm test`: installs what the suite needs, runs it, and ends with a plain line of counts. Arguments go to vitest. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { URL, fileURLToPath } from 'node:url';
import { ensure } from './setup.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const DEBIAN = ['prosody', 'ejabberd', 'postfix', 'nsd', 'rspamd', 'swaks', 'libnet-ssleay-perl', 'python3-slixmpp', 'prosody-modules', 'erlang-base', 'openssl', 'strace', 'fiu-utils', 'faketime', 'chromium', 'firefox-esr', 'webkit2gtk-driver', 'xvfb', 'fonts-droid-fallback', 'nginx', 'caddy', 'apache2'];

/** @param {string} report @returns {Promise<number>} vitest's exit status */
function vitest(report) {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const child = spawn(process.execPath, [...args, ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on('close', (status) => resolve(status ?? 1)));
}

/** A test file that could not be run at all counts as one failure: it holds no test that failed. */
function counts(report) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const broken = testResults.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'));
  const skipped = numPendingTests + numTodoTests;
  return `${numPassedTests} passed, ${numFailedTests + broken.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

await ensure({ npm: true, debian: DEBIAN });
const directory = mkdtempSync(join(tmpdir(), 'stanzapost-report-'));
const report = join(directory, 'report.json');
const status = await vitest(report);
process.stdout.write(`${existsSync(report) ? counts(report) : `vitest ended with status ${status} before it had a result`}\n`);
rmSync(directory, { recursive: true });
process.exitCode = status;
