/** The bytes of one file of a mail, while the mail passes by. */
import type { MimeNode } from '@zone-eu/mailsplit';
import { transferDecoder, type TransferDecoder } from './mail-decode.js';
import { PartCollector } from './mail-parts.js';
import { MailSplitter, type SplitPorts } from './mail-split.js';
import { HEAD_LIMIT, PARTS_LIMIT } from './read-mail.js';
import { TnefReader } from './tnef.js';

/**
 * The decoded bytes of a file of the mail, as `Attachment.where` names it and `readMail` measures it; none when there is no such one. Holds one piece
 * of the mail at a time, and reads no further than the end of the file. Throws what `mail` throws, and `SplitLimit`.
 */
export async function* fileBytes(mail: AsyncIterable<Uint8Array>, part: number, inside?: number): AsyncIterable<Uint8Array> {
  const file = new OneFile(part, inside);
  const splitter = new MailSplitter({ head: HEAD_LIMIT, parts: PARTS_LIMIT }, file);
  for await (const piece of mail) {
    splitter.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
    yield* file.take();
    if (file.ended) return;
  }
  splitter.end();
  file.end();
  yield* file.take();
}

class OneFile implements SplitPorts {
  /** Which role a part has depends on those before it. */
  private readonly parts = new PartCollector();
  private decoder: TransferDecoder | undefined;
  private before: (() => void) | undefined;
  private count = 0;
  private decoded: Uint8Array[] = [];
  ended = false;

  /** Where a file inside of the part is wanted. */
  private readonly packed: TnefReader | undefined;

  constructor(
    private readonly wanted: number,
    inside: number | undefined,
  ) {
    if (inside === undefined) return;
    this.packed = new TnefReader((file, bytes) => {
      if (file === inside) this.decoded.push(bytes);
    });
  }

  begin(node: MimeNode): void {
    this.end();
    if (node.multipart || this.ended) return;
    const leaf = this.parts.open(node);
    if (this.parts.isFile(node) && this.count++ === this.wanted) this.decoder = transferDecoder(node.encoding);
    this.before = () => this.parts.close(leaf);
  }

  body(bytes: Buffer): void {
    if (this.decoder !== undefined) this.give(this.decoder.write(bytes));
  }

  end(): void {
    this.before?.();
    this.before = undefined;
    if (this.decoder === undefined) return;
    this.give(this.decoder.end());
    this.decoder = undefined;
    this.ended = true;
  }

  private give(bytes: Buffer): void {
    if (this.packed === undefined) this.decoded.push(bytes);
    else this.packed.write(bytes);
  }

  take(): Uint8Array[] {
    const { decoded } = this;
    this.decoded = [];
    return decoded.filter((piece) => piece.length > 0);
  }
}
