/** The real process, `node --import tsx src/main.ts`, and a command alone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { onTestFinished } from 'vitest';
import type { Command, ExitCode, Io } from '../../src/commands/command.js';

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

/** A command in this process, beside what the test has open. @param config the path of its configuration */
export async function runCommand(command: Command, config: string, args: readonly string[]): Promise<{ readonly code: ExitCode; readonly out: string; readonly err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const io: Io = { out: (line) => void out.push(line), err: (line) => void err.push(line), env: {} };
  const { values, positionals } = parseArgs({ args: [...args, '--config', config], options: command.options, allowPositionals: true });
  const code = await command.run({ options: values, positionals }, io);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** A directory that is removed when the test ends. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'stanzapost-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
