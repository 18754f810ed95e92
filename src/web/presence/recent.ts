/** What was told to whom a moment ago: platforms and busy pages ask for the same many names again and again. */
import type { Answer } from '../answer.js';
import type { Rendering } from './rendering.js';

/** ms: who may see whom does not change only by what the publisher counts (an operator's block does not). */
const LIFETIME = 1_000;
/** Bytes of questions and answers. */
const MOST_BYTES = 8_388_608;
/** Bytes that one takes besides. Without them so many short ones are kept that the oldest is found ever more slowly: a Map steps over what was deleted. */
const EACH = 1_024;

export interface Told {
  readonly rendering: Rendering;
  readonly names: number;
  /** How many of them are addresses that showed nothing. */
  readonly unknown: number;
}

interface Kept extends Told {
  readonly at: number;
  /** The publisher's last change. */
  readonly last: number;
  readonly bytes: number;
}

export class Recent {
  private readonly kept = new Map<string, Kept>();
  private bytes = 0;

  /** @param running ms of a clock that goes on evenly. @param last the number of the publisher's last change */
  constructor(private readonly running: () => number, private readonly last: () => number) {}

  /** @param question all that the answer depends on, but for who is where. @param make called when it was not told just now */
  of(question: string, make: () => Told | Answer): Told | Answer {
    const now = this.running();
    const known = this.kept.get(question);
    if (known !== undefined && known.last === this.last() && now - known.at < LIFETIME) return known;
    if (known !== undefined) this.drop(question, known);
    const told = make();
    if ('status' in told) return told;
    const bytes = EACH + question.length + told.rendering.size;
    this.kept.set(question, { at: now, last: this.last(), bytes, ...told });
    this.bytes += bytes;
    this.makeRoom();
    return told;
  }

  private makeRoom(): void {
    for (const [question, kept] of this.kept) {
      if (this.bytes <= MOST_BYTES) return;
      this.drop(question, kept);
    }
  }

  private drop(question: string, { bytes }: Kept): void {
    this.kept.delete(question);
    this.bytes -= bytes;
  }
}
