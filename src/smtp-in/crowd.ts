/**
 * What is done when many want to talk at once. A client is patiently waited for as RFC 5321 §4.5.3.2 asks, but only while
 * there is room: once half of the places are taken each has to come to the point, and when none is left a newcomer takes
 * the place of whoever has done nothing for longest. So those who open connections to hold them cannot shut others out.
 */

/** A connection, as the crowd sees it. */
export interface Guest {
  /** When it last did anything of use; undefined when it must not be ended now. */
  readonly restingSince: number | undefined;
  /** Ends it; it is no longer among the guests. */
  makeRoom(): void;
}

export class Crowd {
  private crowdedAt = -Infinity;

  /**
   * @param most places in all
   * @param size how many guests there are, the newcomer counted
   */
  constructor(
    private readonly most: number,
    private readonly size: () => number,
    private readonly guests: () => Iterable<Guest>,
  ) {}

  /** For a newcomer: false when there is no place, and nobody who could be sent away for it. */
  admit(newcomer: Guest, now: number): boolean {
    this.look(now);
    if (this.size() <= this.most) return true;
    const slowest = this.slowest(newcomer);
    slowest?.makeRoom();
    return slowest !== undefined;
  }

  /** To be called now and then. */
  look(now: number): void {
    if (this.size() > this.most / 2) this.crowdedAt = now;
  }

  /** Has there been a crowd since then? Who came into one is not given more time because the others have left. */
  crowdedSince(time: number): boolean {
    return this.crowdedAt >= time;
  }

  private slowest(newcomer: Guest): Guest | undefined {
    let slowest: Guest | undefined;
    let since = Infinity;
    for (const guest of this.guests()) {
      const resting = guest === newcomer ? undefined : guest.restingSince;
      if (resting !== undefined && resting < since) [slowest, since] = [guest, resting];
    }
    return slowest;
  }
}
