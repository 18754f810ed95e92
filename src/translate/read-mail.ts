/**
 * Bytes of a mail to a `ParsedMail`: streaming, with bounded memory whatever the size of the mail or of its parts.
 *
 * mailsplit (the engine inside mailparser) takes the mail apart; mailparser itself is not used, because it holds every
 * text part whole, and takes long texts apart for links that we never use.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Splitter, type MessageChunk, type MimeNode } from '@zone-eu/mailsplit';
import addressparser from 'nodemailer/lib/addressparser';
import { Failure } from '../failure.js';
import { guess } from './mail-charset.js';
import { decodeWords, headersFromBytes, headersFromLines, MailHeaders } from './mail-headers.js';
import { messageIdsIn } from './mail-ids.js';
import type { Leaf } from './mail-leaf.js';
import { PartCollector, typeOf } from './mail-parts.js';
import { bodyText } from './mail-text.js';
import type { HeaderAddress, ParsedMail } from './mail-types.js';

/** The header of the mail, or of one part, may have this many bytes; above it the mail is refused. */
export const HEAD_LIMIT = 256 * 1024;
/** A mail may have this many parts; above it the mail is refused. */
export const PARTS_LIMIT = 1000;
/** Of a field with addresses, this much is looked at: it is for display. */
const ADDRESSES_LIMIT = 32 * 1024;
/** Bytes kept of the start of the mail, to show it as it is if it cannot be parsed. */
const RAW_LIMIT = 64 * 1024;

/**
 * Reads a whole mail. The source is always read to its end, and never destroyed.
 *
 * Failures: permanent `bad-content` when the mail is over a limit of the parser (header 256 KiB, 1,000 parts);
 * temporary `bad-content` when the source broke off. A mail that cannot be taken apart is its raw text, with the note
 * `raw`. Never rejects.
 */
export async function readMail(source: Readable | Uint8Array): Promise<ParsedMail | Failure> {
  const stream = source instanceof Readable ? source : Readable.from(slices(source));
  const tap = new Tap();
  const parse = new Parse();
  try {
    await pipeline(tap.through(stream), new Splitter({ ignoreEmbedded: true, maxHeadSize: HEAD_LIMIT, maxChildNodes: PARTS_LIMIT }), (chunks) =>
      parse.run(chunks as AsyncIterable<MimeNode | MessageChunk>),
    );
    return parse.isBroken ? raw(tap.start) : parse.result();
  } catch (cause) {
    return (await rest(stream)) ?? afterError(cause, tap.start);
  }
}

function* slices(bytes: Uint8Array): Iterable<Buffer> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < all.length; at += RAW_LIMIT) yield all.subarray(at, at + RAW_LIMIT);
}

/** Remembers how the mail begins, and keeps the source alive when the parser gives up. */
class Tap {
  private readonly pieces: Buffer[] = [];
  private size = 0;

  async *through(stream: Readable): AsyncGenerator<Buffer> {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer;
      if (this.size < RAW_LIMIT) this.pieces.push(bytes.subarray(0, RAW_LIMIT - this.size));
      this.size += bytes.length;
      yield bytes;
    }
  }

  get start(): Buffer {
    return Buffer.concat(this.pieces);
  }
}

/** Reads what the parser left; a failure when the source itself is what broke. */
async function rest(stream: Readable): Promise<Failure | undefined> {
  const broken = (cause: unknown) => Failure.temporary('bad-content', 'The mail did not arrive whole.', { cause });
  if (stream.errored) return broken(stream.errored);
  try {
    for await (const _ of stream.iterator({ destroyOnReturn: false }));
    return undefined;
  } catch (cause) {
    return broken(cause);
  }
}

function afterError(cause: unknown, start: Buffer): ParsedMail | Failure {
  if (cause instanceof Error && 'code' in cause && cause.code === 'EMAXLEN') {
    return Failure.permanent('bad-content', 'The mail has too many parts, or too long a header.', { cause });
  }
  try {
    return raw(start);
  } catch (second) {
    return Failure.permanent('bad-content', 'The mail cannot be read.', { cause: second });
  }
}

/** The mail as it stands, unparsed but for its header. */
function raw(start: Buffer): ParsedMail {
  const body = start.subarray(bodyStart(start));
  return { ...fromHeader(headersFromBytes(start)), type: 'text/plain', ...RAW, bodies: [{ plain: bodyText(guess(body)) }] };
}

const RAW = { attachments: [], report: {}, notes: ['raw'] } as const;

function bodyStart(bytes: Buffer): number {
  const crlf = bytes.indexOf('\r\n\r\n');
  const lf = bytes.indexOf('\n\n');
  if (crlf === -1 && lf === -1) return 0;
  return crlf !== -1 && (lf === -1 || crlf < lf) ? crlf + 4 : lf + 2;
}

/** Follows the splitter through one mail. */
class Parse {
  private readonly parts = new PartCollector();
  private root: MimeNode | undefined;
  private leaf: Leaf | undefined;

  async run(chunks: AsyncIterable<MimeNode | MessageChunk>): Promise<void> {
    for await (const chunk of chunks) {
      if (chunk.type === 'node') await this.begin(chunk);
      else if (chunk.type === 'body' && this.leaf?.node === chunk.node) await this.leaf.write(chunk.value);
    }
    await this.end();
  }

  get isBroken(): boolean {
    return Boolean(this.root?.multipart) && this.parts.isEmpty;
  }

  result(): ParsedMail {
    const lines = this.root?.headers ? this.root.headers.getList() : [];
    const type = this.root ? typeOf(this.root) : 'text/plain';
    return { ...fromHeader(headersFromLines(lines)), type, ...this.parts.result() };
  }

  private async begin(node: MimeNode): Promise<void> {
    await this.end();
    this.root ??= node;
    if (!node.multipart) this.leaf = this.parts.open(node);
  }

  private async end(): Promise<void> {
    if (!this.leaf) return;
    await this.leaf.end();
    this.parts.close(this.leaf);
    this.leaf = undefined;
  }
}

type FromHeader = Omit<ParsedMail, 'type' | 'bodies' | 'attachments' | 'report' | 'notes'>;

function fromHeader(headers: MailHeaders): FromHeader {
  const subject = headers.text('subject');
  const messageId = messageIdsIn(headers.first('message-id'))[0];
  const date = dateOf(headers.first('date'));
  return {
    headers,
    from: addressesIn(headers, 'from'),
    to: addressesIn(headers, 'to'),
    cc: addressesIn(headers, 'cc'),
    ...(subject === undefined ? {} : { subject }),
    ...(messageId === undefined ? {} : { messageId }),
    inReplyTo: messageIdsIn(headers.first('in-reply-to')),
    references: messageIdsIn(headers.first('references')),
    ...(date === undefined ? {} : { date }),
  };
}

function dateOf(value: string | undefined): number | undefined {
  const date = value === undefined || value.length > 200 ? NaN : Date.parse(value);
  return Number.isNaN(date) ? undefined : date;
}

/** All fields of the name, groups opened; names decoded, addresses as they stand. */
function addressesIn(headers: MailHeaders, name: string): HeaderAddress[] {
  return headers.all(name).flatMap((value) =>
    addressparser(value.slice(0, ADDRESSES_LIMIT), { flatten: true }).map((entry) => ({ name: decodeWords(entry.name), address: entry.address })),
  );
}
