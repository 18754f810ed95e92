/** When a delivery that failed for now is tried again. Pure. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export interface RetryPolicy {
  /** Waits before the second, third, ... try, ms; the last repeats until the delivery expires. */
  readonly schedule: readonly number[];
  /** Share of each wait that is drawn at random, 0 to 1: what failed together does not come back together. */
  readonly jitter: number;
}

/** Greylisting is over in minutes, an outage in hours (RFC 5321 §4.5.4.1 wants 30 minutes after the first tries). */
export const DEFAULT_RETRY: RetryPolicy = {
  schedule: [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR],
  jitter: 0.2,
};

/**
 * @param attempts tries so far, the failed one included; at least 1
 * @param random 0 to 1
 * @returns ms to wait: the schedule's value, or up to `jitter` of it more
 */
export function retryDelay({ schedule, jitter }: RetryPolicy, attempts: number, random: number): number {
  const wait = schedule[Math.min(attempts, schedule.length) - 1] ?? HOUR;
  return Math.round(wait * (1 + jitter * random));
}

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;

/** How long to wait before the store is asked again after it failed `failures` times in a row, ms. */
export function storePause(failures: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures - 1, 10));
}
