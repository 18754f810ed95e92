/** A listening inlet with a middle that records what it was handed, and a client that speaks raw bytes. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { formatAddress, type Address, type GatewayNames, type MailAddress } from '../../src/address.js';
import type { Accepted, ContentSink, Intake, Person, Route } from '../../src/edge.js';
import { Failure } from '../../src/failure.js';
import type { Message, Report } from '../../src/message.js';
import type { Inspection } from '../../src/smtp-in/inspection.js';
import type { SmtpInOptions } from '../../src/smtp-in/options.js';
import type { DnsResolver } from '../../src/smtp-in/resolver.js';
import { screenOf, type Screen } from '../../src/smtp-in/screen.js';
import { SmtpInlet } from '../../src/smtp-in/server.js';

export const GATEWAY: GatewayNames = { domain: 'gw.example.org', home: 'example.org', separator: '%' };
const ANSWER_MS = 5_000;

/** alice, bob and postmaster may be written to; abuse is alice as an operator; bounces+ID is where reports return to. */
export class RecordingIntake implements Intake, ContentSink {
  readonly accepted: { message: Message; routes: readonly Route[] }[] = [];
  readonly reports: { id: string; recipient: string | undefined; state: Report['state']; failure: Failure | undefined }[] = [];
  readonly refusals: { from: string; to: string; failure: Failure }[] = [];
  readonly people: { author: string; person: Person }[] = [];
  readonly pieces = new Map<string, Uint8Array[]>();
  readonly discarded: string[] = [];
  /** What `accept` does instead, per recipient. */
  onAccept: (recipient: Address) => Accepted['result'] | Promise<Accepted['result']> = () => 'stored';
  onWrite: () => Promise<void> = () => Promise.resolve();

  admitChat(): Failure {
    return Failure.permanent('not-allowed', 'No chat here.');
  }

  typing(): Promise<void> {
    return Promise.resolve();
  }

  copied(): Promise<void> {
    return Promise.resolve();
  }

  admitMail(recipient: MailAddress): readonly Route[] | Failure {
    if (recipient.domain !== GATEWAY.domain) return Failure.permanent('not-allowed', 'Relaying is not permitted.');
    const [, id] = /^bounces\+(.*)$/.exec(recipient.local) ?? [];
    if (id !== undefined) return [{ outlet: 'bounce', messageId: id }];
    const name = recipient.local.toLowerCase();
    if (name === 'abuse') return [{ outlet: 'xmpp', recipient: { kind: 'jid', local: 'alice', domain: GATEWAY.home, resource: '' }, operators: true }];
    if (!['alice', 'bob', 'postmaster'].includes(name)) return Failure.permanent('no-such-recipient', 'No such user here.');
    return [{ outlet: 'xmpp', recipient: { kind: 'jid', local: name, domain: GATEWAY.home, resource: '' } }];
  }

  async accept(message: Message, routes: readonly Route[]): Promise<readonly Accepted[]> {
    const results: Accepted[] = [];
    for (const route of routes) {
      if (route.outlet !== 'bounce') results.push({ recipient: route.recipient, result: await this.onAccept(route.recipient) });
    }
    if (results.some(({ result }) => !(result instanceof Failure))) this.accepted.push({ message, routes });
    return results;
  }

  reported(id: string, recipient: Address | undefined, state: Report['state'], failure?: Failure): Promise<void> {
    this.reports.push({ id, recipient: recipient && formatAddress(recipient), state, failure });
    return Promise.resolve();
  }

  admitPeople(): Failure {
    return Failure.permanent('not-allowed', 'not a chat user');
  }

  met(author: MailAddress, person: Person): Promise<void> {
    this.people.push({ author: formatAddress(author), person });
    return Promise.resolve();
  }

  readonly untoldOf: { recipient: string; failure: Failure }[] = [];

  untold(_message: Message, recipient: Address, failure: Failure): Promise<void> {
    this.untoldOf.push({ recipient: formatAddress(recipient), failure });
    return Promise.resolve();
  }

  refused(from: string, to: string, failure: Failure): void {
    this.refusals.push({ from, to, failure });
  }

  async write(id: string, seq: number, bytes: Uint8Array): Promise<void> {
    await this.onWrite();
    const pieces = this.pieces.get(id) ?? [];
    pieces[seq] = bytes;
    this.pieces.set(id, pieces);
  }

  async *written(id: string): AsyncIterable<Uint8Array> {
    await Promise.resolve();
    yield* this.pieces.get(id) ?? [];
  }

  async discard(id: string): Promise<void> {
    this.discarded.push(id);
    return Promise.resolve();
  }

  original(id: string | undefined): string {
    return Buffer.concat(this.pieces.get(id ?? '') ?? []).toString('utf8');
  }
}

export const NO_DNS: DnsResolver = {
  resolve: (name) => Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' })),
};

export interface Started {
  readonly inlet: SmtpInlet;
  readonly intake: RecordingIntake;
  readonly port: number;
  readonly log: Record<string, unknown>[];
}

export const SMTP = { protocol: 'smtp', host: '127.0.0.1', port: 0 } as const;
export const LMTP = { protocol: 'lmtp', host: '127.0.0.1', port: 0 } as const;

/** Without checks of the sender, unless `options` says so. */
export async function startInlet(options: Partial<SmtpInOptions> = {}, resolver: DnsResolver = NO_DNS, screens: readonly Screen[] = [], inspect: Inspection = () => 'take'): Promise<Started> {
  const intake = new RecordingIntake();
  const log: Record<string, unknown>[] = [];
  const deps = { intake, content: intake, gateway: GATEWAY, resolver, screen: screenOf(screens), inspect, clock: Date.now };
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) });
  const inlet = new SmtpInlet({ listen: [SMTP], verify: false, ...options }, { ...deps, log: logger });
  await inlet.start();
  const [bound] = inlet.address();
  return { inlet, intake, log, port: bound !== undefined && 'port' in bound ? bound.port : 0 };
}

/** A client that sends what it is told and collects what comes back. */
export class Wire {
  received = '';
  ended = false;
  private waiting: (() => void)[] = [];

  constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.note(bytes.toString('utf8')));
    socket.on('error', () => this.note(''));
    socket.on('close', () => this.end());
    socket.on('end', () => this.end());
  }

  static async open(port: number, from?: string): Promise<Wire> {
    const socket = connect({ port, host: '127.0.0.1', ...(from !== undefined && { localAddress: from }) });
    const wire = new Wire(socket);
    await once(socket, 'connect');
    return wire;
  }

  /** Sends this, waits for `replies` whole replies, and returns them. */
  async say(text: string | Uint8Array, replies = 1): Promise<string> {
    const from = this.received.length;
    this.socket.write(text);
    return this.hear(replies, from);
  }

  /** Waits for so many replies after what was received before `from`. */
  async hear(replies: number, from = 0): Promise<string> {
    const enough = (): boolean => (this.received.slice(from).match(/^\d{3} .*\r\n/gm) ?? []).length >= replies || this.ended;
    await this.until(enough, `${replies} replies`);
    return this.received.slice(from);
  }

  async closed(withinMs = ANSWER_MS): Promise<void> {
    await this.until(() => this.ended, 'the end of the connection', withinMs);
  }

  async hello(name = 'EHLO client.example'): Promise<string> {
    await this.hear(1);
    return this.say(`${name}\r\n`);
  }

  /** MAIL, RCPT, DATA; the replies. The connection is ready for the mail. */
  async envelope(from = 'x@e.example', to: readonly string[] = ['alice@gw.example.org']): Promise<string> {
    let heard = await this.say(`MAIL FROM:<${from}>\r\n`);
    for (const recipient of to) heard += await this.say(`RCPT TO:<${recipient}>\r\n`);
    return heard + (await this.say('DATA\r\n'));
  }

  close(): void {
    this.socket.destroy();
  }

  private note(text: string): void {
    this.received += text;
    this.wake();
  }

  private end(): void {
    this.ended = true;
    this.wake();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    waiting.forEach((go) => go());
  }

  private async until(done: () => boolean, what: string, withinMs = ANSWER_MS): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!done()) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`not within ${withinMs} ms: ${what}; received: ${this.received}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.waiting.push(() => (clearTimeout(timer), resolve()));
      });
    }
  }
}

export function mail(fields: Record<string, string> = {}, body = 'Hello.\r\n'): string {
  const all = { From: 'X <x@e.example>', To: 'alice@gw.example.org', Subject: 'Test', 'Message-ID': '<1@e.example>', ...fields };
  return `${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

export function routesOf(routes: readonly Route[]): string[] {
  return routes.map((route) => (route.outlet === 'bounce' ? route.messageId : formatAddress(route.recipient)));
}
