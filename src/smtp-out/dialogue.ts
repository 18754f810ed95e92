/**
 * The transactions of one session, from MAIL to the reply to the final dot. They overlap as RFC 2920 allows where the relay
 * offers PIPELINING: an envelope leaves in one write, and while the relay works on a message the envelope of the next one is
 * with it already, in the same write as that message's final dot where it waited by then. So there is one round trip a
 * message, and two are in hand at most: one whose end is open, and one of which no byte of text was sent.
 *
 * Every transaction ends once: taken; a fault of its own; or `unsent`, when the session ended in another's turn, and it may go
 * by another session as if it had never been here. An answer that nobody waits for ends the session: what came after it could
 * be taken for another's.
 */
import type { MailPieces } from '../translate/mail-pieces.js';
import { commandsOf, type Command, type MailBytes } from './commands.js';
import { Deadline } from './deadline.js';
import { StuffedMessage, Stuffing } from './dot-stuffing.js';
import type { Envelope } from './envelope.js';
import type { Extensions } from './extensions.js';
import { SmtpFault } from './fault.js';
import { ReplyReader, type RawReply } from './reply-reader.js';
import { parseReply } from './reply.js';
import { PATIENCE, STAGES, type Step } from './steps.js';

/** The relay took the message; its words usually name its own queue id. */
export interface Sent {
  readonly words: string;
}

export type Ending = Sent | SmtpFault | 'unsent';

/** What the dialogue needs of a socket. */
export interface Wire {
  /** @returns false when it should wait for `drain` */
  write(bytes: Buffer | string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export interface DialogueParts {
  readonly wire: Wire;
  readonly extensions: Extensions;
  /** No single answer is awaited longer, ms. */
  readonly answerMs: number;
  /** Called once: the session is of no more use, and its socket is to be closed. */
  readonly over: () => void;
}

interface Transaction {
  readonly commands: readonly Command[];
  readonly raw: MailBytes;
  said: number;
  /** At which step it was refused; the replies that are still to come change nothing. */
  refused: Step | undefined;
  /** A byte of the message may have reached the server. */
  begun: boolean;
  /** Only the first call counts. */
  readonly end: (ending: Ending) => void;
}

interface Awaited {
  readonly step: Step;
  readonly of?: Transaction;
}

/** How many may be in hand at once with PIPELINING: more would only wait here for each other. */
const ABREAST = 2;

export class Dialogue {
  /** How many transactions may be begun before one ends. */
  readonly width: number;
  readonly #reader = new ReplyReader();
  readonly #deadline: Deadline;
  /** What the coming replies answer, in their order. */
  readonly #awaited: Awaited[] = [];
  readonly #waiting: Transaction[] = [];
  /** The one that speaks: from MAIL to its final dot nobody else may. */
  #speaker: Transaction | undefined;
  #body: StuffedMessage | Stuffing | undefined;
  /** Lets a message that waits for its files or the relay look again. */
  #resume: () => void = () => undefined;
  #out: (Buffer | string)[] = [];
  /** Whose deadline runs. */
  #watched: Awaited | undefined;
  #leaving = false;
  #over = false;

  constructor(private readonly parts: DialogueParts) {
    this.width = parts.extensions.pipelining ? ABREAST : 1;
    this.#deadline = new Deadline(() => this.end('ETIMEDOUT'));
  }

  /** Never rejects but for an envelope that would break its line. */
  send(envelope: Envelope, raw: MailBytes): Promise<Ending> {
    const commands = commandsOf(envelope, raw, this.parts.extensions);
    return new Promise((end) => {
      if (this.#over) return end('unsent');
      this.#waiting.push({ commands, raw, said: 0, refused: undefined, begun: false, end });
      this.#goOn();
    });
  }

  /** Says goodbye after what is under way, and then is over. */
  quit(): void {
    this.#leaving = true;
    this.#goOn();
  }

  /** What the relay sent. */
  read(chunk: Buffer): void {
    const replies = this.#reader.read(chunk);
    if (replies === undefined) return this.end('EPROTOCOL');
    for (const reply of replies) {
      // It answers what has not been said yet.
      if (this.#out.length > 0) return this.end('EPROTOCOL');
      if (!this.#over) this.#take(reply);
    }
    this.#goOn();
  }

  /**
   * The session is over. The one whose turn it was bears it.
   * @param detail for the log
   */
  end(detail: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadline.stop();
    this.#resume();
    const [turn] = this.#awaited;
    turn?.of?.end(new SmtpFault('connect', detail, undefined, turn.of.begun));
    for (const { of } of this.#awaited) of?.end('unsent');
    for (const transaction of this.#waiting) transaction.end('unsent');
    this.parts.over();
  }

  #goOn(progress = false): void {
    if (this.#over) return;
    this.#next();
    this.#flush();
    const [turn] = this.#awaited;
    if (turn === this.#watched && !progress) return;
    this.#watched = turn;
    if (turn === undefined) this.#deadline.clear();
    else this.#deadline.set(Math.min(PATIENCE[this.#body === undefined ? turn.step : 'block'], this.parts.answerMs));
  }

  #next(): void {
    if (this.#speaker !== undefined) return;
    if (this.#awaited.length > 0 && this.width === 1) return;
    this.#speaker = this.#waiting.shift();
    if (this.#speaker !== undefined) this.#speak(this.#speaker);
    else if (this.#leaving && this.#awaited.length === 0) this.#say('QUIT\r\n', { step: 'quit' });
  }

  /** All of the envelope, or its next command where the relay wants them one by one. */
  #speak(transaction: Transaction): void {
    const { commands, said } = transaction;
    transaction.said = this.width === 1 ? said + 1 : commands.length;
    for (const { stage, line } of commands.slice(said, transaction.said)) this.#say(line, { step: stage, of: transaction });
  }

  #say(line: string, awaited: Awaited): void {
    this.#out.push(line);
    this.#awaited.push(awaited);
  }

  /** @returns false when the relay is slower than we are */
  #flush(): boolean {
    const [first, ...more] = this.#out;
    if (first === undefined) return true;
    this.#out = [];
    return this.parts.wire.write(more.length === 0 ? first : Buffer.concat([first, ...more].map((part) => (typeof part === 'string' ? Buffer.from(part) : part))));
  }

  #take(reply: RawReply): void {
    const awaited = this.#awaited.shift();
    if (awaited === undefined) return this.end('EPROTOCOL');
    const { step, of } = awaited;
    if (reply.code === 421) {
      of?.end(this.#faultOf(awaited, reply));
      return this.#endAt(awaited, 'ECONNECTION');
    }
    if (of === undefined) this.#answered(awaited, reply);
    else if (step === 'message') this.#settled(of, awaited, reply);
    else if (step === 'data') this.#dataAnswered(of, awaited, reply);
    else this.#envelopeAnswered(of, awaited, reply);
  }

  #answered(awaited: Awaited, reply: RawReply): void {
    if (awaited.step === 'quit' || (awaited.step === 'reset' && !good(reply))) this.#endAt(awaited, 'ECONNECTION');
  }

  #envelopeAnswered(transaction: Transaction, awaited: Awaited, reply: RawReply): void {
    if (!good(reply)) this.#refuse(transaction, awaited, reply);
    if (this.width > 1) return;
    if (transaction.refused !== undefined) this.#reset();
    else this.#speak(transaction);
  }

  #dataAnswered(transaction: Transaction, awaited: Awaited, reply: RawReply): void {
    if (reply.code === 354 && transaction.refused === undefined) return this.#sendMessage(transaction);
    if (reply.code === 354 && transaction.refused === 'recipient') return this.#sendNothing();
    if (!bad(reply)) return this.#endAt(awaited, 'EPROTOCOL');
    this.#refuse(transaction, awaited, reply);
    this.#reset();
  }

  /** SMTP's one reply, or LMTP's one for its one recipient (RFC 2033 §4.2). */
  #settled(transaction: Transaction, awaited: Awaited, reply: RawReply): void {
    const early = this.#body !== undefined;
    if (good(reply) && !early) transaction.end({ words: parseReply(reply.text)?.words ?? '' });
    else if (bad(reply)) transaction.end(this.#faultOf(awaited, reply));
    else return this.#endAt(awaited, 'EPROTOCOL');
    if (early) this.#endAt(awaited, 'EPROTOCOL');
  }

  #refuse(transaction: Transaction, awaited: Awaited, reply: RawReply): void {
    transaction.refused ??= awaited.step;
    transaction.end(this.#faultOf(awaited, reply));
  }

  #reset(): void {
    this.#speaker = undefined;
    this.#say('RSET\r\n', { step: 'reset' });
  }

  /** A server must refuse DATA without a recipient; to one that did not, an empty message for nobody (RFC 2920 §3.1). */
  #sendNothing(): void {
    this.#speaker = undefined;
    this.#say('.\r\n', { step: 'nothing' });
  }

  #sendMessage(transaction: Transaction): void {
    transaction.begun = true;
    this.#awaited.push({ step: 'message', of: transaction });
    if (Buffer.isBuffer(transaction.raw)) this.#pump((this.#body = new StuffedMessage(transaction.raw)));
    else void this.#stream(transaction.raw);
  }

  /** The last piece is left for `goOn`: the next envelope goes with it. */
  #pump(body: StuffedMessage): void {
    while (!this.#over) {
      this.#out.push(body.next());
      if (body.done) return this.#finished();
      if (!this.#flush()) {
        this.parts.wire.once('drain', () => {
          this.#pump(body);
          this.#goOn(true);
        });
        return;
      }
    }
  }

  /** A message whose files are read while the relay takes it. One that cannot be read ends the session: it must have no final dot. */
  async #stream(pieces: MailPieces): Promise<void> {
    const stuffing = new Stuffing();
    this.#body = stuffing;
    try {
      for await (const { bytes, plain } of pieces.read()) {
        if (this.#over) return;
        this.#out.push(stuffing.next(bytes, plain));
        if (!this.#flush()) await this.#drained();
        this.#goOn(true);
      }
    } catch {
      return this.end('EFILE');
    }
    if (this.#over) return;
    this.#out.push(stuffing.end());
    this.#finished();
    this.#goOn(true);
  }

  #finished(): void {
    this.#body = undefined;
    this.#speaker = undefined;
  }

  /** Resolves when the relay takes more, or when the session is over. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
      this.parts.wire.once('drain', resolve);
    });
  }

  /** The session is over at this answer, or this lack of a sensible one: whoever awaited it bears it, and nobody else. */
  #endAt(awaited: Awaited, detail: string): void {
    this.#awaited.unshift(awaited);
    this.end(detail);
  }

  #faultOf({ step, of }: Awaited, { text }: RawReply): SmtpFault {
    return new SmtpFault(STAGES[step] ?? 'connect', 'refused', parseReply(text), of?.begun ?? false);
  }
}

function good({ code }: RawReply): boolean {
  return code < 300;
}

function bad({ code }: RawReply): boolean {
  return code >= 400;
}
