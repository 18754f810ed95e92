/** The body of a mail as its DKIM signatures mean it (RFC 6376 §3.4.3, §3.4.4), hashed while it arrives. */
import { createHash } from 'node:crypto';

export type Canonicalization = 'simple' | 'relaxed';

export interface BodyForm {
  readonly hash: 'sha256' | 'sha1';
  readonly form: Canonicalization;
  /** How many bytes are signed (`l=`). */
  readonly most: number;
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
const CRLF = Buffer.from('\r\n');

/** Lines end in CRLF, and CR and LF stand nowhere else: the listener sees to that. */
export class BodyHash {
  private readonly hash;
  /** Line ends that count only if something follows them. */
  private breaks = 0;
  /** White space that counts only if something follows it in its line. */
  private space = false;
  private length = 0;

  private result: string | undefined;

  constructor(private readonly what: BodyForm) {
    this.hash = createHash(what.hash);
  }

  /** Bytes of the body in this form that no signature covers. */
  get unsigned(): number {
    return Math.max(0, this.length - this.what.most);
  }

  update(bytes: Uint8Array): void {
    const out = Buffer.allocUnsafe(bytes.length + 2 * this.breaks + 1);
    const relaxed = this.what.form === 'relaxed';
    let to = 0;
    for (const byte of bytes) {
      if (byte === LF) {
        this.breaks++;
        this.space = false;
      } else if (relaxed && (byte === SPACE || byte === TAB)) this.space = true;
      else if (byte !== CR) {
        for (; this.breaks > 0; this.breaks--) {
          out[to++] = CR;
          out[to++] = LF;
        }
        if (this.space) out[to++] = SPACE;
        this.space = false;
        out[to++] = byte;
      }
    }
    this.add(out.subarray(0, to));
  }

  /** After the whole body: base 64. */
  digest(): string {
    if (this.result !== undefined) return this.result;
    if (this.length > 0 || this.what.form === 'simple') this.add(CRLF);
    return (this.result = this.hash.digest('base64'));
  }

  private add(bytes: Buffer): void {
    const room = this.what.most - this.length;
    this.length += bytes.length;
    if (room > 0) this.hash.update(bytes.length > room ? bytes.subarray(0, room) : bytes);
  }
}
