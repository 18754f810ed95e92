/** The newest accepted deliveries, still in memory when they are claimed: their content need not be read back. */
import type { Address } from '../address.js';
import type { Message } from '../message.js';

export interface Content {
  readonly message: Message;
  readonly recipient: Address;
  readonly damaged?: true;
}

/** About how much memory may be held, bytes. */
const MOST_BYTES = 16 << 20;

export class Recent {
  /** In the order of `seq`. */
  private readonly held = new Map<number, Content>();
  private bytes = 0;
  private newest = Infinity;

  constructor(private readonly most = MOST_BYTES) {}

  /** What is stored from this `seq` on is most likely held. */
  get from(): number {
    const [oldest] = this.held.keys();
    return oldest ?? this.newest + 1;
  }

  add(seq: number, content: Content): void {
    this.held.set(seq, content);
    this.newest = seq;
    this.bytes += sizeOf(content.message);
    while (this.bytes > this.most) this.take(this.from);
  }

  /** Held no longer: what is not delivered at once is read from the store when it is claimed again. */
  take(seq: number): Content | undefined {
    const content = this.held.get(seq);
    if (content === undefined) return undefined;
    this.held.delete(seq);
    this.bytes -= sizeOf(content.message);
    return content;
  }
}

/** About what a message holds in memory: its text, and something for the rest. */
function sizeOf({ text }: Message): number {
  return 1_000 + 2 * text.length;
}

export function sizeOfAll(messages: readonly { readonly message: Message }[]): number {
  let size = 0;
  for (const { message } of messages) size += sizeOf(message);
  return size;
}
