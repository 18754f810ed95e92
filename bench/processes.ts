/** What processes have used, as the kernel counts it: of all their threads, our own process included. */
import { readFileSync } from 'node:fs';

/** Linux counts CPU in hundredths of a second here, on every architecture (USER_HZ). */
const MS_PER_TICK = 10;

/** Names as they stand in notes → process ids. */
export type Processes = Readonly<Record<string, number>>;

/** ms of CPU that a process has used so far, in user and kernel mode. */
export function cpuMs(pid: number): number {
  return cpuOfStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

/** proc(5): utime and stime are fields 14 and 15; the second field may hold spaces and brackets. */
export function cpuOfStat(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Most memory that a process has had so far, in MB (VmHWM). */
export function peakMb(pid: number): number {
  return memory(pid, 'VmHWM');
}

/** Memory that a process has now, in MB (VmRSS). */
export function residentMb(pid: number): number {
  return memory(pid, 'VmRSS');
}

function memory(pid: number, field: string): number {
  const [, kB] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  if (kB === undefined) throw new Error(`process ${pid} has no ${field}`);
  return Number(kB) / 1_024;
}

export function pidOf(process: { readonly pid: number | undefined }, name: string): number {
  if (process.pid === undefined) throw new Error(`${name} does not run`);
  return process.pid;
}
