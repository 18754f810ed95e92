/** Builds `dist/` before the suite: the stories run the gateway as it is installed. Only what changed is compiled. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The gateway, and what it serves to browsers. */
const PROJECTS = ['tsconfig.build.json', 'src/web/widget'];

export async function build(): Promise<void> {
  const run = promisify(execFile);
  for (const project of PROJECTS) await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], { cwd: ROOT });
}

/** vitest's global set-up. */
export default build;
