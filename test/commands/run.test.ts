import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { waitUntil } from '../servers/wait.js';

const FIXTURE = fileURLToPath(new URL('run-fixture.ts', import.meta.url));
const DEADLINE_MS = 30_000;
vi.setConfig({ testTimeout: 2 * DEADLINE_MS });

interface Running {
  readonly child: ChildProcess;
  /** Waits for this message of the log. */
  said(message: string): Promise<void>;
  /** Messages of the log so far. */
  messages(): string[];
  readonly exit: Promise<unknown>;
}

const children: ChildProcess[] = [];
afterAll(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

function run(kind: string): Running {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), FIXTURE, kind], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const messages = (): string[] => out.trim().split('\n').filter(Boolean).map((line) => (JSON.parse(line) as { msg: string }).msg);
  const exit = once(child, 'close').then(([code, signal]: unknown[]) => code ?? signal);
  return { child, exit, messages, said: async (message) => void (await waitUntil(message, () => messages().includes(message), DEADLINE_MS)) };
}

describe.concurrent('run', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s drains and ends with 0', async (signal) => {
    const gateway = run('good');
    await gateway.said('running');
    gateway.child.kill(signal);
    expect(await gateway.exit).toBe(0);
    expect(gateway.messages()).toEqual(['starting', 'running', 'stopping', 'gateway.stop', 'stopped']);
  });

  test('the second signal ends at once, and not with 0', async () => {
    const gateway = run('stuck');
    await gateway.said('running');
    gateway.child.kill('SIGTERM');
    await gateway.said('gateway.stop');
    gateway.child.kill('SIGTERM');
    expect(await gateway.exit).toBe(1);
    expect(gateway.messages().at(-1)).toBe('ended at once');
  });

  test('a gateway that is broken stops in order, and not with 0', async () => {
    const gateway = run('broken');
    expect(await gateway.exit).toBe(1);
    expect(gateway.messages()).toEqual(['starting', 'running', 'the gateway ends, to be started again', 'gateway.stop', 'stopped']);
  });

  test('SIGHUP reads again, as often as it comes, and the gateway goes on', async () => {
    const gateway = run('good');
    await gateway.said('running');
    for (const count of [1, 2]) {
      gateway.child.kill('SIGHUP');
      await waitUntil('reload', () => gateway.messages().filter((message) => message === 'gateway.reload').length === count, DEADLINE_MS);
    }
    gateway.child.kill('SIGTERM');
    expect(await gateway.exit).toBe(0);
    expect(gateway.messages().filter((message) => message === 'reread')).toHaveLength(2);
  });

  test('a gateway that is still starting stops, too', async () => {
    const gateway = run('slow');
    await gateway.said('starting');
    gateway.child.kill('SIGTERM');
    expect(await gateway.exit).toBe(0);
    expect(gateway.messages()).not.toContain('running');
  });

  test('a gateway that cannot start says why and ends with 1', async () => {
    const gateway = run('refused');
    expect(await gateway.exit).toBe(1);
    expect(gateway.messages()).toContain('the gateway did not start');
  });

  test('a bug is logged, and the process ends with 1', async () => {
    const gateway = run('bug');
    expect(await gateway.exit).toBe(1);
    expect(gateway.messages()).toContain('ended by a bug');
  });
});
