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
  private readonly measure: Base64Measure | undefined;
  /** The decoder is asked for nothing. */
  private readonly onlyMeasured: boolean;

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
    this.measure = node.encoding === 'base64' ? new Base64Measure() : undefined;
    this.onlyMeasured = this.measure !== undefined && limit === 0 && unpacking === undefined;
  }

  write(bytes: Buffer): void {
    this.measure?.write(bytes);
    if (!this.onlyMeasured) this.take(this.decoder.write(bytes));
  }

  /** Ends the part; afterwards `size` and `bytes` are final. */
  end(): void {
    if (this.onlyMeasured) this.size = this.measure?.size ?? 0;
    else this.take(this.decoder.end());
  }

  /** @param isCutOff the mail ended before the multipart around the part did */
  isDamaged(isCutOff: boolean): boolean {
    return this.measure !== undefined && (this.measure.isDamaged || (isCutOff && this.measure.isUnfinished));
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
