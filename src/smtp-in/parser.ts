/** smtp-server's parser behind the line guard: it never sees a byte that the guard has not passed. */
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import type { SMTPServerDataStream } from 'smtp-server';
import { LineGuard, type LineFault } from './line-guard.js';
import type { SmtpInLimits } from './options.js';

/** What the connection does about what the parser finds. */
export interface ParserEvents {
  /** False until the greeting is out: whoever speaks before is no mail server (RFC 5321 §3.1). */
  greeted(): boolean;
  spokeEarly(): void;
  /** A fault outside a mail. */
  badLine(fault: LineFault): void;
  lineTooLong(): void;
}

const LINE_WITH_DOT = '\n.';
/** What smtp-server keeps of each chunk: an end may begin in it. */
const HELD = 4;
/** Worth another look: a small mail comes with its end. */
const LONG = 16 * 1024;

type Next = (error?: Error | null) => void;

/**
 * A fault within a mail is kept in `dataFault` and the mail is read on to its end, so that a sender that reads replies
 * only then hears a 5xx and not a broken connection. `CRLF . CRLF` alone ends it.
 */
export class StrictParser extends SMTPStream {
  dataFault: LineFault | undefined;
  private readonly guard: LineGuard;
  /** Within a chunk that the guard has seen: SMTPStream calls its own `_write` again for the rest of one. */
  private inside = false;

  constructor(limits: SmtpInLimits, private readonly events: ParserEvents) {
    super({ maxCommandLength: limits.commandLine });
    this.guard = new LineGuard(Math.max(limits.textLine, limits.commandLine));
    this.on('error', () => events.lineTooLong());
  }

  /** A command was begun and is not ended. */
  get midCommand(): boolean {
    return !this._dataMode && this._remainder !== '';
  }

  get midData(): boolean {
    return this._dataMode;
  }

  override startDataMode(maxBytes?: number | string | null): SMTPServerDataStream {
    this.dataFault = undefined;
    return super.startDataMode(maxBytes);
  }

  override _write(chunk: Buffer, encoding: BufferEncoding | 'buffer', next: Next): void {
    if (this.inside || this.isClosed || this.dataFault !== undefined) return super._write(chunk, encoding, next);
    if (!this.events.greeted()) {
      this.events.spokeEarly();
      return next();
    }
    this.inside = true;
    const done: Next = (error) => {
      this.inside = false;
      next(error);
    };
    const fault = this.guard.scan(chunk);
    if (fault === undefined) return super._write(chunk, encoding, done);
    super._write(chunk.subarray(0, fault.at), encoding, (error) => (error ? done(error) : this.broken(fault, chunk, done)));
  }

  /**
   * The final dot, and dots that were stuffed, stand at the start of a line. smtp-server looks for them byte by byte; where
   * no line begins with a dot the bytes go on as they are, but for the last four, as there.
   */
  override _feedDataStream(chunk: Buffer, done: () => void): void {
    const stream = this._dataStream;
    if (stream === null || this._atDataStart || chunk.length < LONG) return super._feedDataStream(chunk, done);
    const bytes = this._lastBytes === false ? chunk : Buffer.concat([this._lastBytes, chunk]);
    this._lastBytes = false;
    if (bytes.includes(LINE_WITH_DOT)) return super._feedDataStream(bytes, done);
    this._lastBytes = bytes.subarray(-HELD);
    const body = bytes.subarray(0, -HELD);
    this._countDataBytes(body.length);
    if (!stream.writable || stream.write(body) || stream.destroyed) return done();
    const goOn = (): void => {
      stream.off('drain', goOn).off('close', goOn);
      done();
    };
    stream.once('drain', goOn).once('close', goOn);
  }

  private broken(fault: LineFault, chunk: Buffer, done: Next): void {
    if (!this._dataMode || this.isClosed) {
      if (!this.isClosed) this.events.badLine(fault);
      return done();
    }
    this.dataFault = fault;
    super._write(chunk.subarray(fault.at), 'buffer', done);
  }
}
