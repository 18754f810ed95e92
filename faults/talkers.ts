/** Who talks in the runs about loops: a chat bot, a machine or a person behind a mail address. */
import type xml from '@xmpp/xml';
import { setTimeout as delay } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import { chat } from '../test/scenarios/stanzas.js';
import { mailText } from '../test/scenarios/world.js';
import type { MailSink, SunkMail } from '../test/servers/smtp-sink.js';
import type { UserName, XmppServer } from '../test/servers/xmpp-server.js';
import { Reader } from './reader.js';
import type { Context } from './row.js';

const STEP_MS = 10;
const MOST = 60;
const LONGEST_MS = 90_000;

/** A chat user whose program answers every message at once, errors too. */
export class Bot {
  readonly heard: string[] = [];
  errors = 0;
  private count = 0;
  private going = true;
  private readonly reader: Reader;

  /** Changes who it is: a person takes this long for an answer, ms. */
  pause = 0;

  constructor(context: Pick<Context, 'cleanUp'>, server: XmppServer, private readonly user: UserName, public words: string) {
    this.reader = new Reader(server, user, (stanza) => void this.take(stanza));
    context.cleanUp(() => this.reader.stop());
  }

  online(): Promise<unknown> {
    return this.reader.online();
  }

  /** It answers no more. */
  silence(): void {
    this.going = false;
  }

  say(to: string, words = this.words): void {
    this.reader.send(chat(to, `${this.user}-says-number-${this.count++}`, words));
  }

  private async take(stanza: xml.Element): Promise<void> {
    if (!stanza.is('message') || (stanza.getChildText('body') === null && stanza.attrs.type !== 'error')) return;
    if (stanza.attrs.type === 'error') this.errors++;
    else this.heard.push(stanza.attrs.from ?? '');
    // An answer to each error for ever would only show how fast it can be refused.
    if (stanza.attrs.type === 'error' && this.errors > MOST) return;
    if (this.pause > 0) await delay(this.pause);
    if (!this.going) return;
    this.say((stanza.attrs.from ?? '').split('/')[0] ?? '');
  }
}

/** How a mail address answers a mail; undefined: not at all. */
export interface Answer {
  readonly head: Readonly<Record<string, string>>;
  readonly text: string;
  /** Null return path. */
  readonly silent?: boolean;
  readonly after: number;
}

/** Answers the mails that come to the sink, until the row ends. */
export class Answerer {
  /** Mails that came for the address. */
  readonly got = new Map<string, number>();
  private going = true;

  constructor(context: Pick<Context, 'cleanUp'>, private readonly sink: MailSink, smtpPort: number, private readonly answerOf: (to: string, nth: number) => Answer | undefined) {
    const transport = createTransport({ pool: true, host: '127.0.0.1', port: smtpPort, name: 'mx.montague.test', ignoreTLS: true });
    const ended = this.run((envelope, raw) => transport.sendMail({ envelope, raw }));
    context.cleanUp(async () => {
      this.going = false;
      await ended;
      transport.close();
    });
  }

  private async run(send: (envelope: { from: string; to: string }, raw: string) => Promise<unknown>): Promise<void> {
    const answering: Promise<unknown>[] = [];
    for (let next = 0; this.going; await delay(STEP_MS)) {
      for (const mail of this.sink.mails.slice(next)) answering.push(this.answer(mail, send));
      next = this.sink.mails.length;
    }
    await Promise.allSettled(answering);
  }

  private async answer(mail: SunkMail, send: (envelope: { from: string; to: string }, raw: string) => Promise<unknown>): Promise<void> {
    const [me = ''] = mail.to;
    const nth = (this.got.get(me) ?? 0) + 1;
    this.got.set(me, nth);
    const answer = nth > MOST ? undefined : this.answerOf(me, nth);
    if (answer === undefined) return;
    await delay(answer.after);
    const author = /^From:.*?<?([^\s<>]+@[^\s<>]+)>?$/im.exec(mail.raw)?.[1] ?? '';
    await send({ from: answer.silent === true ? '' : me, to: author }, mailText({ From: me, To: author, 'Message-ID': `<${nth}-${me}>`, ...answer.head }, answer.text));
  }
}

/** The count when it has not changed for so long. */
export async function settledCount(count: () => number, quietMs: number): Promise<number> {
  const end = Date.now() + LONGEST_MS;
  for (let seen = -1; Date.now() < end && seen !== count(); await delay(quietMs)) seen = count();
  return count();
}
