/** Mail towards chat users: each lane is one SMTP client that sends one mail after the other, as an MTA does. */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import type xml from '@xmpp/xml';
import { mailText } from '../test/scenarios/world.js';
import type { Checker } from './checker.js';

const AGAIN_MS = 20;
const LINE = `${'and so on '.repeat(7).trim()}\n`;

export interface MailLoad {
  readonly checker: Checker;
  /** Begins the ids: two loads must differ in it. */
  readonly tag: string;
  readonly smtpPort: number;
  /** The chat users written to, in turn by lane: `juliet@mail.example.test`. */
  readonly to: readonly string[];
  readonly lanes: number;
  /** Mails in all. */
  readonly count: number;
  /** Bytes of text, from and to. */
  readonly size: readonly [least: number, most: number];
}

/** Resolves when every mail was answered 250. What was not is sent again with the same Message-ID, as an MTA does. */
export async function postMails(load: MailLoad): Promise<void> {
  const share = Math.ceil(load.count / load.lanes);
  await Promise.all(Array.from({ length: load.lanes }, (_, lane) => postLane(lane, share, load)));
}

async function postLane(lane: number, count: number, { checker, tag, smtpPort, to, size }: MailLoad): Promise<void> {
  const transport = createTransport({ pool: true, maxConnections: 1, maxMessages: Infinity, host: '127.0.0.1', port: smtpPort, name: 'mx.montague.test', ignoreTLS: true });
  const from = `romeo${lane}@montague.test`;
  const recipient = to[lane % to.length] ?? '';
  for (let i = 0; i < count; i++) {
    const id = `${tag}-${lane}-${i}`;
    const text = `mail ${id}.\n${LINE.repeat(randomInt(size[0], size[1] + 1) / LINE.length)}`;
    const raw = mailText({ From: from, To: recipient, 'Message-ID': `<${id}@montague.test>` }, text);
    checker.sent(id, `${from} ${recipient}`);
    await untilTaken(() => transport.sendMail({ envelope: { from, to: [recipient] }, raw }));
    checker.answered(id);
  }
  transport.close();
}

async function untilTaken(send: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await send();
      return;
    } catch (error) {
      if (isRefusal(error)) throw error;
      await delay(AGAIN_MS);
    }
  }
}

/** A 5xx: no mail of this load deserves one. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'responseCode' in error && Number(error.responseCode) >= 500;
}

/**
 * Notes a mail that came as a chat message.
 * @param keeper the server, which says of what was in its offline store that it was there (XEP-0160, XEP-0203)
 */
export function noteMail(checker: Checker, stanza: xml.Element, keeper?: string): void {
  if (!stanza.is('message') || stanza.attrs.type === 'error') return;
  const [, id] = /mail (\w+-\d+-\d+)\./.exec(stanza.getChildText('body') ?? '') ?? [];
  if (id !== undefined) checker.arrived(id, String(stanza.attrs.id), keeper !== undefined && stanza.getChild('delay', 'urn:xmpp:delay')?.attrs.from === keeper);
}
