/** `npm run bench`: installs what the bench needs and starts it. Arguments go to the bench. */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { URL, fileURLToPath } from 'node:url';
import { ensure } from './setup.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

await ensure({ npm: true, debian: ['prosody', 'ejabberd', 'postfix', 'nsd', 'openssl', 'go-sendxmpp', 'sendxmpp', 'wrk', 'prosody-modules', 'ejabberd-mod-webpresence'] });
const bench = spawn(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' });
// At a terminal Ctrl-C reaches the bench by itself; ending here first would leave it without its launcher.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => bench.kill('SIGTERM'));
bench.on('close', (status) => (process.exitCode = status ?? 1));
