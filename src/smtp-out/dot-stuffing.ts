/**
 * A message as DATA carries it (RFC 5321 §4.5.2): in pieces, so that a large one is not held twice; a dot before each
 * line that begins with one; every line ended by CRLF, whatever ended it before, since a relay that takes a CR or LF
 * alone for a line's end could be made to read a second message out of the first; and the final dot.
 */
const CR = 13;
const LF = 10;
const DOT = 46;
const PIECE = 65_536;
const END = Buffer.from('.\r\n');
const LF_END = Buffer.from('\n.\r\n');
const CRLF_END = Buffer.from('\r\n.\r\n');

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
    const piece = this.raw.subarray(this.#at, this.#at + this.piece);
    const stuffed = isClean(piece, this.#last) ? piece : stuff(piece, this.#last);
    this.#last = piece.at(-1) ?? this.#last;
    this.#at += piece.length;
    if (this.#at < this.raw.length) return stuffed;
    this.done = true;
    return Buffer.concat([stuffed, endBehind(this.#last)]);
  }
}

/** The same for a message that comes in pieces. */
export class Stuffing {
  #last = LF;

  /** @param clean nothing in it is to be changed, and it begins and ends a line */
  next(piece: Buffer, clean: boolean): Buffer {
    const stuffed = clean || isClean(piece, this.#last) ? piece : stuff(piece, this.#last);
    this.#last = piece.at(-1) ?? this.#last;
    return stuffed;
  }

  end(): Buffer {
    return endBehind(this.#last);
  }
}

/** The final dot, in a line of its own. */
function endBehind(last: number): Buffer {
  return last === LF ? END : last === CR ? LF_END : CRLF_END;
}

/** Nearly all mails are: they need not be copied. @param last the byte before it */
function isClean(piece: Buffer, last: number): boolean {
  let before = last;
  for (let at = 0; at < piece.length; at++) {
    const byte = piece[at] ?? 0;
    if (byte === LF ? before !== CR : before === CR || (byte === DOT && before === LF)) return false;
    before = byte;
  }
  return true;
}

function stuff(piece: Buffer, last: number): Buffer {
  // A byte becomes three at most: a dot after a CR.
  const out = Buffer.allocUnsafe(piece.length * 3);
  let to = 0;
  let before = last;
  for (let at = 0; at < piece.length; at++) {
    const byte = piece[at] ?? 0;
    if (byte === LF ? before !== CR : before === CR) {
      before = byte === LF ? CR : LF;
      out[to++] = before;
    }
    if (byte === DOT && before === LF) out[to++] = DOT;
    out[to++] = byte;
    before = byte;
  }
  return out.subarray(0, to);
}
