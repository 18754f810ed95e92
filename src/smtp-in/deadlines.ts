/** When a connection has taken too long: totals, so that one byte a second does not live for ever. No I/O, no clock. */
import type { SmtpInLimits } from './options.js';

/**
 * What a connection does. `working`: we owe the client an answer, so no time of the client runs.
 * `command`: a line was begun and not ended. `data`: between 354 and the final dot.
 */
export type Phase = 'handshake' | 'idle' | 'command' | 'data' | 'working';

export interface Progress {
  readonly phase: Phase;
  /** ms in this phase. */
  readonly elapsed: number;
  /** ms since the connection was accepted. */
  readonly session: number;
  /** Bytes of the mail so far. */
  readonly dataBytes: number;
  /** ms since the last mail was accepted, or since the connection was. */
  readonly fruitless: number;
  /** Many were connected in that time. */
  readonly crowded: boolean;
}

type Times = Pick<SmtpInLimits, 'commandMs' | 'idleMs' | 'sessionMs' | 'dataMs' | 'dataRate' | 'dataGraceMs' | 'crowdedMs' | 'crowdedGraceMs'>;

const BY_PHASE: Record<Phase, (progress: Progress, times: Times) => string | undefined> = {
  handshake: ({ elapsed }, { commandMs }) => (elapsed > commandMs ? 'TLS handshake took too long' : undefined),
  command: ({ elapsed }, { commandMs }) => (elapsed > commandMs ? 'Command took too long' : undefined),
  idle: ({ elapsed }, { idleMs }) => (elapsed > idleMs ? 'Idle for too long' : undefined),
  data: (progress, times) => (tooSlow(progress, times) ? 'Mail came in too slowly' : undefined),
  working: () => undefined,
};

/** Why the connection has to end now, or undefined. */
export function overdue(progress: Progress, times: Times): string | undefined {
  const late = BY_PHASE[progress.phase](progress, times);
  const busy = progress.phase === 'data' || progress.phase === 'working';
  if (late !== undefined || busy) return late;
  if (progress.session > times.sessionMs) return 'Session lasted too long';
  return progress.crowded && progress.fruitless > times.crowdedMs ? 'Others are waiting' : undefined;
}

function tooSlow({ elapsed, dataBytes, crowded }: Progress, { dataMs, dataRate, dataGraceMs, crowdedGraceMs }: Times): boolean {
  const grace = crowded ? Math.min(dataGraceMs, crowdedGraceMs) : dataGraceMs;
  return elapsed > dataMs || (elapsed > grace && isSlow({ elapsed, dataBytes }, dataRate));
}

/** @param rate bytes per second */
export function isSlow({ elapsed, dataBytes }: Pick<Progress, 'elapsed' | 'dataBytes'>, rate: number): boolean {
  return dataBytes / elapsed < rate / 1000;
}
