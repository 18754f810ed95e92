/** Chat towards mail addresses, with receipts asked for, and what is known of each message from client, sink and log. */
import xml from '@xmpp/xml';
import type { MailSink } from '../test/servers/smtp-sink.js';
import { chat } from '../test/scenarios/stanzas.js';
import { Checker } from './checker.js';
import type { Reader } from './reader.js';

const RECEIPTS = 'urn:xmpp:receipts';
const CONTACTS = 10;

export class ChatLoad {
  /** What was sent, receipted, bounced and arrived. */
  readonly checker = new Checker();
  /** By the gateway's own ids: what it had committed, and what arrived of that. */
  readonly stored = new Checker();
  readonly #sunk = new Map<string, string>();
  #count = 0;
  #seen = 0;

  /** @param component the gateway's domain */
  constructor(private readonly component: string) {}

  get count(): number {
    return this.#count;
  }

  /** Sends one to the next contact; false when the client has no stream. */
  sendBy(reader: Reader): boolean {
    const number = this.#count;
    const contact = `contact${number % CONTACTS}%montague.test@${this.component}`;
    const stanza = chat(contact, idOf(number), `chat ${number}.`, xml('request', { xmlns: RECEIPTS }));
    if (!reader.send(stanza)) return false;
    this.#count++;
    this.checker.sent(String(number), contact);
    return true;
  }

  /** One to each contact: when they have arrived, so has all that was before them. Returns their ids. */
  markBy(reader: Reader): string[] {
    const first = this.#count;
    for (let i = 0; i < CONTACTS; i++) if (!this.sendBy(reader)) throw new Error('the client has no stream for the last chats');
    return Array.from({ length: CONTACTS }, (_, i) => String(first + i));
  }

  /** What the chat user hears: receipts and errors. */
  note(stanza: xml.Element): void {
    if (!stanza.is('message')) return;
    const receipt = stanza.getChild('received', RECEIPTS)?.attrs.id;
    const number = numberOf(receipt ?? (stanza.attrs.type === 'error' ? String(stanza.attrs.id) : ''));
    if (number === undefined) return;
    if (receipt === undefined) this.checker.bounced(number);
    else this.checker.answered(number);
  }

  /** What came to the sink since the last call. */
  drain(sink: MailSink): void {
    for (; this.#seen < sink.mails.length; this.#seen++) {
      const { raw = '' } = sink.mails[this.#seen] ?? {};
      const [, name = ''] = /^message-id: *<([^>]+)>/im.exec(raw) ?? [];
      const [, number] = /chat (\d+)\./.exec(raw.slice(raw.indexOf('\r\n\r\n'))) ?? [];
      if (number === undefined) continue;
      this.checker.arrived(number, name);
      this.#sunk.set(name.split('@', 1)[0] ?? '', name);
    }
  }

  /** What the gateway's log says it has committed, against what arrived. Call it when all is over. */
  compare(log: string): void {
    for (const [, id = ''] of log.matchAll(/"message":"([^"]+)"[^\n]*"result":"stored"[^\n]*"accepted a chat message"/g)) {
      this.stored.sent(id, '');
      this.stored.answered(id);
      const name = this.#sunk.get(id);
      if (name !== undefined) this.stored.arrived(id, name);
    }
  }
}

/** Long enough to be unique: a repeat of it is the same message. */
function idOf(number: number): string {
  return `faults-chat-number-${number}`;
}

function numberOf(id: string): string | undefined {
  return /^faults-chat-number-(\d+)$/.exec(id)?.[1];
}
