/** One of several readers of a mail as it arrives, each at its own pace, none holding more than a stream's buffer. */
import { PassThrough, type Readable } from 'node:stream';

export class Branch<T> {
  private readonly pipe = new PassThrough();
  private readonly result: Promise<T>;

  /** @param consume reads the stream to its end; when it gives up early the rest is dropped */
  constructor(consume: (source: Readable) => Promise<T>) {
    this.pipe.on('error', () => undefined); // the consumer reports it
    this.result = consume(this.pipe);
    const stop = (): void => void this.pipe.destroy();
    this.result.then(stop, stop);
  }

  /** Resolves when the reader has room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.pipe.destroyed || this.pipe.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.pipe.off('drain', go).off('close', go);
        resolve();
      };
      this.pipe.on('drain', go).on('close', go);
    });
  }

  /** The mail is whole. */
  end(): Promise<T> {
    this.pipe.end();
    return this.result;
  }

  /** The mail will not be taken: the reader is stopped, its result dropped. */
  abort(): void {
    this.result.catch(() => undefined);
    this.pipe.destroy(new Error('The mail was given up.'));
  }
}
