/** One leaf part of a mail while it passes by: transfer-decoded, measured, and kept up to a bound. */
import type { MimeNode } from '@zone-eu/mailsplit';
import { transferDecoder, type TransferDecoder } from './mail-decode.js';

export class Leaf {
  /** Decoded size so far. */
  size = 0;
  private readonly kept: Buffer[] = [];
  private keptSize = 0;
  private readonly decoder: TransferDecoder;

  /** @param limit how many decoded bytes are kept; the rest is only counted */
  constructor(
    readonly node: MimeNode,
    private readonly limit: number,
  ) {
    this.decoder = transferDecoder(node.encoding);
  }

  write(bytes: Buffer): void {
    this.take(this.decoder.write(bytes));
  }

  /** Ends the part; afterwards `size` and `bytes` are final. */
  end(): void {
    this.take(this.decoder.end());
  }

  /** What was kept. */
  get bytes(): Buffer {
    return Buffer.concat(this.kept);
  }

  get isCut(): boolean {
    return this.size > this.limit;
  }

  private take(bytes: Buffer): void {
    this.size += bytes.length;
    const room = this.limit - this.keptSize;
    if (room <= 0 || bytes.length === 0) return;
    const part = bytes.subarray(0, room);
    this.kept.push(part);
    this.keptSize += part.length;
  }
}
