/**
 * Files on their way from the web into a mail lie on the disk and not in memory: in a directory of their own beside the
 * store, readable by the owner only, under names that nobody chose. None outlives its delivery; what a killed gateway left is
 * removed at the start.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Read in pieces of this size: twenty mails at a time hold few megabytes. */
const PIECE = 128 * 1024;

/** @param database the store's path */
export function fetchedBeside(database: string): string {
  return `${database}-fetched`;
}

export class Spool {
  constructor(private readonly directory: string) {}

  /** Makes the directory and removes what is in it. Call it while no other gateway runs on the store, before `create`. */
  async sweep(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.directory)) await rm(join(this.directory, name), { force: true });
  }

  async create(): Promise<SpoolFile> {
    const path = join(this.directory, randomUUID());
    return new SpoolFile(path, await open(path, 'wx', 0o600));
  }
}

export class SpoolFile {
  /** Bytes written. */
  size = 0;

  constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) at += (await this.handle.write(bytes, at)).bytesWritten;
    this.size += bytes.length;
  }

  /** No more is written. */
  async close(): Promise<void> {
    await this.handle.close();
  }

  /** From the start, as often as it is asked. */
  bytes(): AsyncIterable<Buffer> {
    return createReadStream(this.path, { highWaterMark: PIECE });
  }

  /** Removes it, whatever became of it. Never rejects: the next start tries again. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.path, { force: true }).catch(() => undefined);
  }
}
