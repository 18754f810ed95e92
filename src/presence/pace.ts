/** How often a user's changes are told: a few at once, then one now and then. Each of them may go to thousands of readers. */

/** Changes told at once. */
export const BURST = 10;
/** ms that each of them takes to be made up for. */
export const EVERY = 3_000;

/** Of one user. All times in ms of one clock. */
export class Pace {
  /** When all that was told is made up for. */
  private even = 0;

  /** How long the next one has to wait. */
  wait(now: number): number {
    return Math.max(0, this.even - (BURST - 1) * EVERY - now);
  }

  told(now: number): void {
    this.even = Math.max(now, this.even) + EVERY;
  }
}
