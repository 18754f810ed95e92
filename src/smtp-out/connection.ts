/**
 * One open session with the relay, and one transaction at a time on it. nodemailer's SMTPConnection speaks the protocol;
 * it gets ready bytes and exactly one address each way, and it is the part of nodemailer that parses no address and reads
 * no file or URL. With PIPELINING the envelope leaves in one segment (RFC 2920), and Nagle is off.
 */
import { isAscii } from 'node:buffer';
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SMTPConnectionSendInfo, SMTPEnvelope } from 'nodemailer/lib/smtp-connection';
import type { Envelope } from './envelope.js';
import { parseExtensions, type Extensions } from './extensions.js';
import { faultOf, SmtpFault } from './fault.js';
import type { Relay } from './relay-url.js';
import { parseReply } from './reply.js';
import { trustOf } from './trust.js';

export interface ConnectionSettings {
  readonly relay: Relay;
  /** EHLO name: the gateway's domain. */
  readonly name: string;
  /** Fail where the relay offers no STARTTLS. */
  readonly requireTls: boolean;
  /** PEM of what signed the relay's certificate, in place of the system's authorities. */
  readonly ca?: string;
  /** For all of opening: DNS, TCP, greeting, TLS, login; ms. */
  readonly openMs: number;
  /** For one transaction, from MAIL to the last reply; ms. */
  readonly transactionMs: number;
}

/** The relay took the message; its words usually name its own queue id. */
export interface Sent {
  readonly words: string;
}

/** How long a relay may take to answer QUIT, ms. */
const QUIT_MS = 2_000;
/** And RSET. */
const RESET_MS = 5_000;

interface Internals {
  _sendCommand(command: string, logged?: string): void;
}

/**
 * nodemailer says SMTPUTF8 only for non-ASCII envelopes; RFC 6531 §3.4 wants it for non-ASCII header fields too, and a
 * chat user's own address stands in From while the envelope holds our ASCII bounce address.
 */
class Session extends SMTPConnection {
  utf8 = false;

  _sendCommand(command: string, logged?: string): void {
    const needed = this.utf8 && /^MAIL FROM:/.test(command) && !/ SMTPUTF8\b/.test(command.slice(command.lastIndexOf('>')));
    (SMTPConnection.prototype as unknown as Internals)._sendCommand.call(this, needed ? `${command} SMTPUTF8` : command, logged);
  }
}

function sessionOptions({ relay, name, requireTls, ca, openMs, transactionMs }: ConnectionSettings): ConstructorParameters<typeof SMTPConnection>[0] {
  const trust = trustOf(relay, requireTls, ca);
  return {
    host: relay.host,
    port: relay.port,
    name,
    lmtp: relay.protocol === 'lmtp',
    secure: relay.protocol === 'smtps',
    requireTLS: relay.protocol !== 'smtps' && trust.tls,
    connectionTimeout: openMs,
    greetingTimeout: openMs,
    socketTimeout: openMs + transactionMs,
    socketCloseTimeout: 0,
    maxResponseSize: 65_536,
    logger: false,
    tls: { rejectUnauthorized: trust.certificate, ...(ca === undefined ? {} : { ca }) },
  };
}

export class RelayConnection {
  /** Transactions begun so far. */
  used = 0;
  /** It was idle for a while, so the relay may have closed it without our knowing yet. */
  rested = false;
  readonly extensions: Extensions;
  /** Called once, when the session is over, whoever ended it. */
  onEnd: () => void = () => undefined;
  #ended = false;
  /** Ends what is under way when the session ends: nodemailer forgets it without a word when we close it ourselves. */
  #abandon: () => void = () => undefined;

  private constructor(
    private readonly session: Session,
    private readonly settings: ConnectionSettings,
    extensions: Extensions,
  ) {
    this.extensions = extensions;
    session.once('end', () => {
      this.#ended = true;
      setImmediate(() => this.#abandon());
      this.onEnd();
    });
  }

  /** Connects, greets, secures, logs in. Never rejects. */
  static open(settings: ConnectionSettings): Promise<RelayConnection | SmtpFault> {
    const session = new Session(sessionOptions(settings));
    return new Promise((resolve) => {
      const end = (result: RelayConnection | SmtpFault): void => {
        clearTimeout(timer);
        // From here each fault reaches the callback of the transaction it meets; between two, `end` follows it.
        session.removeAllListeners('error').on('error', () => undefined);
        if (result instanceof SmtpFault) session.close();
        resolve(result);
      };
      const timer = setTimeout(() => end(new SmtpFault('connect', 'ETIMEDOUT')), settings.openMs);
      session.on('error', (error) => end(faultOf(error as Error)));
      // A fault's own callback runs right after `end`, and knows more.
      session.once('end', () => setImmediate(end, new SmtpFault('connect', 'ECONNECTION')));
      session.connect((error) => {
        if (error !== undefined) return end(faultOf(error));
        const extensions = parseExtensions(session.lastServerResponse || '');
        RelayConnection.#login(session, settings.relay, (fault) => end(fault ?? new RelayConnection(session, settings, extensions)));
      });
    });
  }

  static #login(session: Session, { login }: Relay, done: (fault?: SmtpFault) => void): void {
    if (login === undefined) return done();
    if (!session.allowsAuth) return done(new SmtpFault('login', 'AUTH is not offered'));
    session.login({ credentials: { user: login.user, pass: login.password } }, (error) => done(error === null ? undefined : faultOf(error)));
  }

  get alive(): boolean {
    return !this.#ended;
  }

  /**
   * One transaction. Its end is the reply to the final dot, or for LMTP the recipient's own reply after it (RFC 2033
   * §4.2). Never rejects.
   */
  send(envelope: Envelope, raw: Buffer): Promise<Sent | SmtpFault> {
    this.used++;
    this.session.utf8 = envelope.utf8;
    const body = new Body(raw);
    return new Promise((resolve) => {
      const end = (result: Sent | SmtpFault): void => {
        clearTimeout(timer);
        resolve(result);
      };
      const timer = setTimeout(() => {
        end(new SmtpFault('connect', 'ETIMEDOUT', undefined, body.begun));
        this.destroy();
      }, this.settings.transactionMs);
      this.#abandon = () => end(new SmtpFault('connect', 'ECONNECTION', undefined, body.begun));
      this.session.send(nodemailerEnvelope(envelope, raw), body, (error, info) => {
        end(error === null ? sentOf(info) : faultOf(error, body.begun));
      });
    });
  }

  /** Makes the session ready again after a refusal, or ends it. Never rejects. */
  reset(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.destroy(), RESET_MS);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#abandon = end;
      this.session.reset((error) => {
        if (error !== null) this.destroy();
        end();
      });
    });
  }

  /** Says goodbye, and does not wait long for the answer. */
  quit(): void {
    if (!this.alive) return;
    this.session.quit();
    setTimeout(() => this.destroy(), QUIT_MS).unref();
  }

  /** Drops it at once, with whatever is under way. */
  destroy(): void {
    this.session.close();
  }
}

/** The message, and whether any of it was taken for sending yet. */
class Body extends Readable {
  begun = false;

  constructor(private readonly raw: Buffer) {
    super({ highWaterMark: raw.length });
  }

  override _read(): void {
    this.begun = true;
    this.push(this.raw);
    this.push(null);
  }
}

function nodemailerEnvelope({ from, to, dsn }: Envelope, raw: Buffer): SMTPEnvelope {
  const envelope = { from, to: [to], size: raw.length, use8BitMime: !isAscii(raw) };
  return dsn === undefined ? envelope : { ...envelope, dsn: { ret: 'HDRS', ...dsn, notify: [...dsn.notify] } };
}

/** LMTP's refusal after the dot comes as a success that rejected its one recipient. */
function sentOf(info: SMTPConnectionSendInfo): Sent | SmtpFault {
  const [refused] = info.rejectedErrors ?? [];
  if (refused !== undefined) return faultOf(refused, true);
  return { words: parseReply(info.response)?.words ?? '' };
}
