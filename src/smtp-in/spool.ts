/** Puts the original of a mail into the store in pieces while it arrives. */
import type { ContentSink } from '../edge.js';
import type { ContentId } from '../message.js';

/** What `ContentSink` takes at most. */
const PIECE = 256 * 1024;

export class Spool {
  private pieces: Uint8Array[] = [];
  private held = 0;
  private total = 0;
  private seq = 0;

  constructor(private readonly sink: ContentSink, private readonly id: ContentId) {}

  /**
   * Holds less than a piece back, so that a small mail that is refused never reaches the store.
   * @returns nothing while there is room, else when there is again; rejects as the sink
   */
  write(bytes: Uint8Array): Promise<void> | undefined {
    this.total += bytes.length;
    if (this.held + bytes.length >= PIECE) return this.writePieces(bytes);
    this.hold(bytes);
    return undefined;
  }

  private async writePieces(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + PIECE - this.held);
      this.hold(part);
      at += part.length;
      if (this.held === PIECE) await this.flush();
    }
  }

  /** Bytes that came so far. */
  get size(): number {
    return this.total;
  }

  /** What came so far, piece by piece; any number of times. Rejects when the sink cannot give it back. */
  async *read(): AsyncIterable<Uint8Array> {
    if (this.seq > 0) yield* this.sink.written(this.id);
    yield* this.pieces;
  }

  /** No more comes, whether a message owns it by now or not. */
  async discard(): Promise<void> {
    if (this.seq > 0) await this.sink.discard(this.id);
  }

  private hold(bytes: Uint8Array): void {
    this.pieces.push(bytes);
    this.held += bytes.length;
  }

  /** Hands over what is held. */
  async flush(): Promise<void> {
    if (this.held === 0) return;
    const bytes = Buffer.concat(this.pieces, this.held);
    this.pieces = [];
    this.held = 0;
    await this.sink.write(this.id, this.seq++, bytes);
  }
}
