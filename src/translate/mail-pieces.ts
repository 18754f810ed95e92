/** A mail with files: too large to be held, so it is written anew, piece by piece, each time somebody reads it. */
import { base64Length, base64Stream } from './mail-transfer.js';

/** The bytes of a file that lie elsewhere. */
export interface FileBytes {
  readonly size: number;
  /** From the start, as often as it is asked; in any pieces. */
  bytes(): AsyncIterable<Uint8Array>;
}

export class MailPieces {
  /** Bytes on the wire, before dots are stuffed. */
  readonly length: number;

  /** @param pieces in order; bytes end with a line end, and the first of them holds the whole header; files are written in base64 */
  constructor(private readonly pieces: readonly (Buffer | FileBytes)[]) {
    this.length = pieces.reduce((sum, piece) => sum + (Buffer.isBuffer(piece) ? piece.length : base64Length(piece.size)), 0);
  }

  /** The header and what follows it up to the first file: all that may be other than ASCII. */
  get head(): Buffer {
    const [first] = this.pieces;
    return Buffer.isBuffer(first) ? first : Buffer.alloc(0);
  }

  /** With `text` before it. */
  behind(text: Buffer): MailPieces {
    return new MailPieces([Buffer.concat([text, this.head]), ...this.pieces.slice(1)]);
  }

  /**
   * The whole mail. Throws when a file is not as long as it was, before more than its length has been given out.
   */
  async *read(): AsyncGenerator<MailPiece> {
    for (const piece of this.pieces) {
      if (Buffer.isBuffer(piece)) {
        yield { bytes: piece, plain: false };
        continue;
      }
      let size = 0;
      for await (const bytes of base64Stream(piece.bytes())) {
        size += bytes.length;
        if (size > base64Length(piece.size)) break;
        yield { bytes, plain: true };
      }
      if (size !== base64Length(piece.size)) throw new Error('a file changed after it was measured');
    }
  }
}

export interface MailPiece {
  readonly bytes: Buffer;
  /** Base64 lines: nothing in it has a meaning for the transport. */
  readonly plain: boolean;
}
