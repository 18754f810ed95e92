/**
 * Every line of SMTP ends in CRLF, in commands and in mails, and CR, LF and NUL appear nowhere else (RFC 5321 §2.3.8,
 * §4.1.1.4). Servers that disagree about where a mail ends can be smuggled through; the guard looks at the raw bytes
 * before anything parses them, so how they were cut into segments cannot matter.
 */
export interface LineFault {
  readonly what: 'line-ending' | 'nul' | 'too-long';
  /** Where in the chunk; what lies before it is good. */
  readonly at: number;
}

const NUL = 0;
const LF = 10;
const CR = 13;

export class LineGuard {
  /** The last byte seen was a CR. */
  private open = false;
  /** Bytes of the line that is not yet ended. */
  private length = 0;

  /** @param longest a line in bytes, without its CRLF */
  constructor(private readonly longest: number) {}

  /** Looks at the next bytes; after a fault the guard is spent. */
  scan(chunk: Uint8Array): LineFault | undefined {
    const nul = chunk.indexOf(NUL);
    const fault = this.scanLines(nul < 0 ? chunk : chunk.subarray(0, nul));
    return fault ?? (nul < 0 ? undefined : { what: 'nul', at: nul });
  }

  private scanLines(chunk: Uint8Array): LineFault | undefined {
    let start = 0;
    if (this.open && chunk.length > 0) {
      if (chunk[0] !== LF) return { what: 'line-ending', at: 0 };
      this.open = false;
      this.length = 0;
      start = 1;
    }
    while (start < chunk.length) {
      const end = this.lineEnd(chunk, start);
      if (this.length + end.at - start > this.longest) return { what: 'too-long', at: start };
      if (end.bad) return { what: 'line-ending', at: end.at };
      this.open = end.open;
      this.length = end.ended ? 0 : this.length + end.at - start;
      start = end.ended ? end.at + 2 : chunk.length;
    }
    return undefined;
  }

  /** The next CR or LF, and whether it is half of a CRLF that goes on in the next chunk, a whole one, or neither. */
  private lineEnd(chunk: Uint8Array, start: number): { at: number; ended?: boolean; open: boolean; bad?: boolean } {
    const cr = chunk.indexOf(CR, start);
    const lf = chunk.indexOf(LF, start);
    if (cr < 0 && lf < 0) return { at: chunk.length, open: false };
    if (cr < 0 || (lf >= 0 && lf < cr)) return { at: lf, open: false, bad: true };
    if (cr === chunk.length - 1) return { at: cr, open: true };
    return lf === cr + 1 ? { at: cr, open: false, ended: true } : { at: cr, open: false, bad: true };
  }
}
