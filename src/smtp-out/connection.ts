/**
 * One session with the relay. nodemailer's SMTPConnection opens it: connect, greeting, EHLO or LHLO, STARTTLS, login, and all
 * that is delicate in them is the library's. Then a `Dialogue` takes the socket over for the transactions, which nodemailer
 * would make one after the other, at four times the cost.
 */
import type { Socket } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { MailBytes } from './commands.js';
import { Dialogue, type Ending } from './dialogue.js';
import type { Envelope } from './envelope.js';
import { parseExtensions, type Extensions } from './extensions.js';
import { faultOf, SmtpFault } from './fault.js';
import type { Relay } from './relay-url.js';
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
  /** The longest wait for one answer of a transaction; ms. */
  readonly answerMs: number;
}

/** How long a relay may take to end what is left to say, and answer QUIT, ms. */
const QUIT_MS = 2_000;

/** Of nodemailer: what it has read and not yet used. */
interface Unread {
  readonly _remainder: string;
  readonly _responseQueue: readonly string[];
}

function sessionOptions({ relay, name, requireTls, ca, openMs }: ConnectionSettings): ConstructorParameters<typeof SMTPConnection>[0] {
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
    socketTimeout: openMs,
    socketCloseTimeout: 0,
    maxResponseSize: 65_536,
    logger: false,
    tls: { rejectUnauthorized: trust.certificate, ...(ca === undefined ? {} : { ca }) },
  };
}

export class RelayConnection {
  /** Transactions begun so far. */
  used = 0;
  /** It was used or kept before, so the relay may have closed it, or be about to, without our knowing yet. */
  rested = false;
  /** Called once, when the session is over, whoever ended it. */
  onEnd: () => void = () => undefined;
  /** Mails with files in hand. */
  #long = 0;
  #ended = false;
  #detail = 'ECONNECTION';
  readonly #dialogue: Dialogue;

  private constructor(
    private readonly session: SMTPConnection,
    socket: Socket,
    settings: ConnectionSettings,
    readonly extensions: Extensions,
  ) {
    this.#dialogue = new Dialogue({ wire: socket, extensions, answerMs: settings.answerMs, over: () => session.close() });
    socket.removeAllListeners('data').on('data', (chunk: Buffer) => this.#dialogue.read(chunk));
    socket.setTimeout(0);
    session.removeAllListeners('error').on('error', (error) => {
      this.#detail = faultOf(error as Error).detail;
    });
    session.once('end', () => {
      this.#ended = true;
      this.#dialogue.end(this.#detail);
      this.onEnd();
    });
  }

  /** Connects, greets, secures, logs in. Never rejects. */
  static open(settings: ConnectionSettings): Promise<RelayConnection | SmtpFault> {
    const session = new SMTPConnection(sessionOptions(settings));
    return new Promise((resolve) => {
      const end = (fault?: SmtpFault, extensions?: Extensions): void => {
        clearTimeout(timer);
        const result = fault ?? RelayConnection.#takeOver(session, settings, extensions);
        if (result instanceof SmtpFault) {
          session.removeAllListeners('error').on('error', () => undefined);
          session.close();
        }
        resolve(result);
      };
      const timer = setTimeout(() => end(new SmtpFault('connect', 'ETIMEDOUT')), settings.openMs);
      session.on('error', (error) => end(faultOf(error as Error)));
      // A fault's own callback runs right after `end`, and knows more.
      session.once('end', () => setImmediate(end, new SmtpFault('connect', 'ECONNECTION')));
      session.connect((error) => {
        if (error !== undefined) return end(faultOf(error));
        const extensions = parseExtensions(session.lastServerResponse || '');
        RelayConnection.#login(session, settings.relay, (fault) => end(fault, extensions));
      });
    });
  }

  static #login(session: SMTPConnection, { login }: Relay, done: (fault?: SmtpFault) => void): void {
    if (login === undefined) return done();
    if (!session.allowsAuth) return done(new SmtpFault('login', 'AUTH is not offered'));
    session.login({ credentials: { user: login.user, pass: login.password } }, (error) => done(error === null ? undefined : faultOf(error)));
  }

  /** What the relay sent beyond its last answer would be taken for the answers to come: no such session is used. */
  static #takeOver(session: SMTPConnection, settings: ConnectionSettings, extensions: Extensions | undefined): RelayConnection | SmtpFault {
    const { _socket: socket } = session;
    const { _remainder, _responseQueue } = session as unknown as Unread;
    if (!socket || extensions === undefined) return new SmtpFault('connect', 'ECONNECTION');
    if (_remainder !== '' || _responseQueue.length > 0) return new SmtpFault('connect', 'EPROTOCOL');
    return new RelayConnection(session, socket, settings, extensions);
  }

  get alive(): boolean {
    return !this.#ended;
  }

  /** How many transactions may be begun before one ends. None is put behind a mail with files, which may take long. */
  get width(): number {
    return this.#long > 0 ? 1 : this.#dialogue.width;
  }

  /** One transaction, beside at most `width` - 1 others. */
  send(envelope: Envelope, raw: MailBytes): Promise<Ending> {
    this.used++;
    this.rested = true;
    return Buffer.isBuffer(raw) ? this.#dialogue.send(envelope, raw) : this.#sendLong(envelope, raw);
  }

  async #sendLong(envelope: Envelope, raw: MailBytes): Promise<Ending> {
    this.#long++;
    const ending = await this.#dialogue.send(envelope, raw);
    this.#long--;
    return ending;
  }

  /** Says goodbye, and does not wait long for the answer. */
  quit(): void {
    if (!this.alive) return;
    this.#dialogue.quit();
    setTimeout(() => this.destroy(), QUIT_MS).unref();
  }

  /** Drops it at once, with whatever is under way. */
  destroy(): void {
    this.session.close();
  }
}
