/** The gateway's own commands, run by a story as an administrator types them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { GatewayProcess } from './gateway-process.js';

const run = promisify(execFile);

export interface Finished {
  readonly code: number;
  /** What it wrote; of a failure with what it wrote to standard error. */
  readonly out: string;
}

export async function command(gateway: GatewayProcess, ...args: string[]): Promise<Finished> {
  const { file, args: argv, cwd } = gateway.command(args);
  try {
    const { stdout } = await run(file, argv, { cwd });
    return { code: 0, out: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout + stderr };
  }
}
