/** A mail with files: too large to be held, so it is written anew, piece by piece, each time somebody reads it. */
import { isAscii } from 'node:buffer';
import { base64Length, base64Stream } from './mail-transfer.js';

/** The bytes of a file that lie elsewhere. */
export interface FileBytes {
  readonly size: number;
  /** From the start, as often as it is asked; in any pieces. */
  bytes(): AsyncIterable<Uint8Array>;
}

/** Bytes that lie elsewhere and go out as they are: the rest of a mail that is sent on. */
export interface MailRest extends FileBytes {
  readonly kind: 'rest';
  /** Some are other than ASCII. */
  readonly eightBit: boolean;
}

export class MailPieces {
  /** Bytes on the wire, before dots are stuffed. */
  readonly length: number;

  /** @param pieces in order; bytes end with a line end, and the first of them holds the whole header; files are written in base64 */
  constructor(private readonly pieces: readonly (Buffer | FileBytes | MailRest)[]) {
    this.length = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0);
  }

  /** Some of its bytes are other than ASCII (RFC 6152). */
  get eightBit(): boolean {
    return !isAscii(this.head) || this.pieces.some((piece) => 'kind' in piece && piece.eightBit);
  }

  /** The header and what follows it up to the first piece that lies elsewhere. */
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
      const plain = !('kind' in piece);
      for await (const bytes of plain ? base64Stream(piece.bytes()) : buffers(piece.bytes())) {
        size += bytes.length;
        if (size > lengthOf(piece)) break;
        yield { bytes, plain };
      }
      if (size !== lengthOf(piece)) throw new Error('a file changed after it was measured');
    }
  }
}

function lengthOf(piece: Buffer | FileBytes | MailRest): number {
  if (Buffer.isBuffer(piece)) return piece.length;
  return 'kind' in piece ? piece.size : base64Length(piece.size);
}

async function* buffers(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  for await (const { buffer, byteOffset, byteLength } of pieces) yield Buffer.from(buffer, byteOffset, byteLength);
}

export interface MailPiece {
  readonly bytes: Buffer;
  /** Base64 lines: nothing in it has a meaning for the transport. */
  readonly plain: boolean;
}
