/** A relay that does as it is told: answers, hangs or drops at each step, on a real socket. Keeps every command it read. */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';

export type Step = 'connect' | 'ehlo' | 'helo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'body' | 'dot' | 'rset' | 'quit';
/** A reply (lines divided by LF), or silence, or a lost connection; at the dot also after the mail was taken. */
export type Behaviour = string | { readonly do: 'hang' | 'drop' | 'keep-and-drop' };
export const HANG: Behaviour = { do: 'hang' };
export const DROP: Behaviour = { do: 'drop' };
export const KEEP_AND_DROP: Behaviour = { do: 'keep-and-drop' };

export interface RelayScript {
  /** @param nth how often this step was reached before, over all connections */
  readonly at?: (step: Step, nth: number, line: string) => Behaviour | undefined;
  /** EHLO keywords beside STARTTLS and AUTH. */
  readonly offers?: readonly string[];
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly implicitTls?: boolean;
  /** Offers AUTH and takes any; `at` refuses. */
  readonly auth?: boolean;
  readonly lmtp?: boolean;
  /** Answers 354 also when it took no recipient, as no server should. */
  readonly takesDataAlways?: boolean;
}

export interface TakenMail {
  readonly mail: string;
  readonly rcpt: readonly string[];
  /** Dots unstuffed, without the final dot. */
  readonly raw: Buffer;
}

const FINE: Record<Step, string> = {
  connect: '220 relay.test ESMTP',
  ehlo: '250 relay.test',
  helo: '250 relay.test',
  starttls: '220 2.0.0 Ready',
  auth: '235 2.7.0 Welcome',
  mail: '250 2.1.0 Ok',
  rcpt: '250 2.1.5 Ok',
  data: '354 Go on',
  body: '',
  dot: '250 2.0.0 Ok: queued as TEST',
  rset: '250 2.0.0 Ok',
  quit: '221 2.0.0 Bye',
};
const VERBS: Record<string, Step> = { EHLO: 'ehlo', LHLO: 'ehlo', HELO: 'helo', STARTTLS: 'starttls', AUTH: 'auth', MAIL: 'mail', RCPT: 'rcpt', DATA: 'data', RSET: 'rset', QUIT: 'quit' };

export class ScriptedRelay {
  script: RelayScript;
  readonly commands: string[] = [];
  readonly mails: TakenMail[] = [];
  connections = 0;
  port = 0;
  readonly #counts = new Map<Step, number>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #waiting: (() => void)[] = [];

  private constructor(script: RelayScript) {
    this.script = script;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start(script: RelayScript = {}, port = 0): Promise<ScriptedRelay> {
    const relay = new ScriptedRelay(script);
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    relay.port = (relay.#server.address() as AddressInfo).port;
    return relay;
  }

  /** How often a step was reached. */
  count(step: Step): number {
    return this.#counts.get(step) ?? 0;
  }

  /** Resolves when a step is reached the next time. */
  async reached(step: Step): Promise<void> {
    const before = this.count(step);
    while (this.count(step) === before) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Ends all connections, as a restart of the server does. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.dropAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** What to do now; counts the step. */
  next(step: Step, line: string): Behaviour {
    const nth = this.count(step);
    this.#counts.set(step, nth + 1);
    for (const wake of this.#waiting.splice(0)) wake();
    return this.script.at?.(step, nth, line) ?? this.#fine(step);
  }

  #fine(step: Step): string {
    if (step !== 'ehlo') return FINE[step];
    const { offers = [], tls, implicitTls, auth } = this.script;
    const lines = [FINE.ehlo.slice(4), ...offers, ...(tls !== undefined && implicitTls !== true ? ['STARTTLS'] : []), ...(auth === true ? ['AUTH PLAIN LOGIN'] : [])];
    return lines.map((line, i) => `250${i === lines.length - 1 ? ' ' : '-'}${line}`).join('\n');
  }

  #accept(plain: Socket): void {
    this.connections++;
    this.#sockets.add(plain.setNoDelay(true));
    plain.on('error', () => plain.destroy()).on('close', () => this.#sockets.delete(plain));
    const socket = this.script.implicitTls === true ? secure(plain, this.script) : plain;
    new Session(this, socket).start();
  }
}

function secure(socket: Socket, { tls }: RelayScript): TLSSocket {
  const secured = new TLSSocket(socket, { isServer: true, ...tls });
  return secured.on('error', () => socket.destroy());
}

class Session {
  #buffer = Buffer.alloc(0);
  #inData = false;
  /** Hung or dropped: nothing is read or said any more. */
  #gone = false;
  #mail = '';
  #rcpt: string[] = [];
  readonly #take = (chunk: Buffer): void => this.#read(chunk);

  constructor(
    private readonly relay: ScriptedRelay,
    private socket: Socket,
  ) {}

  start(): void {
    this.socket.on('data', this.#take);
    this.#answer('connect', '');
  }

  #read(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    while (!this.#gone && (this.#inData ? this.#readBody() : this.#readLine()));
  }

  #readLine(): boolean {
    const end = this.#buffer.indexOf('\r\n');
    if (end === -1) return false;
    const line = this.#buffer.toString('utf8', 0, end);
    this.#buffer = this.#buffer.subarray(end + 2);
    this.relay.commands.push(line);
    const step = VERBS[line.split(/[ :]/)[0]?.toUpperCase() ?? ''];
    if (step === undefined) this.#reply('500 5.5.1 What?');
    else this.#command(step, line);
    return true;
  }

  #command(step: Step, line: string): void {
    if (step === 'mail') [this.#mail, this.#rcpt] = [line, []];
    if (step === 'data' && this.#rcpt.length === 0 && this.relay.script.takesDataAlways !== true) return this.#reply('554 5.5.1 No valid recipients');
    const said = this.#answer(step, line);
    if (step === 'rcpt' && said.startsWith('2')) this.#rcpt.push(line);
    if (step === 'starttls' && said.startsWith('2')) this.#secure();
    if (step === 'data' && said.startsWith('3')) this.#inData = true;
    if (step === 'quit') this.socket.end();
  }

  #readBody(): boolean {
    if (this.#buffer.length > 0) this.#answer('body', '');
    if (this.#gone) return false;
    const all = Buffer.concat([Buffer.from('\r\n'), this.#buffer]);
    const end = all.indexOf('\r\n.\r\n');
    if (end === -1) return false;
    const raw = Buffer.from(all.subarray(2, Math.max(end + 2, 2)).toString('latin1').replace(/(^|\r\n)\.\./g, '$1.'), 'latin1');
    this.#buffer = all.subarray(end + 5);
    this.#inData = false;
    const said = this.#answer('dot', '');
    if ((said.startsWith('2') || said === 'keep-and-drop') && this.#rcpt.length > 0) this.relay.mails.push({ mail: this.#mail, rcpt: this.#rcpt, raw });
    return true;
  }

  /** Says what the script wants; 'drop' and 'hang' for those. */
  #answer(step: Step, line: string): string {
    const behaviour = this.relay.next(step, line);
    if (typeof behaviour === 'string') {
      this.#reply(behaviour);
      return behaviour;
    }
    this.#gone = true;
    if (behaviour.do === 'hang') this.socket.pause();
    else this.socket.destroy();
    return behaviour.do;
  }

  #reply(text: string): void {
    if (text !== '' && this.socket.writable) this.socket.write(`${text.replaceAll('\n', '\r\n')}\r\n`);
  }

  #secure(): void {
    this.socket.off('data', this.#take);
    this.socket = secure(this.socket, this.relay.script);
    this.socket.on('data', this.#take);
  }
}
