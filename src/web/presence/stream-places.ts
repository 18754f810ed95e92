/** How many streams there may be, and how much they may follow. */
export interface StreamLimits {
  /** Open streams. */
  readonly streams: number;
  /** Of one address (of IPv6: one network) or one API key. */
  readonly streamsOfOne: number;
  /** Names that they follow, counted for each stream: about 60 bytes of memory each. */
  readonly names: number;
  /** Different names by who asks for them: about 700 bytes each. @see Follows */
  readonly differentNames: number;
}

export const STREAM_LIMITS: StreamLimits = { streams: 20_000, streamsOfOne: 100, names: 2_000_000, differentNames: 250_000 };

/** A stream is an open file: they never take more than half of those that the process may open. */
export function streamLimits(openFiles: number): StreamLimits {
  return { ...STREAM_LIMITS, streams: Math.min(STREAM_LIMITS.streams, Math.floor(openFiles / 2)) };
}

export class StreamPlaces {
  private streams = 0;
  private names = 0;
  private readonly of = new Map<string, number>();

  constructor(private readonly limits: StreamLimits) {}

  get taken(): number {
    return this.streams;
  }

  /**
   * Why there is no place; undefined: there is one.
   * @param names of the stream. @param different names of all streams
   */
  lacks(counted: string, names: number, different: number): 'own' | 'any' | undefined {
    const { limits } = this;
    if ((this.of.get(counted) ?? 0) >= limits.streamsOfOne) return 'own';
    return this.streams >= limits.streams || this.names + names > limits.names || different + names > limits.differentNames ? 'any' : undefined;
  }

  take(counted: string, names: number): void {
    this.streams++;
    this.names += names;
    this.of.set(counted, (this.of.get(counted) ?? 0) + 1);
  }

  giveBack(counted: string, names: number): void {
    this.streams--;
    this.names -= names;
    const left = (this.of.get(counted) ?? 1) - 1;
    if (left === 0) this.of.delete(counted);
    else this.of.set(counted, left);
  }
}
