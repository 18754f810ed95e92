/** One leaf part of a mail while it streams by: transfer-decoded, measured, and kept up to a bound. */
import { once } from 'node:events';
import type { Transform } from 'node:stream';
import type { MimeNode } from '@zone-eu/mailsplit';

export class Leaf {
  /** Decoded size so far. */
  size = 0;
  private readonly kept: Buffer[] = [];
  private keptSize = 0;
  private readonly decoder: Transform;

  /** @param limit how many decoded bytes are kept; the rest is only counted */
  constructor(
    readonly node: MimeNode,
    private readonly limit: number,
  ) {
    this.decoder = node.getDecoder();
    this.decoder.on('data', (chunk: Buffer) => this.take(chunk));
  }

  async write(chunk: Buffer): Promise<void> {
    if (!this.decoder.write(chunk)) await once(this.decoder, 'drain');
  }

  /** Ends the part; afterwards `size` and `bytes` are final. */
  async end(): Promise<void> {
    const ended = once(this.decoder, 'end');
    this.decoder.end();
    await ended;
  }

  /** What was kept. */
  get bytes(): Buffer {
    return Buffer.concat(this.kept);
  }

  get isCut(): boolean {
    return this.size > this.limit;
  }

  private take(chunk: Buffer): void {
    this.size += chunk.length;
    const room = this.limit - this.keptSize;
    if (room <= 0) return;
    const part = chunk.subarray(0, room);
    this.kept.push(part);
    this.keptSize += part.length;
  }
}
