/** The body of a mail as its DKIM signatures mean it (RFC 6376 §3.4.3, §3.4.4), hashed while it arrives. */
import { createHash } from 'node:crypto';

export type Canonicalization = 'simple' | 'relaxed';

export interface BodyForm {
  readonly form: Canonicalization;
  /** How many bytes are signed (`l=`). */
  readonly most: number;
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
const CRLF = Buffer.from('\r\n');
const BLANK = Buffer.from(' ');
/** A mail may be all line ends: they are hashed by so many at a time. */
const BREAKS = Buffer.from('\r\n'.repeat(8_192));

/** Lines end in CRLF, and CR and LF stand nowhere else: the listener sees to that. */
export class BodyHash {
  private readonly hash = createHash('sha256');
  /** Line ends that count only if something follows them. */
  private breaks = 0;
  /** White space that counts only if something follows it in its line. */
  private space = false;
  private length = 0;

  private result: string | undefined;

  constructor(private readonly what: BodyForm) {}

  /** Bytes of the body in this form that no signature covers. */
  get unsigned(): number {
    return Math.max(0, this.length - this.what.most);
  }

  update(bytes: Uint8Array): void {
    if (this.what.form === 'simple' || !(bytes.includes(SPACE) || bytes.includes(TAB))) this.asItStands(bytes);
    else this.relaxed(bytes);
  }

  /** Nothing changes but what is left out at the end: ten times as fast, and what large files are made of. */
  private asItStands(bytes: Uint8Array): void {
    let start = 0;
    let end = bytes.length;
    while (start < end && isBreak(bytes[start])) start++;
    while (end > start && isBreak(bytes[end - 1])) end--;
    this.breaks += lineEnds(bytes.subarray(0, start));
    if (start > 0) this.space = false;
    if (start === end) return;
    this.addBreaks();
    if (this.space) this.add(BLANK);
    this.add(bytes.subarray(start, end));
    this.space = false;
    this.breaks = lineEnds(bytes.subarray(end));
  }

  private relaxed(bytes: Uint8Array): void {
    if (bytes.some((byte) => !isBreak(byte) && byte !== SPACE && byte !== TAB)) this.addBreaks();
    const out = Buffer.allocUnsafe(bytes.length + 2);
    let { breaks, space } = this;
    let to = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === LF) {
        breaks++;
        space = false;
      } else if (byte === SPACE || byte === TAB) space = true;
      else if (byte !== CR) {
        for (; breaks > 0; breaks--) {
          out[to++] = CR;
          out[to++] = LF;
        }
        if (space) out[to++] = SPACE;
        space = false;
        out[to++] = byte;
      }
    }
    this.breaks = breaks;
    this.space = space;
    this.add(out.subarray(0, to));
  }

  /** After the whole body: base 64. */
  digest(): string {
    if (this.result !== undefined) return this.result;
    if (this.length > 0 || this.what.form === 'simple') this.add(CRLF);
    return (this.result = this.hash.digest('base64'));
  }

  private addBreaks(): void {
    for (; this.breaks > 0; this.breaks -= Math.min(this.breaks, BREAKS.length / 2)) this.add(BREAKS.subarray(0, 2 * this.breaks));
  }

  private add(bytes: Uint8Array): void {
    const room = this.what.most - this.length;
    this.length += bytes.length;
    if (room > 0) this.hash.update(bytes.length > room ? bytes.subarray(0, room) : bytes);
  }
}

function isBreak(byte: number | undefined): boolean {
  return byte === LF || byte === CR;
}

function lineEnds(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === LF) count++;
  return count;
}
