/**
 * Bytes of a mail to a `ParsedMail`: as they come, with bounded memory whatever the size of the mail or of its parts.
 *
 * mailparser itself is not used, because it holds every text part whole, and takes long texts apart for links that we
 * never use.
 */
import type { Readable } from 'node:stream';
import type { MimeNode } from '@zone-eu/mailsplit';
import addressparser from 'nodemailer/lib/addressparser';
import { Failure } from '../failure.js';
import { guess } from './mail-charset.js';
import { decodeWords, headersFromBytes, headersFromLines, MailHeaders } from './mail-headers.js';
import { messageIdsIn } from './mail-ids.js';
import type { Leaf } from './mail-leaf.js';
import { PartCollector, typeOf } from './mail-parts.js';
import { MailSplitter, SplitLimit, type SplitPorts } from './mail-split.js';
import { bodyText } from './mail-text.js';
import { plainAddress } from './plain-address.js';
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
 * Reads one mail, in pieces. Failures of `end`: permanent `bad-content` when the mail is over a limit (header 256 KiB,
 * 1,000 parts). A mail that cannot be taken apart is its raw text, with the note `raw`. Never throws.
 */
export class MailReader {
  private readonly parse = new Parse();
  private readonly splitter = new MailSplitter({ head: HEAD_LIMIT, parts: PARTS_LIMIT }, this.parse);
  private readonly start: Buffer[] = [];
  private startSize = 0;
  /** Why it was given up. */
  private cause: unknown;

  write(bytes: Buffer): void {
    if (this.startSize < RAW_LIMIT) this.start.push(bytes.subarray(0, RAW_LIMIT - this.startSize));
    this.startSize += bytes.length;
    this.step(() => this.splitter.write(bytes));
  }

  /** The mail is whole. */
  end(): ParsedMail | Failure {
    let parsed: ParsedMail | undefined;
    this.step(() => {
      this.splitter.end();
      this.parse.end(this.splitter.isWithinPart);
      parsed = this.parse.isBroken ? undefined : this.parse.result();
    });
    if (this.cause instanceof SplitLimit) {
      return Failure.permanent('bad-content', 'The mail has too many parts, or too long a header.', { cause: this.cause });
    }
    return parsed ?? this.raw();
  }

  private step(work: () => void): void {
    if (this.cause !== undefined) return;
    try {
      work();
    } catch (error) {
      this.cause = error;
    }
  }

  private raw(): ParsedMail | Failure {
    try {
      return raw(Buffer.concat(this.start));
    } catch (cause) {
      return Failure.permanent('bad-content', 'The mail cannot be read.', { cause });
    }
  }
}

/**
 * Reads a whole mail. A source is always read to its end, and never destroyed; one that breaks off is a temporary
 * failure. Never rejects.
 */
export async function readMail(source: Readable | Uint8Array): Promise<ParsedMail | Failure> {
  const reader = new MailReader();
  if (source instanceof Uint8Array) {
    reader.write(asBuffer(source));
    return reader.end();
  }
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false })) reader.write(asBuffer(chunk as Uint8Array));
    return reader.end();
  } catch (cause) {
    return Failure.temporary('bad-content', 'The mail did not arrive whole.', { cause });
  }
}

/** The store's thread hands out plain arrays of bytes. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The mail as it stands, unparsed but for its header. */
function raw(start: Buffer): ParsedMail {
  const body = start.subarray(bodyStart(start));
  return { ...fromHeader(headersFromBytes(start)), type: 'text/plain', ...RAW, bodies: [{ plain: bodyText(guess(body)) }] };
}

const RAW = { attachments: [], cards: [], contentIds: new Map<string, number>(), report: {}, notes: ['raw'] } as const;

function bodyStart(bytes: Buffer): number {
  const crlf = bytes.indexOf('\r\n\r\n');
  const lf = bytes.indexOf('\n\n');
  if (crlf === -1 && lf === -1) return 0;
  return crlf !== -1 && (lf === -1 || crlf < lf) ? crlf + 4 : lf + 2;
}

/** Follows the splitter through one mail. */
class Parse implements SplitPorts {
  private readonly parts = new PartCollector();
  private root: MimeNode | undefined;
  private leaf: Leaf | undefined;

  begin(node: MimeNode): void {
    this.end();
    this.root ??= node;
    if (!node.multipart) this.leaf = this.parts.open(node);
  }

  body(bytes: Buffer): void {
    this.leaf?.write(bytes);
  }

  get isBroken(): boolean {
    return Boolean(this.root?.multipart) && this.parts.isEmpty;
  }

  result(): ParsedMail {
    const lines = this.root?.headers ? this.root.headers.getList() : [];
    const type = this.root ? typeOf(this.root) : 'text/plain';
    return { type, ...fromHeader(headersFromLines(lines)), ...this.parts.result() };
  }

  /** The last part has ended. `isCutOff` as for `Leaf`. */
  end(isCutOff = false): void {
    if (!this.leaf) return;
    this.leaf.end();
    this.parts.close(this.leaf, isCutOff);
    this.leaf = undefined;
  }
}

type FromHeader = Omit<ParsedMail, 'type' | 'bodies' | 'attachments' | 'contentIds' | 'cards' | 'reactions' | 'report' | 'notes'>;

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
  return headers.all(name).flatMap((value) => {
    const shown = value.slice(0, ADDRESSES_LIMIT);
    const plain = plainAddress(shown);
    if (plain !== undefined) return [plain];
    return addressparser(shown, { flatten: true }).map((entry) => ({ name: decodeWords(entry.name), address: entry.address }));
  });
}
