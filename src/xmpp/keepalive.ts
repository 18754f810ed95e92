/**
 * Notices a half-open link: the server, its machine or the way to it is gone, and no packet says so. Silence for a while
 * asks a ping (XEP-0199); silence after the ping means that the link is dead, whatever TCP says.
 */
import type { Clock } from '../clock.js';

export interface KeepAliveTimes {
  /** ms of silence before a ping is sent. */
  readonly idle: number;
  /** ms from the ping to the end of the link. */
  readonly deadline: number;
}

export interface Watched {
  /** When something last came in, ms of the clock. */
  readonly lastInput: number;
  /** True while we ourselves do not read. */
  readonly paused: boolean;
  ping(): void;
  dead(): void;
}

export class KeepAlive {
  private timer: NodeJS.Timeout | undefined;
  private askedAt: number | undefined;

  constructor(
    private readonly times: KeepAliveTimes,
    private readonly clock: Clock,
    private readonly link: Watched,
  ) {}

  start(): void {
    this.stop();
    const { idle, deadline } = this.times;
    this.timer = setInterval(() => this.look(), Math.max(10, Math.min(idle, deadline) / 4));
  }

  stop(): void {
    clearInterval(this.timer);
    this.askedAt = undefined;
  }

  private look(): void {
    const now = this.clock();
    const { lastInput, paused } = this.link;
    // An answer within the same millisecond counts: what came before the ping is older by `idle`.
    if (paused || (this.askedAt !== undefined && lastInput >= this.askedAt)) this.askedAt = undefined;
    if (paused) return;
    if (this.askedAt !== undefined) {
      if (now - this.askedAt >= this.times.deadline) this.link.dead();
      return;
    }
    if (now - lastInput < this.times.idle) return;
    this.askedAt = now;
    this.link.ping();
  }
}
