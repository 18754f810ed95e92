/** What was told to whom a moment ago: platforms and busy pages ask for the same many names again and again. */
import type { Answer } from '../answer.js';
import type { Rendering } from './rendering.js';

/** ms: who may see whom does not change only by what the publisher counts (an operator's block does not). */
const LIFETIME = 1_000;
/** Bytes of questions and answers. */
const MOST_BYTES = 8_388_608;
/** Bytes that one takes besides. Without them so many short ones are kept that the oldest is found ever more slowly: a Map steps over what was deleted. */
const EACH = 1_024;
/** Of so many bytes one is looked at: two of each id. */
const STEP = 13;

export interface Told {
  readonly rendering: Rendering;
  readonly names: number;
  /** How many of them are addresses that showed nothing. */
  readonly unknown: number;
}

/** All that an answer depends on, but for who is where. */
export interface Question {
  /** Who asks, for what format. */
  readonly asker: string;
  /** As it came. */
  readonly asked: Buffer;
}

interface Kept extends Told {
  readonly asked: Buffer;
  readonly at: number;
  /** The publisher's last change. */
  readonly last: number;
  readonly bytes: number;
}

export class Recent {
  /** One for each asker and hash: of two with the same, the newer. */
  private readonly kept = new Map<string, Kept>();
  private bytes = 0;

  /** @param running ms of a clock that goes on evenly. @param last the number of the publisher's last change */
  constructor(private readonly running: () => number, private readonly last: () => number) {}

  /** @param make called when it was not told just now */
  of({ asker, asked }: Question, make: () => Told | Answer): Told | Answer {
    const now = this.running();
    const name = `${asker}\n${sampled(asked)}`;
    const known = this.kept.get(name);
    if (known !== undefined && known.last === this.last() && now - known.at < LIFETIME && known.asked.equals(asked)) return known;
    if (known !== undefined) this.drop(name, known);
    const told = make();
    if ('status' in told) return told;
    const bytes = EACH + asker.length + asked.length + told.rendering.size;
    // A copy: what came may be a piece of something larger, which would be kept with it.
    this.kept.set(name, { asked: Buffer.from(asked), at: now, last: this.last(), bytes, ...told });
    this.bytes += bytes;
    this.makeRoom();
    return told;
  }

  private makeRoom(): void {
    for (const [name, kept] of this.kept) {
      if (this.bytes <= MOST_BYTES) return;
      this.drop(name, kept);
    }
  }

  private drop(name: string, { bytes }: Kept): void {
    this.kept.delete(name);
    this.bytes -= bytes;
  }
}

/** A hash of some of the bytes (FNV-1a): all of them would cost more than the rest of the answer. Whoever makes two lists alike in these has both looked up each time. */
function sampled(bytes: Uint8Array): number {
  let hash = bytes.length;
  for (let at = 0; at < bytes.length; at += STEP) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash;
}
