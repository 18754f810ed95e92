/**
 * The time of day, for everything that counts by it: when a delivery is due, late or expired, how long something is kept.
 *
 * A machine's clock is set now and then: by a person, by NTP after a start without a battery, by a virtual machine that was
 * moved. Nothing that waits may expire, or wait a day longer, because of that. So the gateway's clock goes on evenly from where
 * it was; it follows the machine's when what waits has been moved along (src/time-watch.ts). A machine that slept is no such
 * case: that time has passed.
 */
import { uptime } from 'node:os';

/** Ms since the epoch. */
export type Clock = () => number;

/** What the clock is made of; replaced in tests. All in ms. */
export interface TimeSources {
  /** What the machine says that the time is: may be set at any moment. */
  readonly wall: () => number;
  /** Goes on evenly while the machine runs. */
  readonly running: () => number;
  /** Goes on evenly also while the machine sleeps; may be coarse. */
  readonly passed: () => number;
}

const MACHINE: TimeSources = { wall: Date.now, running: () => performance.now(), passed: () => uptime() * 1_000 };

/** Less is what NTP and a busy machine do every day: it is followed at once. */
const LEAST_JUMP_MS = 10_000;
/** Less is left alone: a clock that hops about makes answers come before their questions. */
const LEAST_STEP_MS = 500;

export class SteadyClock {
  /** What is added to `running` to make the time of day. */
  private offset: number;
  /** `passed` less `running`: grows while the machine sleeps. */
  private slept: number;

  constructor(private readonly sources: TimeSources = MACHINE) {
    this.offset = sources.wall() - sources.running();
    this.slept = this.sleepSoFar();
  }

  readonly now: Clock = () => Math.round(this.sources.running() + this.offset);

  /**
   * To be called every second or so. Follows small steps, and the time that the machine has slept.
   * @returns how far the machine's clock was set since, ms; 0 when it was not. `follow` makes this clock do the same
   */
  look(): number {
    const slept = this.sleepSoFar();
    if (slept - this.slept >= LEAST_JUMP_MS) {
      this.offset += slept - this.slept;
      this.slept = slept;
    }
    const step = this.sources.wall() - this.now();
    if (Math.abs(step) >= LEAST_JUMP_MS) return step;
    if (Math.abs(step) >= LEAST_STEP_MS) this.offset += step;
    return 0;
  }

  follow(step: number): void {
    this.offset += step;
  }

  private sleepSoFar(): number {
    return this.sources.passed() - this.sources.running();
  }
}
