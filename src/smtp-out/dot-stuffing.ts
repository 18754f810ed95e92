/**
 * A message as DATA carries it (RFC 5321 §4.5.2): in pieces, so that a large one is not held twice; a dot before each
 * line that begins with one; every line ended by CRLF, whatever ended it before, since a relay that takes a CR or LF
 * alone for a line's end could be made to read a second message out of the first; and the final dot.
 */
const CR = 13;
const LF = 10;
const DOT = 46;
const PIECE = 65_536;

export class StuffedMessage {
  #at = 0;
  #last = LF;

  constructor(
    private readonly raw: Buffer,
    private readonly piece = PIECE,
  ) {}

  /** The final dot was given out. */
  done = false;

  next(): Buffer {
    const end = Math.min(this.#at + this.piece, this.raw.length);
    // Each byte becomes two at most; then CRLF, dot, CRLF.
    const out = Buffer.allocUnsafe((end - this.#at) * 2 + 5);
    let to = 0;
    let last = this.#last;
    for (let at = this.#at; at < end; at++) {
      const byte = this.raw[at] ?? 0;
      if (byte === LF ? last !== CR : last === CR) {
        last = byte === LF ? CR : LF;
        out[to++] = last;
      }
      if (byte === DOT && last === LF) out[to++] = DOT;
      out[to++] = byte;
      last = byte;
    }
    this.#at = end;
    this.#last = last;
    if (end === this.raw.length) to = this.#finish(out, to);
    return out.subarray(0, to);
  }

  #finish(out: Buffer, at: number): number {
    const end = this.#last === LF ? '.\r\n' : this.#last === CR ? '\n.\r\n' : '\r\n.\r\n';
    this.done = true;
    return at + out.write(end, at, 'latin1');
  }
}
