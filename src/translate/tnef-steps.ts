/** Reading a format of lengths while its bytes arrive: what is to be read says how many bytes it needs next, and waits for them. */

/** So many bytes as a piece; or so many that pass by, as they come. */
export type Step = { readonly take: number } | { readonly pass: number; readonly to: Sink | undefined };
export type Sink = (bytes: Buffer) => void;
export type Reading<T> = Generator<Step, T, Buffer>;

const NOTHING = Buffer.alloc(0);

/** How much is left of what has a length of its own. No more than that is ever read. */
export class Scope {
  constructor(public left: number) {}

  /** A part of it, no longer than what is left. */
  part(size: number): Scope {
    const part = new Scope(Math.min(size, this.left));
    this.left -= part.left;
    return part;
  }
}

/** Undefined when there is not so much. */
export function* take(from: Scope, size: number): Reading<Buffer | undefined> {
  if (size > from.left) return undefined;
  from.left -= size;
  return yield { take: size };
}

export function* number(from: Scope): Reading<number | undefined> {
  return (yield* take(from, 4))?.readUInt32LE(0);
}

/** Passes so much, or what is left. */
export function* pass(from: Scope, size: number, to?: Sink): Reading<void> {
  const { left } = from.part(size);
  if (left > 0) yield { pass: left, to };
}

/** The first `most` bytes of a part; the rest of it passes by. */
export function* start(from: Scope, size: number, most: number): Reading<Buffer> {
  const part = from.part(size);
  const bytes = (yield* take(part, Math.min(part.left, most))) ?? NOTHING;
  yield* pass(part, part.left);
  return bytes;
}

/** Leads a reading through bytes in any pieces; holds what one step takes. */
export class Stepper {
  private step: IteratorResult<Step, void>;
  private held: Buffer[] = [];
  private done = 0;

  constructor(private readonly reading: Reading<void>) {
    this.step = reading.next(NOTHING);
  }

  /** What follows the end is not looked at. */
  write(bytes: Buffer): void {
    let rest = bytes;
    while (this.step.done !== true && rest.length > 0) {
      const step = this.step.value;
      const size = 'take' in step ? step.take : step.pass;
      const piece = rest.subarray(0, size - this.done);
      rest = rest.subarray(piece.length);
      this.done += piece.length;
      if ('take' in step) this.held.push(Buffer.from(piece));
      else step.to?.(piece);
      if (this.done === size) this.next();
    }
  }

  /** A step of no bytes is done at once. */
  private next(): void {
    do {
      const bytes = this.held.length === 0 ? NOTHING : Buffer.concat(this.held);
      this.held = [];
      this.done = 0;
      this.step = this.reading.next(bytes);
    } while (this.step.done !== true && 'take' in this.step.value && this.step.value.take === 0);
  }
}
