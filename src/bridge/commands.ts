/** What a chat user can say to the gateway itself. */
import { bareJid, formatAddress, formatJid, type Jid } from '../address.js';
import type { Message } from '../message.js';
import { isFailure } from '../failure.js';
import type { Store } from '../store/store.js';
import { BURST, type Preferences } from './preferences.js';

export interface CommandParts {
  readonly store: Pick<Store, 'message' | 'content'>;
  readonly preferences: Preferences;
  /** Has a preference any meaning for this user? Nothing is kept for strangers. */
  readonly mayWrite: (user: Jid) => boolean;
  /** The gateway's domain, for the help text. */
  readonly domain: string;
  /** Renders an original mail whole: head lines and uncut text. */
  readonly render: (mail: AsyncIterable<Uint8Array>) => Promise<string>;
}

/** Answers a line of chat written to the gateway's own JID. */
export async function answerCommand(from: Jid, text: string, parts: CommandParts): Promise<string> {
  const [verb = '', argument = ''] = text.trim().split(/\s+/);
  if (verb.toLowerCase() === 'original' && argument !== '') return original(bareJid(from), argument.toLowerCase(), parts);
  if (verb.toLowerCase() === BURST.name) return burst(from, argument, parts);
  return help(parts.domain);
}

async function burst(from: Jid, text: string, { preferences, mayWrite }: CommandParts): Promise<string> {
  if (!mayWrite(from)) return 'This gateway does not send mail for your server.';
  const value = await preferences.setBurst(from, text);
  return isFailure(value) ? value.text : BURST.tell(value);
}

function help(domain: string): string {
  return [
    `This is the mail gateway ${domain}.`,
    `To write a mail, write to name%example.org@${domain} (that is name@example.org); the answer comes back there.`,
    `To write to several, name them as XEP-0033 addresses in a message to ${domain}. In a conversation, /all before an answer sends it and the later ones to everybody addressed; /one ends that.`,
    'Commands:',
    'help – this text',
    `${BURST.name} ${BURST.form} – ${BURST.meaning}`,
    'original ID – a mail whole, with what was cut from it',
  ].join('\n');
}

async function original(user: Jid, id: string, { store, render }: CommandParts): Promise<string> {
  const kept = await store.message(id);
  const mine = kept?.deliveries.some((delivery) => delivery.recipient === formatJid(user)) ?? false;
  if (kept === undefined || !mine || kept.message.original === undefined) return `There is no mail ${id} for you, or it is no longer kept.`;
  return withHead(kept.message, await render(store.content(kept.message.original)));
}

function withHead(message: Message, text: string): string {
  const head = [`From: ${formatAddress(message.sender)}`];
  if (message.subject !== undefined) head.push(`Subject: ${message.subject}`);
  return `${head.join('\n')}\n\n${text}`;
}
