/**
 * Mail in: SMTP (RFC 5321) for the world or behind the local MTA, and LMTP (RFC 2033), which answers each recipient.
 * A mail is answered 250 only after the middle has committed it; what goes wrong before that is a 4xx or 5xx.
 */
import type { SMTPServerDataResult, SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { formatMailAddress, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { Arrival, ContentSink, Intake, MailAdmission, ShownText } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Log } from '../log.js';
import { newMessageId } from '../message.js';
import { loadCertificate, watchCertificate, type Certificate } from './certificate.js';
import type { Connection } from './connection.js';
import { Crowd } from './crowd.js';
import { hasAddress, type EnvelopePath } from './envelope.js';
import type { Inspection } from './inspection.js';
import { Listener, type ListenerHandlers } from './listener.js';
import type { Envelope, Outcome, Recipient } from './mail.js';
import { Mailroom } from './mailroom.js';
import { DEFAULT_LIMITS, DEFAULT_TRUSTED_PEERS, type Listen, type SmtpInOptions } from './options.js';
import { ReplyError } from './reply.js';
import type { DnsResolver } from './resolver.js';
import type { Screen } from './screen.js';
import { clearStaleSocket, openToGroup } from './unix-socket.js';

export interface SmtpInletDeps {
  readonly intake: Intake;
  readonly content: ContentSink;
  readonly gateway: GatewayNames;
  readonly resolver: DnsResolver;
  /** What strangers' clients are asked for besides. */
  readonly screen: Screen;
  /** What a mail is asked for before it is taken. */
  readonly inspect: Inspection;
  readonly log: Log;
  readonly clock: Clock;
  /** How much of a mail this chat user wants to see; `usual` when absent. */
  readonly shownTo?: (user: Jid) => ShownText;
}

/** Where it really listens. */
export type Bound = { readonly protocol: 'smtp' | 'lmtp'; readonly host: string; readonly port: number } | { readonly protocol: 'lmtp'; readonly path: string };

const LMTP_NEVER = 25;

export class SmtpInlet implements ListenerHandlers {
  private readonly hostname: string;
  private readonly mailroom: Mailroom;
  private readonly trusted: ReadonlySet<string>;
  private listeners: Listener[] = [];
  private readonly crowd: Crowd;
  private unwatch: (() => void) | undefined;

  constructor(private readonly options: SmtpInOptions, private readonly deps: SmtpInletDeps) {
    this.hostname = options.hostname ?? deps.gateway.domain;
    this.trusted = new Set(options.trustedPeers ?? DEFAULT_TRUSTED_PEERS);
    this.crowd = new Crowd(this.limits.connections, () => this.connections, () => this.listeners.flatMap((listener) => listener.guests()));
    const { verify = true, trustedAuthserv, longText = 0 } = options;
    this.mailroom = new Mailroom({ ...deps, limits: this.limits, hostname: this.hostname, verify, trustedAuthserv, longText });
  }

  /** Listens everywhere, or nowhere: rejects when a socket or the certificate cannot be had. */
  async start(): Promise<void> {
    const { tls, listen } = this.options;
    const certificate = tls && loadCertificate(tls);
    if (isFailure(certificate)) throw new Error(certificate.text);
    try {
      for (const where of listen) this.listeners.push(await this.open(where, certificate));
    } catch (error) {
      await this.stop(0);
      throw error;
    }
    if (tls !== undefined) this.unwatch = watchCertificate(tls, () => this.reloadCertificate());
  }

  /** Accepts nothing new, lets mails under way end, and cuts what is left after `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    this.unwatch?.();
    const { listeners } = this;
    this.listeners = [];
    await Promise.all(listeners.map((listener) => listener.stop(deadlineMs)));
  }

  address(): readonly Bound[] {
    return this.listeners.map(({ where, server }): Bound => {
      const bound = server.address();
      if ('path' in where || bound === null || typeof bound === 'string') return where;
      return { protocol: where.protocol, host: bound.address, port: bound.port };
    });
  }

  /** Open now, over all listeners. */
  get connections(): number {
    return this.listeners.reduce((sum, listener) => sum + listener.connections.size, 0);
  }

  /** Reads the certificate files again. A certificate that cannot be used is logged, and the old one stays. */
  reloadCertificate(): Failure | undefined {
    if (this.options.tls === undefined) return undefined;
    const certificate = loadCertificate(this.options.tls);
    if (isFailure(certificate)) {
      this.deps.log.error({ err: certificate.cause }, 'new certificate not used, the old one stays');
      return certificate;
    }
    for (const listener of this.listeners) listener.updateSecureContext(certificate);
    this.deps.log.info({ cert: this.options.tls.cert }, 'certificate read');
    return undefined;
  }

  mailFrom({ path }: EnvelopePath): Error | undefined {
    return isFailure(path) ? new ReplyError(path) : undefined;
  }

  rcptTo(path: EnvelopePath, session: SMTPServerSession): Error | undefined | Promise<Error | undefined> {
    if (!hasAddress(path)) return this.answerRcpt(path, session, path.path as Failure);
    const peer = session.remoteAddress;
    const admission = this.admitted(path.path, { from: senderPath(session), peer, trusted: this.isTrusted(peer) });
    if (!(admission instanceof Promise)) return this.answerRcpt(path, session, admission);
    return admission.then(
      (routes) => this.answerRcpt(path, session, routes),
      (cause: unknown) => {
        this.deps.log.error({ err: cause, peer }, 'a recipient could not be judged');
        return new ReplyError(Failure.temporary('storage', 'The recipient cannot be judged at the moment.', { cause }));
      },
    );
  }

  /** The middle first: nobody waits, and no list is asked, for a recipient who does not exist. */
  private admitted(recipient: MailAddress, arrival: Arrival): MailAdmission | Promise<MailAdmission> {
    const { intake, screen } = this.deps;
    const screened = (routes: MailAdmission): MailAdmission | Promise<MailAdmission> => (isFailure(routes) ? routes : screen({ recipient, routes, ...arrival }));
    const admission = intake.admitMail(recipient, arrival);
    return admission instanceof Promise ? admission.then(screened) : screened(admission);
  }

  private answerRcpt(path: EnvelopePath, session: SMTPServerSession, routes: MailAdmission): Error | undefined {
    if (!isFailure(routes)) {
      path.routes = routes;
      return undefined;
    }
    const to = hasAddress(path) ? formatMailAddress(path.path) : path.address;
    const from = senderOf(session);
    this.deps.log.info({ peer: session.remoteAddress, from, to, reason: routes.reason, status: routes.status }, 'recipient refused');
    this.deps.intake.refused(from, to, routes);
    return new ReplyError(routes);
  }

  async data(stream: SMTPServerDataStream, session: SMTPServerSession, connection: Connection): Promise<readonly SMTPServerDataResult[] | Error> {
    const started = performance.now();
    const envelope = this.envelopeOf(session);
    try {
      const outcome = await this.mailroom.receive(stream, envelope, () => connection.dataFault);
      this.note(envelope, outcome, performance.now() - started);
      return this.answer(envelope, outcome, connection);
    } catch (error) {
      if (!stream.errored) throw error;
      this.deps.log.info({ message: envelope.id, peer: envelope.peer.address, err: error }, 'mail broke off');
      return new ReplyError(Failure.temporary('bad-content', 'The mail did not arrive whole.'));
    }
  }

  private answer(envelope: Envelope, { results }: Outcome, connection: Connection): readonly SMTPServerDataResult[] | Error {
    if (isFailure(results)) return new ReplyError(results);
    const accepted = `2.6.0 ${envelope.id} accepted`;
    const replies = results.map((result) => (isFailure(result) ? new ReplyError(result) : accepted));
    if (replies.includes(accepted)) connection.forgiveErrors();
    return connection.lmtp ? replies : [oneOf(replies)];
  }

  private note(envelope: Envelope, { results, size, authenticity, spam }: Outcome, ms: number): void {
    const { id, peer, recipients } = envelope;
    const from = envelope.from === undefined ? '' : formatMailAddress(envelope.from);
    const to = recipients.map(({ address }) => formatMailAddress(address));
    const verdicts = isFailure(results) ? [results] : results;
    const failures = verdicts.filter(isFailure);
    const verdict = failures[0] === undefined ? 'accepted' : `${failures[0].status} ${failures[0].reason}`;
    const line = { message: id, peer: peer.address, helo: peer.helo, protocol: peer.protocol, from, to, verdict, authenticity, spam, size, ms: Math.round(ms) };
    this.deps.log.info(line, 'mail in');
    to.forEach((address, i) => {
      const result = isFailure(results) ? results : results[i];
      if (isFailure(result)) this.deps.intake.refused(from, address, result);
    });
  }

  private envelopeOf(session: SMTPServerSession): Envelope {
    const { rcptTo, dsn } = session.envelope;
    const address = session.remoteAddress;
    return {
      id: newMessageId(this.deps.clock()),
      from: senderPath(session),
      recipients: rcptTo.flatMap((recipient) => recipientOf(recipient as EnvelopePath)),
      peer: { address, helo: session.hostNameAppearsAs, trusted: this.isTrusted(address), protocol: session.transmissionType },
      ...(typeof dsn?.envid === 'string' && { envelopeId: dsn.envid }),
    };
  }

  private isTrusted(address: string): boolean {
    return address === '' || this.trusted.has(address);
  }

  private async open(listen: Listen, certificate: Certificate | undefined): Promise<Listener> {
    if (listen.protocol === 'lmtp' && 'port' in listen && listen.port === LMTP_NEVER) throw new Error('LMTP is not served on port 25 (RFC 2033)');
    const listener = new Listener(
      {
        listen,
        hostname: this.hostname,
        domain: this.deps.gateway.domain,
        limits: this.limits,
        crowd: this.crowd,
        isTrusted: (address) => this.isTrusted(address),
        log: this.deps.log,
        ...(certificate !== undefined && { certificate }),
      },
      this,
    );
    if ('path' in listen) await clearStaleSocket(listen.path);
    await listener.open();
    if ('path' in listen) await openToGroup(listen.path);
    return listener;
  }

  private get limits() {
    return { ...DEFAULT_LIMITS, ...this.options.limits };
  }
}

function senderOf(session: SMTPServerSession): string {
  const { mailFrom } = session.envelope;
  return mailFrom === false ? '' : mailFrom.address;
}

function recipientOf(path: EnvelopePath): Recipient[] {
  if (!hasAddress(path) || path.routes === undefined) return [];
  return [{ address: path.path, routes: path.routes, notify: path.dsn?.notify ?? [] }];
}

/** SMTP has one answer for all: try again if any recipient is to be, accepted if any is, else why not. */
function oneOf(replies: readonly SMTPServerDataResult[]): SMTPServerDataResult {
  const temporary = replies.find((reply) => reply instanceof ReplyError && reply.failure.kind === 'temporary');
  const [first = new ReplyError(Failure.permanent('bad-content', 'There is no recipient.'))] = replies;
  return temporary ?? replies.find((reply) => typeof reply === 'string') ?? first;
}

/** Undefined for the null return path. */
function senderPath({ envelope: { mailFrom } }: SMTPServerSession): MailAddress | undefined {
  const path = mailFrom === false ? undefined : (mailFrom as EnvelopePath).path;
  return isFailure(path) ? undefined : path;
}
