/**
 * One mail as it arrives. Its header is judged first; then three readers take the rest side by side, the store, the
 * parser and the signature check, so that memory does not grow with the mail and nothing is read twice.
 */
import type { Readable } from 'node:stream';
import type { DKIMVerifyResult } from 'mailauth';
import type { MailAddress } from '../address.js';
import type { ContentSink } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Log } from '../log.js';
import type { ParsedMail } from '../translate/mail-types.js';
import { MailReader } from '../translate/read-mail.js';
import { believe } from './auth-results.js';
import { Branch } from './branch.js';
import { guardFrom } from './from-guard.js';
import { HeadCollector } from './head-collector.js';
import { splitFields } from './header.js';
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
}

const CRLF = Buffer.from('\r\n');

export class Incoming {
  /** Bytes so far. */
  size = 0;
  private readonly head = new HeadCollector();
  private readonly spool: Spool;
  private failure: Failure | undefined;
  private section: Buffer | undefined;
  private from: MailAddress | undefined;
  private parser: MailReader | undefined;
  private check: SenderCheck | undefined;
  private signatures: Branch<DKIMVerifyResult> | undefined;

  constructor(private readonly envelope: Envelope, private readonly at: number, private readonly parts: IncomingParts) {
    this.spool = new Spool(parts.content, envelope.id);
  }

  /** Takes all of it, also when it is refused already. Rejects when the source breaks off. */
  async receive(source: Readable): Promise<void> {
    try {
      for await (const chunk of source) await this.take(chunk as Buffer);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /** After all was received. @param fault what is wrong with the lines of the mail */
  async finish(fault: Failure | undefined): Promise<WholeMail | Failure> {
    if (fault === undefined && this.failure === undefined && this.section === undefined) await this.step(() => this.begin());
    const refused = fault ?? this.failure;
    if (refused !== undefined || this.parser === undefined) {
      this.abort();
      return refused ?? Failure.permanent('bad-content', 'The mail is empty.');
    }
    const parsed = this.parser.end();
    if (isFailure(parsed)) {
      this.abort();
      return parsed;
    }
    const signatures = await this.signatures?.end();
    const judged = await this.judge(signatures);
    return isFailure(judged) ? judged : { parsed, from: this.from, judged };
  }

  /** Hands the last of the original to the store. */
  async store(): Promise<Failure | undefined> {
    await this.step(() => this.spool.flush());
    return this.failure;
  }

  private async take(chunk: Buffer): Promise<void> {
    this.size += chunk.length;
    if (this.size > this.parts.limits.size) this.fail(Failure.permanent('too-large', `The mail is larger than ${this.parts.limits.size} bytes.`));
    if (this.failure === undefined) await this.step(() => this.pass(chunk));
  }

  private async pass(chunk: Buffer): Promise<void> {
    if (this.section !== undefined) return this.feed(chunk, chunk);
    const body = this.head.take(chunk);
    if (this.head.size > this.parts.limits.headerSize) return this.fail(Failure.permanent('bad-content', 'The header of the mail is too long.'));
    if (body === undefined) return;
    await this.begin();
    if (this.failure === undefined) await this.feed(body, body);
  }

  /** The header is whole. */
  private async begin(): Promise<void> {
    const { envelope, parts } = this;
    const section = (this.section = this.head.section());
    if (envelope.recipients.some(({ routes }) => routes.some(({ outlet }) => outlet !== 'bounce'))) {
      const from = guardFrom(section);
      if (isFailure(from)) return this.fail(from);
      this.from = from;
    }
    this.parser = new MailReader();
    if (parts.verify && !this.isVouchedFor && this.from !== undefined) {
      const check = (this.check = new SenderCheck(parts.resolver));
      const signed = splitFields(section).some(({ name }) => name.trim() === 'dkim-signature');
      if (signed) this.signatures = new Branch((mail) => check.signatures(mail));
    }
    const { id, peer, recipients } = envelope;
    const hop = { id, at: this.at, helo: peer.helo, peer: peer.address, hostname: parts.hostname, protocol: peer.protocol, recipients: recipients.map(({ address }) => address) };
    await this.feed(Buffer.concat([section, CRLF]), Buffer.concat([stampHeader(section, hop), CRLF]));
  }

  /** @param raw as it came: what was signed. @param kept as it is stored and read */
  private async feed(raw: Uint8Array, kept: Buffer): Promise<void> {
    this.parser?.write(kept);
    await Promise.all([this.signatures?.write(raw), this.spool.write(kept)]);
  }

  /** An MTA of the administrator's says what it found. */
  private get isVouchedFor(): boolean {
    return this.envelope.peer.trusted && this.parts.trustedAuthserv !== undefined;
  }

  private async judge(signatures: DKIMVerifyResult | undefined): Promise<Judged | Failure> {
    const { parts, from, check } = this;
    const { from: envelope, peer } = this.envelope;
    if (from === undefined) return UNPROVEN;
    if (check !== undefined) return check.judge({ from, envelope, client: peer.trusted ? undefined : { ip: peer.address, helo: peer.helo } }, signatures);
    if (!parts.verify || parts.trustedAuthserv === undefined) return { authenticity: 'verified', returnPathHolds: true };
    return believe(splitFields(this.section ?? Buffer.alloc(0)), parts.trustedAuthserv, from, envelope);
  }

  /** The sink rejects when the store does not work: the mail is read on, and deferred. */
  private async step(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      this.parts.log.error({ message: this.envelope.id, err: cause }, 'original of a mail not stored');
      this.fail(Failure.temporary('storage', 'The mail cannot be stored at the moment.', { cause }));
    }
  }

  private fail(failure: Failure): void {
    if (this.failure !== undefined) return;
    this.failure = failure;
    this.abort();
  }

  private abort(): void {
    this.signatures?.abort();
  }
}
