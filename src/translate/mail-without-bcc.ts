/** An original mail as others may see it: without the fields that name its hidden recipients (RFC 5322 §3.6.3, §3.6.6). */
import { HEAD_LIMIT } from './read-mail.js';

const HIDDEN = /^(?:resent-)?bcc[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|(?![^]))/gim;
/** A mail with a longer header was never accepted; with the Received field that came on top at the gateway. */
const LONGEST_HEAD = HEAD_LIMIT + 64 * 1024;

/** The same bytes but for Bcc and Resent-Bcc of its header. Holds no more than the header. Throws when that does not end. */
export async function* withoutBcc(mail: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of mail) {
    if (head === undefined) {
      yield piece;
      continue;
    }
    head = Buffer.concat([head, piece]);
    const end = headEnd(head);
    if (end === -1 && head.length > LONGEST_HEAD) throw new Error('the header of the original does not end');
    if (end === -1) continue;
    yield withoutHidden(head.subarray(0, end));
    yield head.subarray(end);
    head = undefined;
  }
  if (head !== undefined) yield withoutHidden(head);
}

/** Behind the line end of the last field; -1 when that has not come. */
function headEnd(bytes: Buffer): number {
  const ends = ['\n\r\n', '\n\n'].map((end) => bytes.indexOf(end)).filter((at) => at >= 0);
  return ends.length === 0 ? -1 : Math.min(...ends) + 1;
}

function withoutHidden(head: Buffer): Buffer {
  return Buffer.from(head.toString('latin1').replace(HIDDEN, ''), 'latin1');
}
