/** What an administrator waits for beside a long queue: the gateway's start until it is ready, and `stanzapost queue list`. */
import { execFile } from 'node:child_process';
import { copyFile, rename } from 'node:fs/promises';
import { promisify } from 'node:util';
import { GatewayProcess } from '../../test/scenarios/gateway-process.js';
import { startProsody } from '../../test/servers/prosody.js';
import type { XmppServer } from '../../test/servers/xmpp-server.js';
import { median } from '../contest.js';
import { against, type Figure } from '../figure.js';
import type { Context } from '../row.js';

const NO_RELAY = 9;
const TIMES = 3;
const run = promisify(execFile);

/** A closed store's file, which is used up. */
export interface Filled {
  readonly name: string;
  readonly path: string;
}

interface Times {
  readonly start: number;
  readonly list: number;
}

/** The first file is what the others are compared with. */
export async function commands(context: Context, files: readonly Filled[]): Promise<Figure[]> {
  const server = await startProsody();
  context.cleanUp(() => server.dispose());
  const measured: (Times & { name: string })[] = [];
  for (const { name, path } of files) measured.push({ name, ...(await times(context, server, path)) });
  const [smallest, ...larger] = measured;
  if (smallest === undefined) return [];
  return larger.flatMap(({ name, start, list }) => [
    against(smallest.start, { name: `start of the gateway until it is ready, beside ${name} · against ${smallest.name}`, unit: 'ms', value: start, goal: null, higherIsBetter: false }),
    against(smallest.list, { name: `queue list, a hundred lines, beside ${name} · against ${smallest.name}`, unit: 'ms', value: list, goal: null, higherIsBetter: false }),
  ]);
}

/** Medians, of a process each. */
async function times(context: Context, server: XmppServer, path: string): Promise<Times> {
  const gateway = await GatewayProcess.prepare({ server, relayPort: NO_RELAY, settings: { log: 'level = "info"' } });
  context.cleanUp(() => gateway.dispose());
  await rename(path, gateway.storePath).catch(() => copyFile(path, gateway.storePath));
  const [starts, lists]: [number[], number[]] = [[], []];
  for (let i = 0; i < TIMES; i++) {
    starts.push(await timed(() => gateway.start()));
    const { file, args, cwd } = gateway.command(['queue', 'list']);
    lists.push(await timed(() => run(file, args, { cwd })));
    await gateway.stop();
  }
  return { start: median(starts), list: median(lists) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
