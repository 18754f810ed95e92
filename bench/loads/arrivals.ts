/** Reads a byte stream for numbered messages (`bench-no-17.`) without parsing it: a reader that is no limit. */
import type { Readable } from 'node:stream';

const MARK = Buffer.from('bench-no-');
const ZERO = 0x30;
/** Long enough for a busy machine; only a message that was lost takes so long. */
const DEADLINE_MS = 60_000;

export class Arrivals {
  #cut: Buffer = Buffer.alloc(0);
  #first = 0;
  #seen = new Uint8Array(0);
  #missing = 0;
  #done: (() => void) | undefined;
  /** Called with how many of the expected have come so far. */
  onProgress: ((arrived: number) => void) | undefined;
  /** Numbers that came twice, over all. */
  repeated = 0;

  constructor(source: Readable) {
    source.on('data', (bytes: Buffer) => this.read(bytes));
  }

  get arrived(): number {
    return this.#seen.length - this.#missing;
  }

  /** Resolves when each of these numbers has come. Call it before they are sent. */
  async expect(first: number, count: number): Promise<void> {
    this.#first = first;
    this.#seen = new Uint8Array(count);
    this.#missing = count;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#done = resolve;
      timer = setTimeout(() => reject(new Error(`${this.#missing} of ${count} messages did not arrive within ${DEADLINE_MS / 1_000} s`)), DEADLINE_MS);
    }).finally(() => clearTimeout(timer));
  }

  read(bytes: Buffer): void {
    const data = this.#cut.length === 0 ? bytes : Buffer.concat([this.#cut, bytes]);
    let from = 0;
    for (let at = data.indexOf(MARK); at >= 0; at = data.indexOf(MARK, from)) {
      const number = numberAt(data, at + MARK.length);
      if (number === undefined) {
        this.#cut = data.subarray(at);
        return this.#tell();
      }
      this.#count(number - this.#first);
      from = at + MARK.length;
    }
    this.#cut = data.subarray(Math.max(from, data.length - MARK.length + 1));
    this.#tell();
  }

  #count(index: number): void {
    if (index < 0 || index >= this.#seen.length || this.#seen[index] === 1) {
      this.repeated++;
      return;
    }
    this.#seen[index] = 1;
    this.#missing--;
  }

  #tell(): void {
    this.onProgress?.(this.arrived);
    if (this.#missing === 0) this.#done?.();
  }
}

/** The digits up to a full stop; undefined when the data ends before it. */
function numberAt(data: Buffer, start: number): number | undefined {
  let number = 0;
  for (let at = start; at < data.length; at++) {
    const digit = (data[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return number;
    number = number * 10 + digit;
  }
  return undefined;
}
