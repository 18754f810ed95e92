/** Reads V8's CPU profiles of a gateway: where its threads spent the time of the load, by function. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number } }[];
  /** µs on the machine's monotonic clock. */
  readonly startTime: number;
  /** Node ids, one for each sample. */
  readonly samples: readonly number[];
  /** µs since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** When a load ran, in µs of the monotonic clock, how much of it, and through which processes. */
export interface Load {
  readonly from: number;
  readonly until: number;
  readonly messages: number;
  readonly pids: readonly number[];
}

export interface Spent {
  /** `dist/smtp-in/verify.js:40 judge`. */
  readonly where: string;
  /** µs per message, without what it called. */
  readonly self: number;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A thread that did next to nothing is not worth a table. */
const LEAST_SAMPLES = 100;

export function now(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Self times of one thread during the loads, longest first. */
export function selfTimes({ nodes, startTime, samples, timeDeltas }: CpuProfile, loads: readonly Load[]): Spent[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const total = new Map<string, number>();
  let time = startTime;
  samples.forEach((id, i) => {
    const delta = timeDeltas[i] ?? 0;
    time += delta;
    const where = names.get(id) ?? '?';
    if (loads.some(({ from, until }) => time >= from && time <= until)) total.set(where, (total.get(where) ?? 0) + delta);
  });
  const messages = loads.reduce((sum, load) => sum + load.messages, 0);
  return [...total].map(([where, us]) => ({ where, self: us / messages })).sort((a, b) => b.self - a.self);
}

/** The same by file. */
export function byFile(spent: readonly Spent[]): Spent[] {
  const total = new Map<string, number>();
  for (const { where, self } of spent) {
    const file = where.replace(/:\d+ .*$/, '');
    total.set(file, (total.get(file) ?? 0) + self);
  }
  return [...total].map(([where, self]) => ({ where, self })).sort((a, b) => b.self - a.self);
}

/** A table for each thread of each profile in the directory. */
export async function readProfiles(dir: string, loads: readonly Load[], top = 40): Promise<string> {
  const files = (await readdir(dir)).filter((name) => name.endsWith('.cpuprofile')).sort();
  const tables = await Promise.all(files.map(async (name) => {
    const profile = JSON.parse(await readFile(join(dir, name), 'utf8')) as CpuProfile;
    if (profile.samples.length < LEAST_SAMPLES) return '';
    // CPU.DATE.TIME.PID.THREAD.NUMBER.cpuprofile
    const [, , , pid, thread] = name.split('.');
    const spent = selfTimes(profile, loads.filter(({ pids }) => pids.includes(Number(pid))));
    return [`\n${thread === '0' ? 'main thread' : `worker ${thread}`}: ${join(dir, name)}`, '  by file, µs per message', ...lines(byFile(spent), 20), '  by function, µs per message', ...lines(spent, top)].join('\n');
  }));
  return tables.filter((table) => table !== '').join('\n');
}

function lines(spent: readonly Spent[], top: number): string[] {
  return spent.slice(0, top).map(({ where, self }) => `${self.toFixed(1).padStart(10)}  ${where}`);
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName || '(native)';
  const file = url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : url;
  return `${file.replace(/^.*node_modules\//, '')}:${lineNumber + 1} ${functionName || '(anonymous)'}`;
}
