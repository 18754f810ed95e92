/** The real process: `node --import tsx src/main.ts`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export async function stanzapost(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = tmpdir()): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', TSX, MAIN, ...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}

/** A directory that is removed when the test ends. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'stanzapost-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
