/** Original mails, byte for byte: the small ones lie in the database, the large ones in files of their own (src/store/originals.ts). */
import type { ContentSink } from '../edge.js';
import type { SparingLog } from '../log.js';
import type { ContentId } from '../message.js';
import type { Sealed } from './original-file.js';
import type { Originals } from './originals.js';
import { StoreError } from './store-error.js';
import type { ThreadCalls } from './thread.js';

export class OriginalMails implements ContentSink {
  constructor(
    private readonly calls: ThreadCalls,
    private readonly files: Originals,
    private readonly trouble: SparingLog,
  ) {}

  /** A piece that is lost after this has resolved makes the `accept` of its message fail. */
  async write(id: ContentId, seq: number, bytes: Uint8Array): Promise<void> {
    if (this.files.takes(id, seq, bytes.length)) return this.files.write(id, bytes);
    await this.calls.room();
    // The caller may use its buffer again, and a view would drag the whole of its memory through the clone.
    this.calls.call('write', [id, seq, new Uint8Array(bytes)], bytes.length).catch((error: unknown) => {
      this.trouble.error({ content: id, err: error }, 'piece of an original not stored');
    });
  }

  written(id: ContentId): AsyncIterable<Uint8Array> {
    return this.files.written(id);
  }

  async discard(id: ContentId): Promise<void> {
    await this.files.discard(id);
  }

  /** In pieces; empty when it is no longer kept. */
  async *read(id: ContentId): AsyncIterable<Uint8Array> {
    const file = await this.calls.call('file', [id]);
    if (file !== undefined) yield* this.files.read(id, file);
    if (file !== undefined) return;
    for (let seq = 0; ; seq++) {
      const piece = await this.calls.call('piece', [id, seq]);
      if (piece === undefined) return;
      yield piece;
    }
  }

  /**
   * The file is on the disk before its row, and the row is committed with or before the message.
   * @returns nothing when it has no file that is being written
   */
  sealed(id: ContentId | undefined): Promise<void> | undefined {
    return id === undefined ? undefined : this.files.sealed(id)?.then((sealed) => this.addFile(id, sealed), notStored);
  }

  /** Removes what interrupted mails left. */
  async sweep(): Promise<void> {
    await this.files.sweep((ids) => this.calls.call('files', [ids]));
  }

  close(): Promise<void> {
    return this.files.close();
  }

  /** A second message of the same mail finds the row there. */
  private addFile(id: ContentId, sealed: Sealed): void {
    if (!this.files.kept(id)) return;
    this.calls.call('addFile', [id, sealed]).catch((error: unknown) => this.trouble.error({ content: id, err: error }, 'original not stored'));
  }
}

function notStored(cause: unknown): never {
  throw new StoreError(`the original of the message was not stored: ${String(cause)}`);
}
