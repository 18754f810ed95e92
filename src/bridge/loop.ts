/**
 * Keeps two machines from answering each other without end. A header that says "no person wrote this" does not survive a
 * passage through chat, and not every answering machine sets one. What gives a machine away is that it answers sooner than
 * a person could have typed the answer. So each message carries how many such quick answers led up to it, in the mail
 * between two gateways as well; whatever was written at a person's pace begins at none. What goes too far is told to its
 * sender and not sent.
 *
 * It lives in memory alone, and a restart forgets.
 */
import type { Address } from '../address.js';
import type { Clock } from '../clock.js';
import { Failure } from '../failure.js';
import type { Delivery, Message } from '../message.js';

/** An answer is quick when it came within this and so much for each of its characters (UTF-16 units): nobody types faster. */
const READ_MS = 300;
const KEY_MS = 100;
/** Beyond this no single answer is quick: two people who write at the same time cross each other's messages, three in a row at times. */
const QUICK_MS = 700;
/** A text that came before, as a quick answer too, may take this long: mail is slow. */
const QUICK_REPEAT_MS = 60_000;
/** What answers a machine's mail within this is one as well. */
const QUICK_TO_MACHINE_MS = 500;
/** A chat message is refused when this many quick answers lead up to it, itself counted; one less for an hour after that. */
const MOST_HOPS = 3;
const HOUR = 3_600_000;
/** Pairs remembered; the oldest is forgotten, which lets a loop have one more round. */
const MOST_PAIRS = 20_000;
/** Of a text this much is compared: what follows may be what is answered. */
const COMPARED = 200;

const REFUSED = 'This looks like two machines that answer each other, so it was not sent. If you are a person, send it again.';

/** What was last said between a chat user and a mail address, each way. */
interface Talk {
  mailAt: number;
  mailHops: number;
  /** The last mail said that no person wrote it, or it was a report or refusal of ours. */
  machine: boolean;
  chatAt: number;
  chatHops: number;
  /** The last mail that came sooner than typed, and when. */
  text: string;
  textAt: number;
  refusedAt: number;
}

export class LoopGuard {
  private readonly talks = new Map<string, Talk>();

  constructor(private readonly clock: Clock) {}

  /**
   * The message with the number of quick answers that led up to it, itself counted; a permanent `loop` when it is a chat
   * message and those are too many. A mail is never refused: what was sent to a person must arrive.
   */
  admit(message: Message, recipient: Address): Message | Failure {
    const talk = this.talks.get(keyOf(message, recipient));
    const hops = hopsOf(message, talk, this.clock());
    if (hops instanceof Failure) return hops;
    return hops === (message.hops ?? 0) ? message : { ...message, hops };
  }

  /** A delivery is about to arrive, or just has: from now on it may be answered. */
  passed({ message, recipient }: Delivery): void {
    // What the gateway says to a chat user of himself is no answer to him either.
    if (message.source === 'gateway' && (recipient.kind === 'mail' || message.origin === 'auto-generated')) return;
    // A receipt has no words: whoever writes on while they come in answers none.
    if (message.report?.state === 'delivered') return;
    this.note(message, recipient);
    // Who answers a mail to somebody's mailbox answers from there, or as the chat user himself.
    if (message.forwardedFor !== undefined) this.note(message, message.forwardedFor);
  }

  private note(message: Message, recipient: Address): void {
    const key = keyOf(message, recipient);
    const talk = this.talks.get(key) ?? this.begin(key);
    if (message.source === 'xmpp') {
      talk.chatAt = this.clock();
      talk.chatHops = message.hops ?? 0;
    } else {
      talk.mailAt = this.clock();
      talk.mailHops = message.hops ?? 0;
      talk.machine = message.origin !== 'person' && message.origin !== 'list';
    }
  }

  private begin(key: string): Talk {
    const talk = newTalk();
    this.talks.set(key, talk);
    if (this.talks.size > MOST_PAIRS) this.talks.delete(this.talks.keys().next().value ?? '');
    return talk;
  }
}

function newTalk(): Talk {
  return { mailAt: -Infinity, mailHops: 0, machine: false, chatAt: -Infinity, chatHops: 0, text: '', textAt: -Infinity, refusedAt: -Infinity };
}

/** The chat user and the mail address, whoever of them writes or is told. A chat user is one with all clients. */
function keyOf({ source, sender }: Message, recipient: Address): string {
  const [chat, mail] = source === 'xmpp' ? [sender, recipient] : [recipient, sender];
  return `${chat.local}@${chat.domain} ${mail.local}@${mail.domain}`.toLowerCase();
}

function hopsOf({ source, text, hops = 0 }: Message, talk: Talk | undefined, now: number): number | Failure {
  // Anybody can write a number into a mail: it counts only where the mail may be an answer.
  if (talk === undefined) return source === 'mail' ? 0 : hops;
  if (source !== 'mail') return chatHops(talk, text, now);
  return Math.max(now - talk.chatAt < HOUR ? hops : 0, mailHops(talk, text, now));
}

/** An answering machine that sets no header answers our mail with the same words each time, sooner than typed. */
function mailHops(talk: Talk, text: string, now: number): number {
  const waited = now - talk.chatAt;
  if (!isQuick(waited, text, QUICK_REPEAT_MS)) return 0;
  const compared = comparable(text);
  const repeated = talk.text === compared && now - talk.textAt < HOUR;
  talk.text = compared;
  talk.textAt = now;
  return repeated || waited < QUICK_MS ? talk.chatHops + 1 : 0;
}

function chatHops(talk: Talk, text: string, now: number): number | Failure {
  const waited = now - talk.mailAt;
  if (!isQuick(waited, text, QUICK_MS)) return 0;
  const hops = talk.mailHops + 1;
  const most = now - talk.refusedAt < HOUR ? MOST_HOPS - 1 : MOST_HOPS;
  if (hops < most && !(talk.machine && waited < QUICK_TO_MACHINE_MS)) return hops;
  talk.refusedAt = now;
  // Who answers the refusal at once is no better.
  talk.mailAt = now;
  talk.machine = true;
  return Failure.permanent('loop', REFUSED);
}

/** A clock that was set back proves nothing. */
function isQuick(waited: number, text: string, most: number): boolean {
  return waited >= 0 && waited < Math.min(most, READ_MS + KEY_MS * text.length);
}

/** Without what such machines count up: numbers of tickets, times. */
function comparable(text: string): string {
  return text.slice(0, COMPARED).replace(/\d+/g, '0');
}
