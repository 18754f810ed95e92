/** Chat towards mail addresses, with receipts asked for, and what is known of each message from client, sink and log. */
import xml from '@xmpp/xml';
import type { MailSink } from '../test/servers/smtp-sink.js';
import { chat } from '../test/scenarios/stanzas.js';
import { waitUntil } from '../test/servers/wait.js';
import { Checker } from './checker.js';
import type { Reader } from './reader.js';

const RECEIPTS = 'urn:xmpp:receipts';
const CONTACTS = 10;
const DEADLINE_MS = 60_000;

export class ChatLoad {
  /** What was sent, receipted, bounced and arrived. */
  readonly checker = new Checker();
  /** By the gateway's own ids: what it had committed, and what arrived of that. */
  readonly stored = new Checker();
  readonly #sunk = new Set<string>();
  #count = 0;
  #seen = 0;

  /**
   * @param component the gateway's domain
   * @param tag begins the ids: two loads must differ in it
   */
  constructor(
    private readonly component: string,
    private readonly tag: string,
  ) {}

  get count(): number {
    return this.#count;
  }

  /** Sends one to the next contact; false when the client has no stream. */
  sendBy(reader: Reader): boolean {
    const number = this.#count;
    const contact = `contact${number % CONTACTS}%montague.test@${this.component}`;
    const stanza = chat(contact, `faults-chat-${this.tag}-${number}`, `chat ${this.tag}-${number}.`, xml('request', { xmlns: RECEIPTS }));
    if (!reader.send(stanza)) return false;
    this.#count++;
    this.checker.sent(String(number), contact);
    return true;
  }

  /**
   * Sends one to each contact: when those have arrived, so has all that was before them. What is still missing then is lost.
   * @param log the gateway's
   */
  async settle(reader: Reader, sink: MailSink, log: () => string): Promise<void> {
    const first = this.#count;
    for (let i = 0; i < CONTACTS; i++) if (!this.sendBy(reader)) throw new Error('the client has no stream for the last chats');
    const last = Array.from({ length: CONTACTS }, (_, i) => String(first + i));
    const arrived = (): boolean => {
      this.drain(sink);
      return last.every((id) => this.checker.has(id));
    };
    await waitUntil('the last chats are mailed', arrived, DEADLINE_MS);
    await waitUntil('the last chats are receipted', () => !last.some((id) => this.checker.unanswered(id)), DEADLINE_MS);
    this.readLog(log());
    for (const id of this.stored.missing()) if (this.#sunk.has(id)) this.stored.arrived(id, id);
  }

  /** What the chat user hears: receipts and errors. */
  note(stanza: xml.Element): void {
    if (!stanza.is('message')) return;
    const receipt = stanza.getChild('received', RECEIPTS)?.attrs.id;
    const number = this.#numberOf(receipt ?? (stanza.attrs.type === 'error' ? String(stanza.attrs.id) : ''));
    if (number === undefined) return;
    if (receipt === undefined) this.checker.bounced(number);
    else this.checker.answered(number);
  }

  /** What came to the sink since the last call. */
  drain(sink: MailSink): void {
    for (; this.#seen < sink.mails.length; this.#seen++) {
      const { raw = '' } = sink.mails[this.#seen] ?? {};
      const [, name = ''] = /^message-id: *<([^>]+)>/im.exec(raw) ?? [];
      this.#sunk.add(name.split('@', 1)[0] ?? '');
      const [, tag, number] = /chat (\w+)-(\d+)\./.exec(raw.slice(raw.indexOf('\r\n\r\n'))) ?? [];
      if (number === undefined || tag !== this.tag) continue;
      this.checker.arrived(number, name);
    }
  }

  /** Notes what the gateway's log says it has committed. The log forgets its beginning: call it now and then. */
  readLog(log: string): void {
    for (const [, id = ''] of log.matchAll(/"message":"([^"]+)"[^\n]*"result":"stored"[^\n]*"accepted a chat message"/g)) {
      this.stored.sent(id, '');
      this.stored.answered(id);
    }
  }

  #numberOf(id: string): string | undefined {
    const [, tag, number] = /^faults-chat-(\w+)-(\d+)$/.exec(id) ?? [];
    return tag === this.tag ? number : undefined;
  }
}
