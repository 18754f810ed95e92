/** One large original while it is written. */
import { open, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Sum } from './sum.js';

/** What the file must hold. */
export interface Sealed {
  readonly size: number;
  readonly crc: number;
}

export class OriginalFile {
  private readonly sum = new Sum();
  private readonly handle: Promise<FileHandle>;
  /** The piece under way, and whether all before it went well. */
  private last: Promise<unknown>;
  private sealing: Promise<Sealed> | undefined;

  /** @param prepared its directory is there */
  constructor(
    private readonly path: string,
    prepared: Promise<void>,
  ) {
    // People's mail: readable by the owner only.
    this.last = this.handle = prepared.then(() => open(path, 'wx', 0o600));
    quiet(this.last);
  }

  /** One piece is under way while the next arrives. The bytes are the file's from now on. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.last;
    this.sum.add(bytes);
    this.last = this.append(bytes);
    quiet(this.last);
  }

  /** Resolves when every piece is in the file, with their bytes; rejects when one could not be written. */
  async settled(): Promise<number> {
    await this.last;
    return this.sum.size;
  }

  /** Resolves when the file and its name are on the disk. */
  sealed(): Promise<Sealed> {
    return (this.sealing ??= this.seal());
  }

  /** Removes it, whatever became of it. */
  async discard(): Promise<void> {
    await Promise.allSettled([this.last, this.sealing]);
    await this.close().catch(() => undefined);
    await rm(this.path, { force: true }).catch(() => undefined); // the next start tries again
  }

  private async append(bytes: Uint8Array): Promise<void> {
    const handle = await this.handle;
    for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
  }

  private async seal(): Promise<Sealed> {
    await this.last;
    await (await this.handle).sync();
    await this.close();
    await syncDirectory(dirname(this.path));
    return { size: this.sum.size, crc: this.sum.crc };
  }

  /** A second time it does nothing. */
  private async close(): Promise<void> {
    await (await this.handle).close();
  }
}

/** A new name is safe only then. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whoever waits for it later hears of its failure. */
function quiet(promise: Promise<unknown>): void {
  promise.catch(() => undefined);
}
