/** A cheap SMTP client: envelope in one write (RFC 2920), one mail at a time, each waiting for its 250. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Mail } from './mails.js';

export class SmtpSession {
  #text = '';
  #replies: string[] = [];
  #waiter: { count: number; resolve: (replies: string[]) => void; reject: (error: Error) => void } | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    const ended = (error?: Error): void => this.#waiter?.reject(error ?? new Error('the server closed the SMTP session'));
    socket.on('error', ended).on('close', () => ended());
  }

  /** Connects, and says EHLO. */
  static async open(port: number): Promise<SmtpSession> {
    const session = new SmtpSession(connect(port, '127.0.0.1'));
    await session.#exchange('', ['220']);
    await session.#exchange('EHLO mx.montague.test\r\n', ['250']);
    return session;
  }

  /** Resolves at the 250 after the final dot; rejects on any other answer. */
  async send(mail: Mail, to: string): Promise<void> {
    await this.envelope(mail, to);
    await this.data(mail);
  }

  /** The first half of `send`: up to the 354. */
  envelope({ from }: Mail, to: string): Promise<void> {
    return this.#exchange(`MAIL FROM:<${from}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`, ['250', '250', '354']);
  }

  /** The second half. */
  data({ data, rest }: Mail): Promise<void> {
    return this.#exchange(data, ['250'], rest);
  }

  async quit(): Promise<void> {
    if (this.socket.destroyed) return;
    const closed = once(this.socket, 'close');
    this.socket.end('QUIT\r\n');
    await closed;
  }

  async #exchange(data: string | Buffer, codes: readonly string[], rest?: Buffer): Promise<void> {
    if (data.length > 0) this.socket.write(data);
    if (rest !== undefined) this.socket.write(rest);
    const replies = await new Promise<string[]>((resolve, reject) => {
      this.#waiter = { count: codes.length, resolve, reject };
      this.#settle();
    });
    codes.forEach((code, i) => {
      if (replies[i]?.startsWith(code) !== true) throw new Error(`SMTP: ${code} was expected: ${replies.join(' | ')}`);
    });
  }

  #read(text: string): void {
    this.#text += text;
    for (let end = this.#text.indexOf('\r\n'); end >= 0; end = this.#text.indexOf('\r\n')) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      if (line[3] !== '-') this.#replies.push(line);
    }
    this.#settle();
  }

  #settle(): void {
    // A refusal may come alone, as the last word of the server.
    if (this.#waiter === undefined || this.#replies.length < this.#waiter.count) return;
    const { count, resolve } = this.#waiter;
    this.#waiter = undefined;
    resolve(this.#replies.splice(0, count));
  }
}

/** Sends the mails over all of the sessions; each takes the next one when it has its 250. */
export async function sendAll(sessions: readonly SmtpSession[], mails: readonly Mail[], to: string): Promise<void> {
  const rest = mails.values();
  await Promise.all(sessions.map(async (session) => {
    for (const mail of rest) await session.send(mail, to);
  }));
}
