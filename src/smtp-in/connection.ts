/** One SMTP or LMTP connection: smtp-server's, with our parser, our reading of addresses, and totals for time and errors. */
import type { Socket } from 'node:net';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { Failure } from '../failure.js';
import type { Guest } from './crowd.js';
import { isSlow, overdue, type Phase } from './deadlines.js';
import { parseEnvelopePath, type EnvelopePath, type Verb } from './envelope.js';
import type { LineFault } from './line-guard.js';
import type { Listener } from './listener.js';
import { StrictParser } from './parser.js';
import { replyTo } from './reply.js';

const FAULTS: Record<LineFault['what'], Failure> = {
  'line-ending': Failure.permanent('bad-line-ending', 'Lines must end in CR LF, and CR or LF stand nowhere else.'),
  nul: Failure.permanent('bad-line-ending', 'NUL is not allowed.', { status: '5.6.0' }),
  'too-long': Failure.permanent('bad-line-ending', 'A line is too long.', { status: '5.6.0' }),
};
/** Replies after which the connection goes on as it is. */
const TOGETHER: ReadonlySet<number> = new Set([250, 354]);
const OWN_STATUS = /^[245]\.\d{1,3}\.\d{1,3} /;

export class Connection extends SMTPConnection implements Guest {
  private errors = 0;
  private commands = 0;
  private paths = 0;
  private readonly startedAt = performance.now();
  /** The last mail was accepted then. */
  private fruitAt = this.startedAt;
  /** The last command came then. */
  private steppedAt = this.startedAt;
  private phase: { readonly name: Phase; readonly commands: number; readonly since: number };

  constructor(private readonly listener: Listener, socket: Socket, options?: SMTPConnectionOptions | null) {
    super(listener, socket, options);
    this.phase = { name: 'idle', commands: 0, since: this.startedAt };
  }

  /**
   * smtp-server waits 100 ms for early talkers; we greet after one turn of the event loop, in which whatever a client
   * sent before our greeting has been read.
   */
  override init(): void {
    this._setListeners(() => {
      const full = this.listener.refusal(this);
      if (full !== undefined) return this.send(421, full, false);
      setImmediate(() => {
        if (!this._closing && !this._closed) this.connectionReady();
      });
    });
  }

  get lmtp(): boolean {
    return this.listener.lmtp;
  }

  /** What is wrong with the lines of the mail being received. */
  get dataFault(): Failure | undefined {
    const fault = this._parser instanceof StrictParser ? this._parser.dataFault : undefined;
    return fault && FAULTS[fault.what];
  }

  /** Waiting for a command: may be closed without loss. */
  get atRest(): boolean {
    return ['idle', 'command'].includes(this.currentPhase());
  }

  /** Answers a failure and ends the connection. */
  refuse(failure: Failure): void {
    const { code, text } = replyTo(failure);
    this.end(code, text);
  }

  /** Ends the connection at once. The uppermost socket goes: to take one from below a TLS session harms Node. */
  cut(): void {
    this._socket.destroy();
  }

  /** Not while we owe it an answer, nor while a mail comes in well. */
  get restingSince(): number | undefined {
    if (this._closing || this.listener.isTrusted(this.remoteAddress)) return undefined;
    const phase = this.currentPhase();
    if (phase === 'working') return undefined;
    const elapsed = performance.now() - this.steppedAt;
    const dataBytes = this._parser ? this._parser.dataBytes : 0;
    return phase === 'data' && !isSlow({ elapsed, dataBytes }, this.listener.limits.dataRate) ? undefined : this.steppedAt;
  }

  makeRoom(): void {
    this.listener.noteCut(this, 'Others are waiting');
    this.send(421, '4.3.2 Too many connections, and this one did nothing for longest');
  }

  /** Closes the connection when it has taken too long; called every now and then. */
  checkDeadlines(now: number): void {
    const name = this.currentPhase();
    if (name !== this.phase.name || this.commands !== this.phase.commands) {
      this.phase = { name, commands: this.commands, since: now };
    }
    const dataBytes = this._parser ? this._parser.dataBytes : 0;
    const progress = {
      phase: name,
      elapsed: now - this.phase.since,
      session: now - this.startedAt,
      dataBytes,
      fruitless: now - this.fruitAt,
      crowded: this.listener.crowd.crowdedSince(this.fruitAt),
    };
    const late = this._closing ? undefined : overdue(progress, this.listener.limits);
    if (late === undefined) return;
    this.listener.noteCut(this, late);
    this.send(421, `4.4.2 ${late}`);
  }

  override _createParser(): StrictParser {
    const { limits } = this._server as Listener;
    const parser = new StrictParser(limits, {
      greeted: () => this._ready,
      spokeEarly: () => this.send(421, '4.5.0 You talk before the greeting'),
      badLine: (fault) => this.refuse(FAULTS[fault.what]),
      lineTooLong: () => this.end(500, '5.5.2 The command is too long.'),
    });
    parser.oncommand = (command: Buffer, callback?: () => void) => this._onCommand(command, callback);
    return parser;
  }

  override _onClose(): void {
    super._onClose();
    this.listener.forget(this);
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    this.commands++;
    this.steppedAt = performance.now();
    if (this.errors >= this.listener.limits.errors && !this._upgrading) return this.send(421, '4.7.0 Too many errors');
    super._onCommand(command, callback);
  }

  /** smtp-server finds a repeated recipient by `address`; LMTP owes a reply to each RCPT (RFC 2033 §4.2), so none repeats. */
  override _parseAddressCommand(name: string, command: Buffer | string): EnvelopePath | false {
    const verb: Verb = name === 'rcpt to' ? 'RCPT TO' : 'MAIL FROM';
    const path = parseEnvelopePath(verb, Buffer.from(command as Buffer), this.listener.domain);
    if (path === undefined) return false;
    return verb === 'RCPT TO' && this.lmtp ? { ...path, address: `${path.address} ${++this.paths}` } : path;
  }

  /** Text of ours brings its own RFC 3463 status. After a mail with bad lines nothing more is read. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (TOGETHER.has(code)) this.gather();
    super.send(code, data, typeof data === 'string' && OWN_STATUS.test(data) ? false : context);
    if (code < 400) return;
    this.errors++;
    if (this.dataFault !== undefined && this._parser && !this._parser.isClosed) {
      this._parser.isClosed = true;
      setImmediate(() => this.close());
    }
  }

  /** The replies to commands that came together (RFC 2920) leave together: to write costs more than to reply. */
  private gather(): void {
    const socket = this._socket;
    socket.cork();
    process.nextTick(() => socket.uncork());
  }

  /** A mail was accepted: whoever sends good mail may err again. */
  forgiveErrors(): void {
    this.errors = 0;
    this.fruitAt = performance.now();
  }

  private end(code: number, text: string): void {
    this.send(code, text);
    this.close();
  }

  private currentPhase(): Phase {
    if (this._upgrading) return 'handshake';
    const parser = this._parser instanceof StrictParser ? this._parser : undefined;
    if (parser?.midData) return 'data';
    if (this._dataStream || this._handlerPending) return 'working';
    return parser?.midCommand ? 'command' : 'idle';
  }
}
