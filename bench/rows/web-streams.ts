/**
 * One change of presence until the last of 10,000 open event streams has it, against the same bytes written to 10,000 plain sockets,
 * and as 10,000 answers of node:http. Ours begins when the user's client writes its presence to the XMPP server; the moment in which the
 * gateway waits for what else changes with it is taken off.
 */
import { SETTLE } from '../../src/presence/board.js';
import { contest, type Contender, type Result } from '../contest.js';
import { against, type Figure } from '../figure.js';
import { Line } from '../line.js';
import type { ReadersOptions } from '../lines/stream-readers.js';
import type { StreamsOptions } from '../lines/streams.js';
import { pidOf, residentMb } from '../processes.js';
import { away, publishedUsers, type Published } from '../published.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';

/** Changes of one user in quick succession are told less and less often: several take turns. */
const USERS = 4;
const RAW_GOAL = 1.25;

export const webStreams: Row = { id: 'web-streams', title: 'one change to 10,000 open event streams', quick: false, servers: SERVERS, run };

async function run(context: Context): Promise<Figure[]> {
  const streams = context.quick ? 1_000 : 10_000;
  const published = await publishedUsers(context, USERS);
  const target = `/v1/stream?${published.ids.map((id) => `id=${id}`).join('&')}`;
  const gatewayPid = pidOf(published.gateway, 'the gateway');
  const ours = await follow(context, gatewayPid, { port: published.port, target, streams });
  const contenders = [contender('gateway', ours, change(published))];
  const others = context.profile === null ? await baselines(context, published, streams) : [];
  for (const { kind, line, followed } of others) contenders.push(contender(kind, followed, () => line.tell('write')));
  const results = await contest(context, contenders, { seconds: 1, warmUp: streams, least: streams, most: streams });
  return figures(`one change to ${streams.toLocaleString('en-US')} streams · ${serverOf(context)}`, streams, results, [ours.kB, ...others.map(({ followed }) => followed.kB)]);
}

interface Followed {
  readonly readers: Line;
  readonly streams: number;
  readonly pid: number;
  /** Memory of the server for each stream. */
  readonly kB: number;
}

/** Opens them. */
async function follow(context: Context, pid: number, options: ReadersOptions): Promise<Followed> {
  const before = residentMb(pid);
  const readers = await Line.start('stream-readers', options);
  context.cleanUp(() => readers.stop());
  return { readers, streams: options.streams, pid, kB: ((residentMb(pid) - before) * 1_024) / options.streams };
}

async function baselines(context: Context, { port, ids }: Published, streams: number) {
  const [id = ''] = ids;
  const answer = await fetch(`http://127.0.0.1:${port}/v1/presence/${id}`);
  const event = `event: presence\nid: 1700000000000-1\ndata: ${await answer.text()}\n\n`;
  const started = [];
  for (const kind of ['raw', 'http'] as const) {
    const line = await Line.start('streams', { kind, event } satisfies StreamsOptions);
    context.cleanUp(() => line.stop());
    started.push({ kind, line, followed: await follow(context, pidOf(line, kind), { port: line.port, target: '/', streams }) });
  }
  return started;
}

/** The next user writes other words. */
function change({ clients }: Published): () => void {
  let changes = 0;
  return () => {
    clients[changes % USERS]?.send(away(`${changes}`));
    changes++;
  };
}

function contender(name: string, { readers, streams, pid }: Followed, begin: () => void): Contender {
  return {
    name,
    processes: { [name]: pid, readers: pidOf(readers, 'the readers') },
    prepare: () => Promise.resolve(async () => {
      const all = new Promise<void>((resolve) => (readers.onCount = () => resolve()));
      begin();
      await all;
      return streams;
    }),
  };
}

function figures(title: string, streams: number, results: readonly Result[], memory: readonly number[]): Figure[] {
  const [ours, raw, http] = results.map(({ rate }) => (streams / rate) * 1_000);
  if (ours === undefined || raw === undefined || http === undefined) return [];
  const figure = { unit: 'ms', value: ours - SETTLE, higherIsBetter: false, note: `${SETTLE} ms of settling are not in it` };
  const [own = 0, , theirs = 0] = memory;
  return [
    against(raw, { name: `${title} · against plain sockets`, ...figure, goal: RAW_GOAL }),
    against(http, { name: `${title} · against node:http`, ...figure, goal: null }),
    against(theirs, { name: `${title} · memory of a stream, against node:http`, unit: 'KB', value: own, goal: null, higherIsBetter: false }),
  ];
}
