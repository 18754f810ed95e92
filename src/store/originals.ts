/**
 * Large originals, each in a file of its own beside the database: written once, where SQLite writes a page to its log and
 * then again, and by the threads that Node has for files, so that the commits of small mails do not wait for large ones.
 * A file counts from when its row is committed; one without a row is what an interrupted mail left, and goes at the start.
 */
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContentId } from '../message.js';
import { OriginalFile, syncDirectory, type Sealed } from './original-file.js';
import { Sum } from './sum.js';
import { StoreError } from './store-error.js';

/** An original that begins with a piece this long has a file of its own. */
const LARGE = 256 * 1024;

/** @param database its path */
export function originalsBeside(database: string): string {
  return `${database}-originals`;
}

export class Originals {
  private readonly open = new Map<ContentId, OriginalFile>();
  private ready: Promise<void> | undefined;

  constructor(private readonly directory: string) {}

  /** Do the pieces of this original go into a file? */
  takes(id: ContentId, seq: number, length: number): boolean {
    return this.open.has(id) || (seq === 0 && length >= LARGE);
  }

  /** Resolves when there is room for more; rejects when this or an earlier piece could not be written. */
  write(id: ContentId, bytes: Uint8Array): Promise<void> {
    const file = this.open.get(id) ?? new OriginalFile(join(this.directory, id), this.prepared());
    this.open.set(id, file);
    return file.write(bytes);
  }

  /** What was written of a file so far; nothing of an original that is short enough to have none. */
  async *written(id: ContentId): AsyncIterable<Uint8Array> {
    const file = this.open.get(id);
    if (file === undefined) return;
    const size = await file.settled();
    yield* createReadStream(join(this.directory, id), { highWaterMark: LARGE, start: 0, end: size - 1 }) as AsyncIterable<Buffer>;
  }

  /** Everything that was written is on the disk. @returns nothing when no file is being written */
  sealed(id: ContentId): Promise<Sealed> | undefined {
    return this.open.get(id)?.sealed();
  }

  /** The database is told of the file. @returns false when it was before */
  kept(id: ContentId): boolean {
    return this.open.delete(id);
  }

  /** Forgets a file that is still being written. */
  async discard(id: ContentId): Promise<void> {
    const file = this.open.get(id);
    if (file === undefined) return;
    this.open.delete(id);
    this.ready = undefined; // it may be the directory that failed
    await file.discard();
  }

  async close(): Promise<void> {
    await Promise.all([...this.open.keys()].map((id) => this.discard(id)));
  }

  /** Throws `StoreError` when the bytes are not those that were sealed; the last piece is then held back. */
  async *read(id: ContentId, sealed: Sealed): AsyncIterable<Uint8Array> {
    const sum = new Sum();
    let before: Buffer | undefined;
    try {
      for await (const piece of createReadStream(join(this.directory, id), { highWaterMark: LARGE })) {
        if (before !== undefined) yield before;
        before = piece as Buffer;
        sum.add(before);
      }
    } catch (error) {
      throw new StoreError(`the original ${id} cannot be read: ${String(error)}`);
    }
    if (sum.size !== sealed.size || sum.crc !== sealed.crc) throw new StoreError(`the original ${id} is damaged`);
    if (before !== undefined) yield before;
  }

  /** @param known which of these originals the database has */
  async sweep(known: (ids: readonly ContentId[]) => Promise<readonly ContentId[]>): Promise<void> {
    const ids = await readdir(this.directory).catch(() => []);
    const kept = new Set(ids.length === 0 ? [] : await known(ids));
    for (const id of ids) if (!kept.has(id)) await rm(join(this.directory, id), { force: true }).catch(() => undefined);
  }

  /** Made with the first large mail. */
  private prepared(): Promise<void> {
    return (this.ready ??= this.prepare());
  }

  private async prepare(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    await syncDirectory(dirname(this.directory));
  }
}
