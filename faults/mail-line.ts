/** An SMTP session that puts mail after mail through, whatever is in them, and opens another when one was ended. */
import { connect, type Socket } from 'node:net';

const ANSWER_MS = 30_000;
const FROM = 'mutant@montague.test';

export interface Answered {
  /** Of the first command that was not accepted, or of the final dot; 0: there was none. */
  readonly code: number;
  /** As the gateway names it in its 250. */
  readonly id?: string;
}

export class MailLine {
  private socket: Socket | undefined;
  private text = '';
  private waiting: (() => void) | undefined;

  constructor(private readonly port: number, private readonly recipient: string) {}

  /** @param mail with stuffed dots, without the final one */
  async put(mail: Buffer): Promise<Answered> {
    if (this.socket === undefined || this.socket.destroyed) {
      this.open();
      if ((await this.reply()).code !== 220) return { code: 0 };
      this.socket?.write('EHLO mutant.test\r\n');
      await this.reply();
    }
    this.socket?.write(`MAIL FROM:<${FROM}>\r\nRCPT TO:<${this.recipient}>\r\nDATA\r\n`);
    for (const wanted of [250, 250, 354]) {
      const answer = await this.reply();
      if (answer.code !== wanted) return this.leave(answer);
    }
    this.socket?.write(Buffer.concat([mail, Buffer.from('\r\n.\r\n')]));
    const answer = await this.reply();
    return answer.code === 250 ? answer : this.leave(answer);
  }

  close(): void {
    this.socket?.destroy();
  }

  private open(): void {
    this.text = '';
    const socket = (this.socket = connect({ host: '127.0.0.1', port: this.port, noDelay: true }));
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.text += text;
      this.waiting?.();
    });
    socket.on('error', () => undefined).on('close', () => this.waiting?.());
  }

  private async reply(): Promise<Answered> {
    const end = Date.now() + ANSWER_MS;
    for (;;) {
      const last = /^(\d{3}) (.*)\r\n/m.exec(this.text);
      if (last !== null) {
        this.text = this.text.slice(last.index + last[0].length);
        const id = /^2\.6\.0 (\w{26}) accepted/.exec(last[2] ?? '')?.[1];
        return { code: Number(last[1]), ...(id !== undefined && { id }) };
      }
      if (this.socket?.destroyed === true || Date.now() > end) return { code: 0 };
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - Date.now());
        this.waiting = () => (clearTimeout(timer), resolve());
      });
    }
  }

  /** After a refusal the state of the session is not worth finding out. */
  private leave(answer: Answered): Answered {
    this.socket?.destroy();
    return answer;
  }
}
