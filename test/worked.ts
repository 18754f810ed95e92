/** How much this process has worked, ms of processors, since `process.cpuUsage()` gave this: what else the machine does does not count. */
export function worked(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}
