/**
 * Takes a mail apart into its parts while it arrives (RFC 2046 §5.1), each piece of it at once. Reads like mailsplit, whose
 * `MimeNode` reads the header of each part; but looks only for the lines that can be a delimiter, and is no stream.
 */
import { MimeNode } from '@zone-eu/mailsplit';

export interface SplitLimits {
  /** Bytes of one part's header. */
  readonly head: number;
  /** Parts of the mail, multiparts and the mail itself included. */
  readonly parts: number;
}

export interface SplitPorts {
  /** The header of a part has ended, or of the mail. */
  begin(node: MimeNode): void;
  /** Bytes of the part that began last, as they stand in the mail. */
  body(bytes: Buffer): void;
}

/** The mail is over a limit. */
export class SplitLimit extends Error {}

type Delimiter = 'child' | 'no child' | 'sibling' | 'no sibling';

const LF = 10;
const CR = 13;
const DASH = 45;
/** A delimiter line is longer than its boundary by the dashes before and after it, its line end, and blanks before that. */
const DELIMITER_EXTRA = 6 + 64;

export class MailSplitter {
  private node = new MimeNode(false);
  private parts = 1;
  private inHead = true;
  /** The closing delimiter of the current multipart has been seen. */
  private inEpilogue = false;
  /** What came begins at the start of a line. */
  private atLineStart = true;
  /** Not decided yet: an unfinished line, with the line break before it where that may belong to a delimiter. */
  private held: Buffer = Buffer.alloc(0);

  constructor(
    private readonly limits: SplitLimits,
    private readonly ports: SplitPorts,
  ) {}

  /** The last part within another has not ended. */
  get isWithinPart(): boolean {
    return Boolean(this.node.parentNode) && !this.inEpilogue;
  }

  /** Throws `SplitLimit`; nothing may be written after that. */
  write(chunk: Buffer): void {
    let rest = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    for (let before = -1; rest.length > 0 && rest.length !== before; ) {
      before = rest.length;
      rest = this.inHead ? this.head(rest) : this.body(rest);
    }
    this.held = rest;
    if (this.inHead) this.checkHead(rest.length);
  }

  /** The mail is whole. Throws as `write`. */
  end(): void {
    const last = this.held;
    const delimiter = this.delimiterIn(last.subarray(breakLength(last)));
    if (!this.inHead) {
      if (delimiter === undefined) this.emit(last);
    } else if (delimiter !== undefined) this.turn(delimiter);
    else {
      this.node.addHeaderChunk(last);
      this.checkHead(0);
      this.begin();
    }
  }

  /** Takes whole lines of a header. @returns what follows it, or an unfinished line */
  private head(bytes: Buffer): Buffer {
    let start = 0;
    for (let end = bytes.indexOf(LF) + 1; end > 0; end = bytes.indexOf(LF, start) + 1) {
      const line = bytes.subarray(start, end);
      start = end;
      const delimiter = this.delimiterIn(line);
      if (delimiter !== undefined) {
        this.turn(delimiter);
        if (!this.inHead) break;
        continue;
      }
      this.node.addHeaderChunk(line);
      this.checkHead(0);
      if (line.length === 1 || (line.length === 2 && line[0] === CR)) {
        this.begin();
        break;
      }
    }
    return bytes.subarray(start);
  }

  private checkHead(more: number): void {
    if (this.node._headerlen + more > this.limits.head) throw new SplitLimit('The header of a part is too long.');
  }

  /** The header of the current part is whole. */
  private begin(): void {
    this.node.parseHeaders();
    this.inHead = false;
    this.atLineStart = true;
    this.ports.begin(this.node);
  }

  /** Takes the bytes of a part up to the next delimiter. @returns what follows that, or what cannot be decided yet */
  private body(bytes: Buffer): Buffer {
    const longest = this.longestDelimiter();
    if (longest === 0) return this.pass(bytes, bytes.length);
    for (let start = this.atLineStart ? 0 : nextLine(bytes, 0); start >= 0; start = nextLine(bytes, start)) {
      const end = bytes.indexOf(LF, start) + 1;
      if (end === 0) {
        const mayBecome = bytes.length - start <= longest && mayBegin(bytes, start);
        return mayBecome ? this.pass(bytes, this.breakBefore(bytes, start)) : this.pass(bytes, this.breakAtEnd(bytes));
      }
      const delimiter = this.delimiterIn(bytes.subarray(start, end));
      if (delimiter === undefined) continue;
      this.emit(bytes.subarray(0, this.breakBefore(bytes, start)));
      this.atLineStart = true;
      this.turn(delimiter);
      return bytes.subarray(end);
    }
    return this.pass(bytes, this.breakAtEnd(bytes));
  }

  /** Hands on what is decided. @returns the rest */
  private pass(bytes: Buffer, end: number): Buffer {
    if (end > 0) {
      this.emit(bytes.subarray(0, end));
      this.atLineStart = bytes[end - 1] === LF;
    }
    return bytes.subarray(end);
  }

  private emit(bytes: Buffer): void {
    if (bytes.length > 0 && !this.node.multipart) this.ports.body(bytes);
  }

  /** Where the line break before `start` begins, which belongs to a delimiter when it ends a part within another. */
  private breakBefore(bytes: Buffer, start: number): number {
    if (start === 0 || !this.node.parentNode) return start;
    return start > 1 && bytes[start - 2] === CR ? start - 2 : start - 1;
  }

  /** Where a line break at the end, whole or half, begins: a delimiter may follow. */
  private breakAtEnd(bytes: Buffer): number {
    const last = bytes.at(-1);
    if (last === LF) return this.breakBefore(bytes, bytes.length);
    return last === CR ? bytes.length - 1 : bytes.length;
  }

  private longestDelimiter(): number {
    const { _boundary: own, _parentBoundary: parents } = this.node;
    const longest = Math.max(own && !this.inEpilogue ? own.length : 0, parents ? parents.length : 0);
    return longest === 0 ? 0 : longest + DELIMITER_EXTRA;
  }

  private delimiterIn(line: Buffer): Delimiter | undefined {
    if (line[0] !== DASH || line[1] !== DASH) return undefined;
    const { _boundary: own, _parentBoundary: parents } = this.node;
    const ours = own && !this.inEpilogue ? closes(line, own) : undefined;
    if (ours !== undefined) return ours ? 'no child' : 'child';
    const theirs = parents ? closes(line, parents) : undefined;
    return theirs === undefined ? undefined : theirs ? 'no sibling' : 'sibling';
  }

  private turn(delimiter: Delimiter): void {
    const { node } = this;
    if (delimiter === 'child') this.descend(node);
    else if (delimiter === 'sibling') this.descend(node._parentBoundaryOwner);
    else if (delimiter === 'no sibling') this.ascend();
  }

  private descend(parent: MimeNode | false): void {
    if (++this.parts > this.limits.parts) throw new SplitLimit('The mail has too many parts.');
    this.node = new MimeNode(parent);
    this.inHead = true;
    this.inEpilogue = false;
  }

  private ascend(): void {
    const { node } = this;
    // A part that is only a header ends here.
    if (this.inHead && node._headerlen > 0) this.begin();
    if (node._parentBoundaryOwner) {
      this.node = node._parentBoundaryOwner;
      this.inEpilogue = true;
    }
    this.inHead = false;
    this.atLineStart = true;
  }
}

/** Behind the next line end that dashes follow, or may follow: -1 when there is none. */
function nextLine(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (mayBegin(bytes, at + 1)) return at + 1 < bytes.length ? at + 1 : -1;
  }
  return -1;
}

function mayBegin(bytes: Buffer, start: number): boolean {
  return (bytes[start] ?? DASH) === DASH && (bytes[start + 1] ?? DASH) === DASH;
}

/** Is it the delimiter with this boundary? Blanks may stand behind it (RFC 2046 §5.1.1). False for one that a part follows, true for the closing one. */
function closes(line: Buffer, boundary: Buffer): boolean | undefined {
  if (!line.subarray(2, 2 + boundary.length).equals(boundary)) return undefined;
  if (line.length > boundary.length + DELIMITER_EXTRA) return undefined;
  const tail = line.toString('latin1', 2 + boundary.length);
  if (/^--?[ \t]*\r?\n?$/.test(tail)) return true;
  return /^[ \t]*(?:\r\n?|\n)$/.test(tail) ? false : undefined;
}

/** Of the line break that it begins with. */
function breakLength(bytes: Buffer): number {
  if (bytes[0] === LF) return 1;
  return bytes[0] === CR && bytes[1] === LF ? 2 : 0;
}
