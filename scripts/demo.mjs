/** `npm run demo`: installs what the demo needs and starts it. Arguments go to the demo (`--once` ends after the round trip). */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { URL, fileURLToPath } from 'node:url';
import { ensure } from './setup.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

await ensure({ npm: true, debian: ['prosody', 'openssl'] });
const demo = spawn(process.execPath, ['--import', 'tsx', 'demo/demo.ts', ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' });
// At a terminal Ctrl-C reaches the demo by itself; ending here first would leave it without its launcher.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => demo.kill('SIGTERM'));
demo.on('close', (status) => (process.exitCode = status ?? 1));
