/** A mail server that stands for the outside world: it keeps every mail, and misbehaves when told to. */
import type { AddressInfo, Socket } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { waitUntil } from './wait.js';

export interface SunkMail {
  /** Empty for the null return path. */
  readonly from: string;
  readonly to: readonly string[];
  /** MAIL parameters as given (`SMTPUTF8`, `ENVID`, `SIZE` ...). */
  readonly parameters: Readonly<Record<string, string | true>>;
  /** The message as it came, CRLF line ends, each byte one character: `Buffer.from(raw, 'latin1')` gives the bytes. */
  readonly raw: string;
}

export type SinkCommand = 'connect' | 'mail' | 'rcpt' | 'data';

/**
 * What to do at a command. `answer` is a code and text (`450 4.2.0 later`), as sent; at `data` it is the answer to the
 * final dot, and the mail is kept only for `accept` and for `keep-and-drop` (accepted, but the client never hears it).
 */
export type Behaviour = 'accept' | 'hang' | 'drop' | 'keep-and-drop' | { readonly answer: string };

/** Decides at each command; `value` is the address for `mail` and `rcpt`, empty otherwise. */
export type Rule = (value: string) => Behaviour;

export interface MailSink {
  readonly port: number;
  readonly mails: readonly SunkMail[];
  /** Commands in the order they came, refused ones too: `rcpt a@b.example`. */
  readonly seen: readonly string[];
  /** The first mail, here already or to come, that fits. */
  waitForMail(predicate: (mail: SunkMail) => boolean, deadlineMs: number): Promise<SunkMail>;
  /** From now on; at first every command is accepted. */
  behave(command: SinkCommand, rule: Behaviour | Rule): void;
  stop(): Promise<void>;
}

export type MailProtocol = 'smtp' | 'lmtp';

/** Starts one on 127.0.0.1; `port` 0 means a free one, another takes the place of a sink that was stopped. */
export async function startMailSink(port = 0, protocol: MailProtocol = 'smtp'): Promise<MailSink> {
  const sink = new Sink(protocol);
  const server = sink.server;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  server.on('error', (error) => sink.seen.push(`error ${error.message}`));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails: sink.mails,
    seen: sink.seen,
    waitForMail: (predicate, deadlineMs) => sink.waitForMail(predicate, deadlineMs),
    behave: (command, rule) => void sink.rules.set(command, typeof rule === 'function' ? rule : () => rule),
    stop: () => sink.stop(),
  };
}

type Done = (error?: Error | null) => void;

class Sink {
  readonly mails: SunkMail[] = [];
  readonly seen: string[] = [];
  readonly rules = new Map<SinkCommand, Rule>();
  readonly server: SMTPServer;
  /** By the client's port, which a session names too. */
  readonly #sockets = new Map<number, Socket>();

  constructor(protocol: MailProtocol) {
    this.server = new SMTPServer(this.#options(protocol));
    this.server.server.on('connection', (socket) => {
      const port = socket.remotePort ?? 0;
      this.#sockets.set(port, socket);
      socket.once('close', () => this.#sockets.delete(port));
    });
  }
  async waitForMail(predicate: (mail: SunkMail) => boolean, deadlineMs: number): Promise<SunkMail> {
    try {
      return await waitUntil('a mail that fits', () => this.mails.find(predicate), deadlineMs);
    } catch (error) {
      const others = this.mails.map((mail) => `${mail.from} -> ${mail.to.join(' ')}\n${mail.raw}`);
      throw new Error(`${String(error)}; seen:\n${this.seen.join('\n')}\nmails:\n${others.join('\n')}`, { cause: error });
    }
  }

  stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(resolve));
    for (const socket of this.#sockets.values()) socket.destroy();
    return closed;
  }

  #options(protocol: MailProtocol): SMTPServerOptions {
    return {
      lmtp: protocol === 'lmtp',
      disabledCommands: ['AUTH', 'STARTTLS'],
      // Ours would be put before the one of `answer`.
      hideENHANCEDSTATUSCODES: true,
      disableReverseLookup: true,
      onConnect: (session, done) => this.#apply('connect', '', session, done),
      onMailFrom: (address, session, done) => this.#apply('mail', address.address, session, done),
      onRcptTo: (address, session, done) => this.#apply('rcpt', address.address, session, done),
      onData: (stream, session, done) => {
        readAll(stream.setEncoding('latin1')).then((raw) => this.#finish(session, raw, done), done);
      },
    };
  }

  #finish(session: SMTPServerSession, raw: string, done: Done): void {
    const behaviour = this.#apply('data', '', session, (error) => {
      if (!error) this.mails.push(toMail(session, raw));
      done(error);
    });
    if (behaviour === 'keep-and-drop') this.mails.push(toMail(session, raw));
  }

  #apply(command: SinkCommand, value: string, session: SMTPServerSession, done: Done): Behaviour {
    this.seen.push(`${command} ${value}`.trimEnd());
    const behaviour = this.rules.get(command)?.(value) ?? 'accept';
    if (behaviour === 'accept') done();
    else if (typeof behaviour === 'object') done(refusal(behaviour.answer));
    else if (behaviour !== 'hang') this.#sockets.get(session.remotePort)?.destroy();
    return behaviour;
  }
}

function refusal(answer: string): Error {
  return Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) });
}

function toMail(session: SMTPServerSession, raw: string): SunkMail {
  const { mailFrom, rcptTo } = session.envelope;
  const sender = mailFrom === false ? undefined : mailFrom;
  const to = rcptTo.map(({ address }) => address);
  return { from: sender?.address ?? '', to, parameters: sender?.args ? sender.args : {}, raw };
}
