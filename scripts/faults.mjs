/** `npm run faults`: installs what the fault runs need and starts it. Arguments go to the run. */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { URL, fileURLToPath } from 'node:url';
import { ensure } from './setup.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

await ensure({ npm: true, debian: ['prosody', 'ejabberd', 'postfix', 'nsd', 'openssl', 'strace', 'fiu-utils', 'faketime'] });
const faults = spawn(process.execPath, ['--import', 'tsx', 'faults/main.ts', ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' });
// At a terminal Ctrl-C reaches the run by itself; ending here first would leave it without its launcher.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => faults.kill('SIGTERM'));
faults.on('close', (status) => (process.exitCode = status ?? 1));
