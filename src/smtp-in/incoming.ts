/**
 * One mail as it arrives. Its header is judged first; then three readers take the rest side by side, the store, the
 * parser and the signature check, so that memory does not grow with the mail and nothing is read twice.
 */
import type { Readable } from 'node:stream';
import type { MailAddress } from '../address.js';
import type { ContentSink } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Log } from '../log.js';
import type { ParsedMail } from '../translate/mail-types.js';
import { MailReader } from '../translate/read-mail.js';
import { believe } from './auth-results.js';
import { isSignature, type SignatureCheck, type SignatureResult } from './dkim.js';
import { guardFrom } from './from-guard.js';
import { HeadCollector } from './head-collector.js';
import { splitFields, type RawField } from './header.js';
import type { Envelope } from './mail.js';
import type { SmtpInLimits } from './options.js';
import type { DnsResolver } from './resolver.js';
import { Spool } from './spool.js';
import { stampHeader } from './trace.js';
import { SenderCheck, UNPROVEN, type Judged } from './verify.js';

export interface IncomingParts {
  readonly content: ContentSink;
  readonly resolver: DnsResolver;
  readonly limits: Pick<SmtpInLimits, 'size' | 'headerSize'>;
  readonly hostname: string;
  readonly verify: boolean;
  readonly trustedAuthserv: string | undefined;
  readonly log: Log;
}

/** A whole mail that may be handed in. */
export interface WholeMail {
  readonly parsed: ParsedMail;
  /** What the From guard let through; undefined only for a mail to return addresses alone, which is not guarded. */
  readonly from: MailAddress | undefined;
  readonly judged: Judged;
  /** As `Message.spam`. */
  readonly spam?: true;
}

const CRLF = Buffer.from('\r\n');

export class Incoming {
  /** Bytes so far. */
  size = 0;
  private readonly head = new HeadCollector();
  private readonly spool: Spool;
  private failure: Failure | undefined;
  /** Of the header, once it is whole. */
  private fields: readonly RawField[] | undefined;
  private from: MailAddress | undefined;
  private parser: MailReader | undefined;
  private check: SenderCheck | undefined;
  private signatures: SignatureCheck | undefined;

  constructor(private readonly envelope: Envelope, private readonly at: number, private readonly parts: IncomingParts) {
    this.spool = new Spool(parts.content, envelope.id);
  }

  /** Takes all of it, also when it is refused already. Rejects when the source breaks off. */
  receive(source: Readable): Promise<void> {
    return new Promise((resolve, reject) => {
      source.on('data', (chunk: Buffer) => {
        const busy = this.take(chunk);
        if (busy === undefined) return;
        source.pause();
        void busy.then(() => source.resume());
      });
      source.on('end', resolve).on('error', reject);
      source.on('close', () => {
        if (!source.readableEnded) reject(new Error('The mail broke off.'));
      });
    });
  }

  /** After all was received. @param fault what is wrong with the lines of the mail */
  async finish(fault: Failure | undefined): Promise<WholeMail | Failure> {
    if (fault === undefined && this.failure === undefined && this.fields === undefined) await this.stored(this.begin());
    const refused = fault ?? this.failure;
    if (refused !== undefined || this.parser === undefined) return refused ?? Failure.permanent('bad-content', 'The mail is empty.');
    const parsed = this.parser.end();
    if (isFailure(parsed)) return parsed;
    const judged = await this.judge(await this.signatures?.end());
    return isFailure(judged) ? judged : { parsed, from: this.from, judged };
  }

  /** The mail as it will be kept, to be read before `store`. */
  get kept(): Pick<Spool, 'size' | 'read'> {
    return this.spool;
  }

  /** Hands the last of the original to the store. */
  async store(): Promise<Failure | undefined> {
    await this.stored(this.spool.flush());
    return this.failure;
  }

  /** What no message came to own is not kept. */
  async close(): Promise<void> {
    await this.spool.discard();
  }

  /** @returns nothing when there is room for more at once */
  private take(chunk: Buffer): Promise<void> | undefined {
    this.size += chunk.length;
    if (this.size > this.parts.limits.size) this.fail(Failure.permanent('too-large', `The mail is larger than ${this.parts.limits.size} bytes.`));
    return this.failure === undefined ? this.stored(this.pass(chunk)) : undefined;
  }

  private pass(chunk: Buffer): Promise<void> | undefined {
    const body = this.fields === undefined ? this.head.take(chunk) : chunk;
    if (this.head.size > this.parts.limits.headerSize) this.fail(Failure.permanent('bad-content', 'The header of the mail is too long.'));
    if (body === undefined || this.failure !== undefined) return undefined;
    const header = this.fields === undefined ? this.begin() : undefined;
    if (this.failure !== undefined) return undefined;
    this.signatures?.write(body);
    return header?.then(() => this.keep(body)) ?? this.keep(body);
  }

  /** The header is whole. */
  private begin(): Promise<void> | undefined {
    const { envelope, parts } = this;
    const fields = (this.fields = splitFields(this.head.section()));
    if (envelope.recipients.some(({ routes }) => routes.some(({ outlet }) => outlet !== 'bounce'))) {
      const from = guardFrom(fields);
      if (isFailure(from)) {
        this.fail(from);
        return undefined;
      }
      this.from = from;
    }
    this.parser = new MailReader();
    if (parts.verify && !this.isVouchedFor && this.from !== undefined) {
      this.check = new SenderCheck(parts.resolver);
      if (fields.some(isSignature)) this.signatures = this.check.signatures(fields);
    }
    const { id, peer, recipients } = envelope;
    const hop = { id, at: this.at, helo: peer.helo, peer: peer.address, hostname: parts.hostname, protocol: peer.protocol, recipients: recipients.map(({ address }) => address) };
    return this.keep(Buffer.concat([stampHeader(fields, hop), CRLF]));
  }

  /** To the reader and the store. */
  private keep(bytes: Buffer): Promise<void> | undefined {
    this.parser?.write(bytes);
    return this.spool.write(bytes);
  }

  /** An MTA of the administrator's says what it found. */
  private get isVouchedFor(): boolean {
    return this.envelope.peer.trusted && this.parts.trustedAuthserv !== undefined;
  }

  private async judge(signatures: readonly SignatureResult[] | undefined): Promise<Judged | Failure> {
    const { parts, from, check } = this;
    const { from: envelope, peer } = this.envelope;
    if (from === undefined) return UNPROVEN;
    if (check !== undefined) return check.judge({ from, envelope, client: peer.trusted ? undefined : { ip: peer.address, helo: peer.helo } }, signatures);
    if (!parts.verify || parts.trustedAuthserv === undefined) return { authenticity: 'verified', returnPathHolds: true };
    return believe(this.fields ?? [], parts.trustedAuthserv, from, envelope);
  }

  /** The sink rejects when the store does not work: the mail is read on, and deferred. */
  private stored(writing: Promise<void> | undefined): Promise<void> | undefined {
    return writing?.catch((cause: unknown) => {
      this.parts.log.error({ message: this.envelope.id, err: cause }, 'original of a mail not stored');
      this.fail(Failure.temporary('storage', 'The mail cannot be stored at the moment.', { cause }));
    });
  }

  private fail(failure: Failure): void {
    this.failure ??= failure;
  }
}
