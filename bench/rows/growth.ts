/**
 * How cost grows: the store takes, claims and settles deliveries beside 1 thousand, 100 thousand and 1 million that wait for
 * later, and for 1,000, 10,000 and 100,000 users. Its own API and its own thread, on files filled in the same run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../contest.js';
import { against, readable, type Figure } from '../figure.js';
import { fillStore, newChat } from '../loads/waiting.js';
import { residentMb } from '../processes.js';
import type { Context, Row } from '../row.js';
import { commands, type Filled } from './growth-commands.js';
import { Failure } from '../../src/failure.js';
import { createLog } from '../../src/log.js';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.js';

const GOAL = 1.3;
const BATCH = 50;
const CLAIMED_AT_ONCE = 200;

export const growth: Row = { id: 'growth', title: 'how cost grows with what waits, and with users', quick: false, servers: [], run };

/** How much a store holds while it is measured. */
interface Size {
  readonly waiting: number;
  readonly users: number;
}

interface Entry {
  readonly size: Size;
  readonly store: SqliteStore;
  /** How long it took to open, which reads the whole file, ms. */
  readonly opened: number;
  /** How long the newest hundred of `queue list` took, ms. */
  readonly listed: number;
  readonly megabytes: number;
  /** What opening it added to our own memory. */
  readonly memory: number;
  /** µs per delivery of each turn. */
  readonly wall: number[];
  readonly cpu: number[];
}

async function run(context: Context): Promise<Figure[]> {
  const waiting = (context.quick ? [1_000, 100_000] : [1_000, 100_000, 1_000_000]).map((count) => ({ waiting: count, users: 1_000 }));
  const users = (context.quick ? [1_000, 10_000] : [1_000, 10_000, 100_000]).map((count) => ({ waiting: 1_000, users: count }));
  // The costs before it took minutes: they are not lost with it.
  const kept = (files: readonly Filled[]): Promise<Figure[]> =>
    commands(context, files).catch((error: unknown) => {
      console.error('  start and queue list were not measured:', error);
      process.exitCode = 1;
      return [];
    });
  return [
    ...(await grow(context, waiting, ({ waiting: count }) => `${readable(count)} waiting deliveries`, kept)),
    ...(await grow(context, users, ({ users: count }) => `${readable(count)} users`)),
  ];
}

/** @param afterwards is given the files of the smallest and the largest store */
async function grow(context: Context, sizes: readonly Size[], nameOf: (size: Size) => string, afterwards?: (files: readonly Filled[]) => Promise<Figure[]>): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'stanzapost-growth-'));
  const entries: Entry[] = [];
  try {
    for (const size of sizes) {
      const start = performance.now();
      entries.push(await enter(join(dir, `${entries.length}.db`), size));
      context.say(`filled a store: ${nameOf(size)}, ${readable((performance.now() - start) / 1_000)} s`);
    }
    const deliveries = context.quick ? 2_000 : 5_000;
    for (let round = -1; round < context.rounds; round++) {
      for (let place = 0; place < entries.length; place++) {
        const entry = entries[(Math.max(round, 0) + place) % entries.length];
        if (entry !== undefined) await takeTurn(entry, round, deliveries);
      }
    }
    const costs = figures(entries, nameOf);
    for (const { store } of entries.splice(0)) await store.close();
    const files = sizes.map((size, i) => ({ name: nameOf(size), path: join(dir, `${i}.db`) }));
    return [...costs, ...((await afterwards?.(files.filter((_, i) => i === 0 || i === files.length - 1))) ?? [])];
  } finally {
    for (const { store } of entries) await store.close();
    await rm(dir, { recursive: true });
  }
}

async function enter(path: string, size: Size): Promise<Entry> {
  fillStore(path, size.waiting, size.users);
  const megabytes = statSync(path).size / 1e6;
  const before = residentMb(process.pid);
  const start = performance.now();
  const store = await openSqliteStore(path, {}, createLog('error'));
  if (store instanceof Failure) throw new Error(store.text);
  const opened = performance.now() - start;
  const listing = performance.now();
  await store.list({ limit: 100, state: 'waiting' });
  const listed = performance.now() - listing;
  return { size, store, opened, listed, megabytes, memory: residentMb(process.pid) - before, wall: [], cpu: [] };
}

/** Accepts, claims and settles so many; the first turn of each warms it up. */
async function takeTurn({ size, store, wall, cpu }: Entry, round: number, deliveries: number): Promise<void> {
  const now = Date.now();
  const messages = Array.from({ length: deliveries }, () => newChat(Math.floor(Math.random() * size.users), now));
  const before = process.cpuUsage();
  const start = performance.now();
  for (let at = 0; at < deliveries; at += CLAIMED_AT_ONCE) {
    const accepted = messages.slice(at, at + CLAIMED_AT_ONCE);
    await Promise.all(Array.from({ length: CLAIMED_AT_ONCE / BATCH }, (_, i) => store.accept(accepted.slice(i * BATCH, (i + 1) * BATCH))));
    await handOver(store, accepted.length);
  }
  const used = process.cpuUsage(before);
  if (round < 0) return;
  wall.push(((performance.now() - start) * 1_000) / deliveries);
  cpu.push((used.user + used.system) / deliveries);
}

async function handOver(store: SqliteStore, count: number): Promise<void> {
  for (let left = count; left > 0; ) {
    const now = Date.now();
    const lanes = await store.claim('smtp', CLAIMED_AT_ONCE, CLAIMED_AT_ONCE, now);
    if (lanes.length === 0) throw new Error(`${left} deliveries were not handed out`);
    await Promise.all(lanes.map(({ lane, deliveries }) => {
      left -= deliveries.length;
      const ended = deliveries.map(({ seq }) => ({ seq, state: 'handed-over' as const }));
      return store.settle({ lane, ended, deferred: [], reports: [], dueAt: now, at: now });
    }));
  }
}

function figures([smallest, ...larger]: readonly Entry[], nameOf: (size: Size) => string): Figure[] {
  if (smallest === undefined) return [];
  const baseline = median(smallest.wall);
  return larger.map((entry) => {
    const { opened, listed, megabytes, memory, wall, cpu } = entry;
    const costs = `CPU ${readable(median(cpu))} µs, at ${nameOf(smallest.size)} ${readable(median(smallest.cpu))} µs`;
    const rest = `file ${readable(megabytes)} MB, opened in ${readable(opened / 1_000)} s, queue list in ${readable(listed)} ms, memory ${memory < 0 ? '' : '+'}${readable(memory)} MB`;
    return against(baseline, {
      name: `accept, claim, settle beside ${nameOf(entry.size)} · against ${nameOf(smallest.size)}`,
      unit: 'µs',
      value: median(wall),
      goal: GOAL,
      higherIsBetter: false,
      note: `${costs} · ${rest}`,
    });
  });
}
