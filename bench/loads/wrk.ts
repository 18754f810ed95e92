/** Requests over 64 connections that are kept, one after another on each, as fast as they are answered: `wrk -c 64` on one thread. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url));
const CONNECTIONS = 64;
const run = promisify(execFile);

export interface Asked {
  readonly port: number;
  /** As the answering server is called in `Host`. */
  readonly host: string;
  /** Asked for in turn. */
  readonly paths: readonly string[];
  /** JSON; then it is a POST. */
  readonly body?: string;
}

/** @returns how many were answered; throws when one of them was answered with anything but 2xx or 3xx, or not at all */
export async function askFor(seconds: number, { port, host, paths, body = '' }: Asked): Promise<number> {
  const env = { ...process.env, BENCH_METHOD: body === '' ? 'GET' : 'POST', BENCH_HOST: host, BENCH_PATHS: paths.join(' '), BENCH_BODY: body };
  const { stdout } = await run('wrk', ['-t', '1', '-c', `${CONNECTIONS}`, '-d', `${seconds}s`, '-s', SCRIPT, `http://127.0.0.1:${port}`], { env });
  const [, answered, , refused, lost] = /^BENCH (\d+) (\d+) (\d+) (\d+)$/m.exec(stdout) ?? [];
  if (answered === undefined) throw new Error(`wrk said no figures:\n${stdout}`);
  if (Number(refused) + Number(lost) > 0) throw new Error(`of ${answered} requests for ${paths[0] ?? ''} ${refused ?? ''} were refused and ${lost ?? ''} lost`);
  return Number(answered);
}
