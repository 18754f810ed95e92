/** One listening socket: smtp-server with our connections, and what decides how many there may be and for how long. */
import type { Socket } from 'node:net';
import { SMTPServer, type SMTPServerAddress, type SMTPServerDataResult, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { Log } from '../log.js';
import { network } from '../network.js';
import type { Certificate } from './certificate.js';
import { Connection } from './connection.js';
import type { Crowd } from './crowd.js';
import type { EnvelopePath } from './envelope.js';
import type { Listen, SmtpInLimits } from './options.js';

export interface ListenerSettings {
  readonly listen: Listen;
  readonly hostname: string;
  /** The gateway's domain: what `<postmaster>` belongs to. */
  readonly domain: string;
  readonly limits: SmtpInLimits;
  readonly certificate?: Certificate;
  /** The connections of all listeners together. */
  readonly crowd: Crowd;
  readonly isTrusted: (address: string) => boolean;
  readonly log: Log;
}

/** What is decided elsewhere. An Error is a `ReplyError`. */
export interface ListenerHandlers {
  mailFrom(path: EnvelopePath): Error | undefined;
  /** Never rejects. */
  rcptTo(path: EnvelopePath, session: SMTPServerSession): Error | undefined | Promise<Error | undefined>;
  /** Always reads the stream to its end. @returns one result per recipient, or one Error for all */
  data(stream: SMTPServerDataStream, session: SMTPServerSession, connection: Connection): Promise<readonly SMTPServerDataResult[] | Error>;
}

type Done = (error?: Error | null) => void;

/** Commands that we do not offer; without a certificate STARTTLS neither. */
const DISABLED = ['AUTH', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL'];
const MOST_BETWEEN_CHECKS_MS = 1_000;

export class Listener extends SMTPServer {
  readonly limits: SmtpInLimits;
  readonly domain: string;
  readonly lmtp: boolean;
  readonly where: Listen;
  private readonly bySession = new WeakMap<SMTPServerSession, Connection>();
  /** Until their sockets are closed, which is later than smtp-server forgets them. */
  private readonly unclosed = new Set<Connection>();
  private sweeper: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(private readonly settings: ListenerSettings, private readonly handlers: ListenerHandlers) {
    super({
      name: settings.hostname,
      banner: 'Stanzapost',
      lmtp: settings.listen.protocol === 'lmtp',
      size: settings.limits.size,
      maxRecipients: settings.limits.recipients,
      // ours end a connection before this does
      socketTimeout: settings.limits.idleMs + 60_000,
      disabledCommands: settings.certificate ? DISABLED : [...DISABLED, 'STARTTLS'],
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      hideDSN: false,
      heloResponse: '%s',
      logger: false,
      ...settings.certificate,
    });
    this.limits = settings.limits;
    this.domain = settings.domain;
    this.where = settings.listen;
    this.lmtp = settings.listen.protocol === 'lmtp';
    this.on('error', (error) => settings.log.info({ err: error }, 'mail connection failed'));
  }

  /** Resolves when it listens; rejects when it cannot. */
  async open(): Promise<void> {
    const { listen } = this.settings;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen('path' in listen ? { path: listen.path } : { host: listen.host, port: listen.port }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    const { commandMs, idleMs, dataGraceMs, sessionMs, crowdedMs, crowdedGraceMs } = this.limits;
    const every = Math.min(MOST_BETWEEN_CHECKS_MS, ...[commandMs, idleMs, dataGraceMs, sessionMs, crowdedMs, crowdedGraceMs].map((ms) => ms / 4));
    this.sweeper = setInterval(() => this.sweep(), every).unref();
  }

  /** Stops accepting; connections at rest hear 421 now, the others when their mail is done, or are cut at the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopping = true;
    const closed = new Promise<void>((resolve) => this.server.once('close', () => resolve()));
    this.close();
    this.sweep();
    const poll = setInterval(() => this.sweep(), 25);
    const cut = setTimeout(() => this.unclosed.forEach((connection) => connection.cut()), deadlineMs);
    await closed;
    clearTimeout(cut);
    clearInterval(poll);
    clearInterval(this.sweeper);
  }

  /** Why this new connection may not stay, or undefined. */
  refusal(connection: Connection): string | undefined {
    const { limits, settings } = this;
    if (!this.isTrusted(connection.remoteAddress)) {
      const peer = network(connection.remoteAddress);
      const same = [...this.connections].filter(({ remoteAddress }) => network(remoteAddress) === peer);
      if (same.length > limits.connectionsPerPeer) return '4.7.0 Too many connections from your address';
    }
    return settings.crowd.admit(connection, performance.now()) ? undefined : '4.3.2 Too many connections';
  }

  get crowd(): Crowd {
    return this.settings.crowd;
  }

  isTrusted(address: string): boolean {
    return this.settings.isTrusted(address);
  }

  guests(): Connection[] {
    return [...this.connections].filter((connection) => connection instanceof Connection);
  }

  /** Its socket is closed. */
  forget(connection: Connection): void {
    this.unclosed.delete(connection);
  }

  /** Notes why a connection is ended. */
  noteCut(connection: Connection, why: string): void {
    this.settings.log.info({ peer: connection.remoteAddress, why }, 'mail connection cut');
  }

  override connect(socket: Socket, options?: SMTPConnectionOptions | null): void {
    const connection = new Connection(this, socket, options);
    this.bySession.set(connection.session, connection);
    this.connections.add(connection);
    this.unclosed.add(connection);
    connection.on('error', (error: Error) => this._onError(error));
    connection.init();
  }

  override onMailFrom(address: SMTPServerAddress, _session: SMTPServerSession, done: Done): void {
    done(this.handlers.mailFrom(address as EnvelopePath));
  }

  override onRcptTo(address: SMTPServerAddress, session: SMTPServerSession, done: Done): void {
    const answer = this.handlers.rcptTo(address as EnvelopePath, session);
    if (answer instanceof Promise) void answer.then(done);
    else done(answer);
  }

  override onData(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    done: (error?: Error | null, results?: string | SMTPServerDataResult[]) => void,
  ): void {
    const connection = this.bySession.get(session);
    if (connection === undefined) throw new Error('a session without a connection');
    this.handlers.data(stream, session, connection).then(
      (results) => (results instanceof Error ? done(results) : done(null, [...results])),
      (error: unknown) => {
        this.settings.log.error({ err: error }, 'mail not handled');
        done(Object.assign(new Error('4.3.0 Internal error'), { responseCode: 451 }));
      },
    );
  }

  private sweep(): void {
    const now = performance.now();
    this.crowd.look(now);
    for (const connection of this.connections) {
      if (!(connection instanceof Connection)) continue;
      if (this.stopping && connection.atRest) connection.send(421, '4.3.2 Shutting down');
      else connection.checkDeadlines(now);
    }
  }
}
