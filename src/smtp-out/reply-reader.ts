/** Whole replies out of what comes from the relay, however it was cut (RFC 5321 §4.2.1). */

/** One reply as it was said, lines divided by LF. */
export interface RawReply {
  readonly code: number;
  readonly text: string;
}

/** A reply that is longer is none. */
const MOST = 65_536;
const LINE = /^([2-5]\d\d)(?:([ -])|$)/;

export class ReplyReader {
  /** Bytes are kept one to a character until their reply is whole. */
  #rest = '';
  #lines: string[] = [];
  #length = 0;

  /** What is whole now, in order; undefined for what is no SMTP, after which nothing more can be understood. */
  read(chunk: Buffer): readonly RawReply[] | undefined {
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    const replies: RawReply[] = [];
    for (const line of lines) {
      const reply = this.#take(line.endsWith('\r') ? line.slice(0, -1) : line);
      if (reply === undefined) return undefined;
      if (reply !== 'more') replies.push(reply);
    }
    return this.#length + this.#rest.length > MOST ? undefined : replies;
  }

  #take(line: string): RawReply | 'more' | undefined {
    if (line === '' && this.#lines.length === 0) return 'more';
    const [, code = '', mark] = LINE.exec(line) ?? [];
    this.#length += line.length;
    if (code === '' || this.#length > MOST || this.#lines[0]?.startsWith(code) === false) return undefined;
    this.#lines.push(line);
    if (mark === '-') return 'more';
    const text = this.#lines.join('\n');
    this.#lines = [];
    this.#length = 0;
    return { code: Number(code), text: decode(text) };
  }
}

/** UTF-8 where it is that, else one character to a byte. */
function decode(latin1: string): string {
   
  if (/^[\0-\x7f]*$/.test(latin1)) return latin1;
  const text = Buffer.from(latin1, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? latin1 : text;
}
