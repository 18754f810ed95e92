/** The bytes of one file of a mail, while the mail passes by. */
import type { MimeNode } from '@zone-eu/mailsplit';
import { transferDecoder, type TransferDecoder } from './mail-decode.js';
import { PartCollector } from './mail-parts.js';
import { MailSplitter, type SplitPorts } from './mail-split.js';
import { HEAD_LIMIT, PARTS_LIMIT } from './read-mail.js';

/**
 * The decoded bytes of the n-th attachment, as `readMail` counts and measures them; none when there is no such one. Holds one piece
 * of the mail at a time, and reads no further than the end of the file. Throws what `mail` throws, and `SplitLimit`.
 */
export async function* fileBytes(mail: AsyncIterable<Uint8Array>, part: number): AsyncIterable<Uint8Array> {
  const file = new OneFile(part);
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

  constructor(private readonly wanted: number) {}

  begin(node: MimeNode): void {
    this.end();
    if (node.multipart || this.ended) return;
    const leaf = this.parts.open(node);
    if (this.parts.isFile(node) && this.count++ === this.wanted) this.decoder = transferDecoder(node.encoding);
    this.before = () => this.parts.close(leaf);
  }

  body(bytes: Buffer): void {
    if (this.decoder !== undefined) this.decoded.push(this.decoder.write(bytes));
  }

  end(): void {
    this.before?.();
    this.before = undefined;
    if (this.decoder === undefined) return;
    this.decoded.push(this.decoder.end());
    this.decoder = undefined;
    this.ended = true;
  }

  take(): Uint8Array[] {
    const { decoded } = this;
    this.decoded = [];
    return decoded.filter((piece) => piece.length > 0);
  }
}
