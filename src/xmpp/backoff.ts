/** When to try the server again. Pure: the randomness comes in as an argument. */

export interface RetryTimes {
  /** First wait in ms. */
  readonly first: number;
  /** Longest wait in ms. */
  readonly longest: number;
  /** Wait in ms where only an administrator can help, such as after a wrong secret. */
  readonly slow: number;
}

/** Stream errors (RFC 6120 §4.9.3) that trying again does not mend. */
const HOPELESS: ReadonlySet<string> = new Set(['not-authorized', 'host-unknown', 'invalid-namespace', 'invalid-from']);

/**
 * A conflict may be our own half-open predecessor, which the server forgets after a while, or another gateway with the
 * same name: not at once, but sooner than the hopeless.
 */
const CONFLICT_FIRST = 15_000;

/**
 * @param condition the stream error that ended the last try, if one did
 * @param failures how many tries failed in a row, from 1
 * @param random 0 ≤ random < 1
 * @returns ms: between half and the whole of the step, so that gateways that lost one server do not return in step
 */
export function retryDelay(times: RetryTimes, condition: string | undefined, failures: number, random: number): number {
  const jitter = 0.5 + random / 2;
  if (condition !== undefined && HOPELESS.has(condition)) return Math.round(times.slow * (0.9 + random / 10));
  const doubling = 2 ** Math.min(failures - 1, 16);
  if (condition === 'conflict') return Math.round(Math.min(times.slow, CONFLICT_FIRST * doubling) * jitter);
  return Math.round(Math.min(times.longest, times.first * doubling) * jitter);
}
