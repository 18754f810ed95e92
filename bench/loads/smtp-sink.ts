/** Postfix's smtp-sink, which takes every mail and throws it away; its own counter (`-c`) says how many it has taken. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { claimPort } from '../../test/servers/ports.js';
import { accepts, waitUntil } from '../../test/servers/wait.js';

const START_DEADLINE_MS = 10_000;
const BACKLOG = '1000';

export interface CountingSink {
  readonly port: number;
  readonly pid: number | undefined;
  /** Mails whose final dot it has answered, since its start. */
  readonly count: number;
  /** Called when `count` has changed. */
  onCount: ((count: number) => void) | undefined;
  stop(): Promise<void>;
}

export async function startCountingSink(): Promise<CountingSink> {
  const port = await claimPort();
  // It wants to know under whom to run when it is started by root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '/usr/sbin/smtp-sink', '-c', ...user, `127.0.0.1:${port}`, BACKLOG], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sink = {
    port,
    pid: child.pid,
    count: 0,
    onCount: undefined as ((count: number) => void) | undefined,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    const count = lastCount(text);
    if (count === undefined || count === sink.count) return;
    sink.count = count;
    sink.onCount?.(count);
  });
  await waitUntil('smtp-sink listens', () => accepts(port), START_DEADLINE_MS);
  return sink;
}

/** It writes `sess=3 quit=0 mesg=17` again and again, parted by carriage returns; the last one may be cut. */
export function lastCount(text: string): number | undefined {
  const end = text.lastIndexOf('\r');
  const [, count] = /mesg=(\d+)$/.exec(text.slice(text.lastIndexOf('\r', end - 1) + 1, end)) ?? [];
  return count === undefined ? undefined : Number(count);
}
