/** One leaf part of a mail while it passes by: transfer-decoded, measured, and kept up to a bound. */
import type { MimeNode } from '@zone-eu/mailsplit';
import { transferDecoder, type TransferDecoder } from './mail-decode.js';
import { Base64Measure } from './mail-measure.js';
import type { TnefReader } from './tnef.js';

export class Leaf {
  /** Decoded size so far. */
  size = 0;
  private readonly kept: Buffer[] = [];
  private keptSize = 0;
  private readonly decoder: TransferDecoder;
  /** In place of the decoder, where nothing is kept. */
  private readonly measure: Base64Measure | undefined;

  /**
   * @param limit how many decoded bytes are kept; the rest is only counted
   * @param unpacking is shown them all
   */
  constructor(
    readonly node: MimeNode,
    private readonly limit: number,
    readonly unpacking?: TnefReader,
  ) {
    this.decoder = transferDecoder(node.encoding);
    this.measure = limit === 0 && unpacking === undefined && node.encoding === 'base64' ? new Base64Measure() : undefined;
  }

  write(bytes: Buffer): void {
    if (this.measure === undefined) this.take(this.decoder.write(bytes));
    else this.measure.write(bytes);
  }

  /** Ends the part; afterwards `size` and `bytes` are final. */
  end(): void {
    if (this.measure === undefined) this.take(this.decoder.end());
    else this.size = this.measure.size;
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
    this.unpacking?.write(bytes);
    const room = this.limit - this.keptSize;
    if (room <= 0 || bytes.length === 0) return;
    const part = bytes.subarray(0, room);
    this.kept.push(part);
    this.keptSize += part.length;
  }
}
