/**
 * The way out by mail: through the administrator's MTA, one transaction for each delivery. Who takes responsibility is
 * said by the reply to the final dot and nothing before it (RFC 5321 §6.1); what ends otherwise stays ours, so a message
 * whose answer was lost is sent again with the same Message-ID.
 *
 * The queue retries and reports; here every end becomes an exact `Outcome`. A 5xx about the message fails it. A 5xx about
 * our session with the relay (login, STARTTLS, greeting) is the administrator's to mend: messages wait, and the log says
 * it. While no session can be opened the outlet is not ready, and it probes by itself.
 */
import { formatAddress, phoneNumberOf, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { Outcome, Outlet } from '../edge.js';
import { Failure } from '../failure.js';
import type { Log } from '../log.js';
import { recalled } from '../burst-lines.js';
import type { ContentId, Delivery, Message } from '../message.js';
import { recipientTag } from '../recipient-tag.js';
import { mergeBurst } from '../translate/burst.js';
import { asText, forwardedMail, isForwardedMail } from '../translate/forward-mail.js';
import { makeReturnAddress } from '../translate/mail-verp.js';
import { saysNothing } from '../translate/reaction-mail.js';
import { toReportMail } from '../translate/report-mail.js';
import type { MailPieces } from '../translate/mail-pieces.js';
import { toMailWithFiles, type ComposedMail } from '../translate/to-mail.js';
import type { MailBytes } from './commands.js';
import { dkimSign, dkimSignPieces, type DkimKey } from './dkim.js';
import { asLinks, Enclosures, hasLinkedFiles, type FileSource, type Files } from './enclosures.js';
import { envelopeOf, type Envelope } from './envelope.js';
import { SmtpFault } from './fault.js';
import { isLinkFault, outcomeOf } from './outcome.js';
import { RelayClient, type Refusal } from './relay-client.js';
import { formatRelay, type Relay } from './relay-url.js';
import type { Sent } from './dialogue.js';

export interface SmtpOutOptions {
  /** From `parseRelay`. */
  readonly relay: Relay;
  /** Refuse a relay without STARTTLS, and check its certificate. Default: use STARTTLS where it is offered. */
  readonly requireTls?: boolean;
  /** PEM of the authority that signed the relay's certificate; with it the certificate is always checked. */
  readonly ca?: string;
  /** Sessions at most; default 20. */
  readonly connections?: number;
  /** Messages per session; default 100. */
  readonly messagesPerConnection?: number;
  /** For opening a session, ms; default one minute. */
  readonly openMs?: number;
  /** The longest wait for one answer of a transaction, ms; default: as long as RFC 5321 §4.5.3.2 asks at that step. */
  readonly answerMs?: number;
  /** First and longest wait between probes of a relay that cannot be reached, ms; default a second and a minute. */
  readonly probe?: { readonly firstMs: number; readonly mostMs: number };
  /** Bytes of all files that one mail carries; default 25 MiB. */
  readonly mostFiles?: number;
  /** From `dkimKey`; without it mail leaves unsigned. */
  readonly dkim?: DkimKey;
}

export interface SmtpOutDeps {
  readonly gateway: GatewayNames;
  readonly log: Log;
  readonly clock: Clock;
  /** The display name of a chat user, for messages that brought none. Bounded in time; never rejects. */
  nameOf(user: Jid): Promise<string | undefined>;
  /** The bytes of an original mail, nothing when it is no longer kept. Without it what is forwarded says what the mail said. */
  original?(id: ContentId): AsyncIterable<Uint8Array>;
  /** What stands below each mail of a chat user; empty for nothing. */
  signatureOf?(user: Jid): string;
  /** By which address he writes, in a conversation that runs by an alias of his (`ReplyContext.cameBy`); absent or undefined: that of his JID. */
  writesBy?(user: Jid, cameBy: string | undefined): MailAddress | undefined;
  /** Without it files stay links. */
  readonly files?: FileSource;
}

interface Prepared {
  readonly raw: MailBytes;
  readonly envelope: Envelope;
}

const DEFAULTS = {
  requireTls: false,
  connections: 20,
  messagesPerConnection: 100,
  openMs: 60_000,
  answerMs: 600_000,
  mostFiles: 25 * 1024 * 1024,
  probe: { firstMs: 1_000, mostMs: 60_000 },
};

/** Of the deliveries under way, how many may have files: the others stay quick. */
const WITH_FILES = 0.4;

const REFUSALS: Record<Refusal, Failure> = {
  'needs-utf8': Failure.permanent('not-supported', 'The mail relay cannot carry an address with other than plain letters (SMTPUTF8).', { status: '5.6.7' }),
  'too-large': Failure.permanent('too-large', 'The message is too large for the mail relay.', { status: '5.3.4' }),
};

export class SmtpOutlet implements Outlet {
  readonly name = 'smtp';
  readonly keepsOrder = false;
  readonly concurrency: number;
  readonly #client: RelayClient;
  readonly #relay: Relay;
  readonly #dkim: DkimKey | undefined;
  readonly #enclosures: Enclosures | undefined;
  readonly #log: Log;

  constructor(
    options: SmtpOutOptions,
    private readonly deps: SmtpOutDeps,
  ) {
    const settings = { ...DEFAULTS, ...options, name: deps.gateway.domain };
    this.concurrency = settings.connections * 2;
    this.#relay = options.relay;
    this.#dkim = options.dkim;
    this.#log = deps.log;
    const atOnce = Math.max(1, Math.floor(this.concurrency * WITH_FILES));
    this.#enclosures = deps.files && new Enclosures({ source: deps.files, most: settings.mostFiles, atOnce, clock: deps.clock, log: deps.log });
    this.#client = new RelayClient(settings, deps.log.child({ relay: formatRelay(options.relay) }), deps.clock);
  }

  get ready(): boolean {
    return this.#client.readiness.ready;
  }

  onReady(listener: () => void): void {
    this.#client.readiness.onReady(listener);
  }

  /** Opens a session, with TLS and login as configured. For `doctor`: what fails is named for the administrator. */
  async verify(): Promise<Failure | undefined> {
    const fault = await this.#client.verify();
    if (fault === undefined) return undefined;
    const { stage, detail, reply } = fault;
    const text = `${formatRelay(this.#relay)} failed at ${stage}: ${detail}`;
    return Failure.temporary('remote-unreachable', text, reply === undefined ? {} : { remote: reply.words });
  }

  /** Ends the sessions at once: what is under way comes back as deferred, so let it end first. */
  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }

  /** One mail, whose end is the end of each of its lines. */
  async deliverBurst(burst: readonly Delivery[]): Promise<readonly Outcome[]> {
    const mail = mergeBurst(burst);
    const outcome = mail === undefined ? ({ state: 'handed-over' } as const) : await this.#deliverOne(mail);
    const settled = outcome.state === 'delivered' || outcome.state === 'failed';
    const silent = settled ? recalled(burst.map(({ message }) => message)) : new Set<Message>();
    return burst.map(({ message }) => (silent.has(message) ? { state: 'handed-over' } : outcome));
  }

  async deliver(delivery: Delivery): Promise<Outcome> {
    const mail = mergeBurst([delivery]);
    return mail === undefined ? { state: 'handed-over' } : this.#deliverOne(mail);
  }

  async #deliverOne(delivery: Delivery): Promise<Outcome> {
    if (!this.ready) return { state: 'released' };
    if (saysNothing(delivery)) return { state: 'handed-over' };
    try {
      if (this.#enclosures !== undefined && hasLinkedFiles(delivery.message)) return await this.#deliverWithFiles(this.#enclosures, delivery);
      return await this.#send(delivery);
    } catch (cause) {
      this.#log.error({ ...nameOf(delivery), err: cause }, 'mail could not be made');
      return { state: 'deferred', failure: Failure.temporary('bad-content', 'The gateway could not make a mail of this message.', { cause }) };
    }
  }

  async #deliverWithFiles(enclosures: Enclosures, delivery: Delivery): Promise<Outcome> {
    const ended = await enclosures.with(delivery.message, delivery.attempts, async (files) => {
      const outcome = await this.#send(delivery, files);
      const tooLarge = outcome.state === 'failed' && outcome.failure.reason === 'too-large';
      return tooLarge ? this.#send(delivery, asLinks(files)) : outcome;
    });
    if (ended === 'busy') return { state: 'released' };
    return ended instanceof Failure ? { state: 'deferred', failure: Failure.temporary(ended.reason, `A file of the message cannot be had at present: ${ended.text}.`, { cause: ended }) } : ended;
  }

  async #send(delivery: Delivery, files?: Files): Promise<Outcome> {
    const prepared = await this.#prepare(delivery, files);
    if (prepared instanceof Failure) return { state: 'failed', failure: prepared };
    return this.#settle(await this.#client.send(prepared.envelope, prepared.raw), nameOf(delivery));
  }

  async #prepare(delivery: Delivery, files?: Files): Promise<Prepared | Failure> {
    const { message } = delivery;
    if (isForwardedMail(message)) return this.#prepareForwarded(delivery);
    const mail = message.report === undefined ? await this.#mailOf(delivery, files) : toReportMail(delivery, this.#common());
    if (mail instanceof Failure) return mail;
    const from = message.report === undefined ? this.#returnAddress(delivery) : null;
    const envelope = envelopeOf(delivery, from, mail.needsSmtpUtf8);
    if (envelope instanceof Failure) return envelope;
    if (this.#dkim === undefined) return { envelope, raw: mail.raw };
    const raw = Buffer.isBuffer(mail.raw) ? dkimSign(mail.raw, this.#dkim, this.deps.clock()) : await dkimSignPieces(mail.raw, this.#dkim, this.deps.clock());
    return { envelope, raw };
  }

  /** The author has signed it, and nobody else. QUIRK, RFC 6532: letters in its header came without SMTPUTF8, and so they go on. */
  async #prepareForwarded(delivery: Delivery): Promise<Prepared | Failure> {
    const { original } = delivery.message;
    const bytes = (): AsyncIterable<Uint8Array> | undefined => (original === undefined ? undefined : this.deps.original?.(original));
    const raw = await forwardedMail(delivery, bytes, this.#common());
    if (raw === undefined) return this.#prepare(asText(delivery));
    const envelope = envelopeOf(delivery, this.#returnAddress(delivery), false);
    return envelope instanceof Failure ? envelope : { envelope, raw };
  }

  /** One of several recipients is told apart. */
  #returnAddress({ message, recipient }: Delivery): MailAddress {
    const tag = message.addressees === undefined ? undefined : recipientTag(formatAddress(recipient));
    return makeReturnAddress(message.id, this.deps.gateway.domain, tag);
  }

  /** Who writes by a number is known by nothing else: neither name nor signature goes with it. */
  async #mailOf(delivery: Delivery, files?: Files): Promise<ComposedMail | ComposedMail<MailPieces> | Failure> {
    const { sender, senderName, source } = delivery.message;
    const from = sender.kind === 'jid' ? this.deps.writesBy?.(sender, delivery.context.cameBy) : undefined;
    const byNumber = from !== undefined && phoneNumberOf(from, this.deps.gateway) !== undefined;
    const name = byNumber ? '' : (senderName ?? (sender.kind === 'jid' ? await this.deps.nameOf(sender) : undefined));
    const signature = source === 'xmpp' && sender.kind === 'jid' && !byNumber ? this.deps.signatureOf?.(sender) : undefined;
    const { gateway, now } = this.#common();
    return toMailWithFiles(delivery, { gateway, now, ...(from !== undefined && { from }), ...(signature !== undefined && { signature }), ...(name !== undefined && { senderName: name }), ...(files !== undefined && { files }) });
  }

  #common(): { gateway: GatewayNames; now: number } {
    return { gateway: this.deps.gateway, now: this.deps.clock() };
  }

  #settle(result: Sent | SmtpFault | Refusal, which: Readonly<Record<'message' | 'seq', unknown>>): Outcome {
    if (typeof result === 'string') return { state: 'failed', failure: REFUSALS[result] };
    if (!(result instanceof SmtpFault)) {
      this.#log.info({ message: which.message, seq: which.seq, reply: result.words }, 'mail handed over');
      return { state: this.#relay.protocol === 'lmtp' ? 'delivered' : 'handed-over' };
    }
    const outcome = outcomeOf(result);
    const { stage, detail, reply } = result;
    this.#log[isLinkFault(result) ? 'warn' : 'info']({ ...which, stage, detail, reply: reply?.words, outcome: outcome.state }, 'mail not taken');
    return outcome;
  }
}

/** For the log. */
function nameOf({ message, seq }: Delivery): { message: string; seq: number } {
  return { message: message.id, seq };
}
