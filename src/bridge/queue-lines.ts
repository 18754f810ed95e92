/** What waits, in words, for chat and command line alike. People's words are not the administrator's to read. Pure. */
import { formatAddress } from '../address.js';
import type { FailureRecord } from '../failure.js';
import type { Message } from '../message.js';
import type { QueueCounts, QueueEntry } from '../store/queue-entries.js';
import { formatDuration, printable } from '../words.js';

export function nextTry({ state, dueAt, gathers, held }: QueueEntry, now: number): string {
  if (held !== undefined) return held.why === 'away' ? `held until ${held.user} is online` : `held until ${held.user} accepts the sender`;
  if (state !== 'waiting' || dueAt === undefined) return '-';
  if (gathers === true && dueAt > now) return `in ${formatDuration(dueAt - now)}, with more lines`;
  return dueAt <= now ? 'now' : `in ${formatDuration(dueAt - now)}`;
}

export function failureText({ status, text, remote }: FailureRecord): string {
  return `${status} ${text}${remote === undefined ? '' : ` (${remote})`}`;
}

/** What is told of a message, by name; the subject is not among it. @param time as the reader is used to it */
export function messageFacts(message: Message, time: (ms: number) => string): readonly (readonly [name: string, value: string])[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Message', message.id],
    ['Came by', message.source],
    ['From', formatAddress(message.sender)],
    ['Reports to', message.returnTo === undefined ? 'nobody' : formatAddress(message.returnTo)],
    ['To address', message.cameBy && formatAddress(message.cameBy)],
    ['Written by', message.origin],
    ['Sender', message.authenticity],
    ['Message-ID', message.ids.mail],
    ['Stanza id', message.ids.stanza],
    ['Accepted', time(message.acceptedAt)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** How much waits. @param held how much of it is held */
export function countLines({ waiting: { xmpp, smtp }, oldest }: QueueCounts, held: number): readonly string[] {
  if (xmpp + smtp === 0) return ['Nothing waits.'];
  const told = (count: number, where: string, age: number): string => `${count} ${where}${count === 0 ? '' : ` (the oldest for ${formatDuration(age)})`}`;
  const lines = [`Waiting: ${told(xmpp, 'to chat', oldest.xmpp)}, ${told(smtp, 'to mail', oldest.smtp)}`];
  return held === 0 ? lines : [...lines, `Held of these, for people who are away or asked: ${held}`];
}

/** Undefined where the whole queue is not held. @param since ms since the epoch */
export function heldLine(since: number | undefined): string | undefined {
  return since === undefined ? undefined : `The queue is held since ${new Date(since).toISOString().slice(0, 16).replace('T', ' ')} UTC: nothing is delivered until "queue release".`;
}

/** A delivery in a line for a phone: what is usual is not said. */
export function entryLine(entry: QueueEntry, now: number): string {
  const { seq, sender, recipient, state, acceptedAt, attempts, lastFailure } = entry;
  const facts = [
    `${sender} → ${recipient}`,
    ...(state === 'waiting' ? [] : [state]),
    `${formatDuration(now - acceptedAt)} old`,
    ...(attempts === 0 ? [] : [attempts === 1 ? '1 try' : `${attempts} tries`]),
    ...(state === 'waiting' ? [`next ${nextTry(entry, now)}`.replace('next held', 'held')] : []),
  ];
  return printable(`${seq}: ${facts.join(', ')}${lastFailure === undefined ? '' : `; ${failureText(lastFailure)}`}`);
}
