/** Who is being answered with work that takes time: many of one address leave room for others. */
export interface PlaceLimits {
  /** Such answers under way at once, and of one address; more are told to come back. */
  readonly answers: number;
  readonly answersOfOne: number;
}

export class Places {
  private taken = 0;
  private readonly of = new Map<string, number>();

  constructor(private readonly limits: PlaceLimits) {}

  /** @returns how to give it back; undefined when there is none */
  take(address: string): (() => void) | undefined {
    const own = this.of.get(address) ?? 0;
    if (this.taken >= this.limits.answers || own >= this.limits.answersOfOne) return undefined;
    this.taken++;
    this.of.set(address, own + 1);
    return () => {
      this.taken--;
      const left = (this.of.get(address) ?? 1) - 1;
      if (left === 0) this.of.delete(address);
      else this.of.set(address, left);
    };
  }
}
