/** Finds where the header section of a mail ends, however the mail is cut into chunks. */

const EMPTY_LINE = '\r\n\r\n';

export class HeadCollector {
  private readonly pieces: Buffer[] = [];
  /** A mail that begins with an empty line has no header: as if a line end went before. */
  private tail = Buffer.from('\r\n');
  private length = 0;

  /** Bytes of the section so far. */
  get size(): number {
    return this.length;
  }

  /** @returns the first bytes of the body once the empty line is there; undefined before */
  take(chunk: Buffer): Buffer | undefined {
    const seen = Buffer.concat([this.tail, chunk]);
    const at = seen.indexOf(EMPTY_LINE);
    if (at < 0) {
      this.push(chunk);
      this.tail = seen.subarray(-3);
      return undefined;
    }
    const end = at + 2 - this.tail.length;
    this.push(chunk.subarray(0, Math.max(end, 0)));
    this.length += Math.min(end, 0);
    return chunk.subarray(end + 2);
  }

  /** The section without the empty line. */
  section(): Buffer {
    return Buffer.concat(this.pieces).subarray(0, this.length);
  }

  private push(piece: Buffer): void {
    this.pieces.push(piece);
    this.length += piece.length;
  }
}
