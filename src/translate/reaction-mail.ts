/**
 * A reaction as a short mail (RFC 9078): `multipart/alternative`, the reaction itself first. §3 wants it in the message's only
 * body or in its first body part; a reader that does not know the disposition shows the last alternative that it can, which
 * are words. `multipart/mixed` would show such a reader both, the reaction as a nameless file (RFC 2183 §2.8). Between the
 * words as text and as HTML stands Gmail's own reaction part, where Google asks for it, when it is one emoji:
 * it takes no more.
 */
import type { Delivery } from '../message.js';
import { multipart, textPart, type Part } from './mail-compose.js';
import { field } from './mail-fields.js';
import { isMessageId } from './mail-ids.js';
import { cutText, displayText } from './mail-text.js';
import { base64 } from './mail-transfer.js';

export const GMAIL_REACTION = 'text/vnd.google.email-reaction+json';

/** Of the answered message so much is quoted, UTF-16 units. */
const LONGEST_WORDS = 100;

/** What a chat user reacts with now and has not before: undefined for a message that is no reaction. */
export function newReactions({ message, context }: Delivery): readonly string[] | undefined {
  return message.reactions?.filter((emoji) => !(context.reactedBefore ?? []).includes(emoji));
}

/** Taken back (a mail cannot be), or nothing new: there is nothing to send. */
export function saysNothing(delivery: Delivery): boolean {
  return newReactions(delivery)?.length === 0;
}

/** The body of the mail. Only words where the answered message had no Message-ID: In-Reply-To is what a reaction is about (§4). */
export function reactionPart(delivery: Delivery, emoji: readonly string[]): Part {
  const { message, context } = delivery;
  const words = wordsOf(emoji, context.answeredWords);
  const answered = context.answered?.mail;
  if (answered === undefined || !isMessageId(answered)) return textPart(words);
  const gmail = emoji.length === 1 ? [encoded(`${GMAIL_REACTION}; charset=utf-8`, JSON.stringify({ version: 1, emoji: emoji[0] }))] : [];
  const reaction = encoded('text/plain; charset=utf-8', `${emoji.join(' ')}\r\n`, field('Content-Disposition', 'reaction'));
  const html = encoded('text/html; charset=utf-8', `<p>${escaped(words)}</p>\r\n`);
  return multipart('multipart/alternative', `=_${message.id}`, [reaction, textPart(words), ...gmail, html]);
}

function encoded(type: string, text: string, more = ''): Part {
  return { fields: field('Content-Type', type) + more + field('Content-Transfer-Encoding', 'base64'), body: base64(Buffer.from(text, 'utf8')) };
}

function wordsOf(emoji: readonly string[], answeredWords: string | undefined): string {
  const words = displayText(answeredWords ?? '', Number.MAX_SAFE_INTEGER);
  const quoted = words.length > LONGEST_WORDS ? `${cutText(words, LONGEST_WORDS - 1).trimEnd()}…` : words;
  return `Reacted with ${emoji.join(' ')} to ${quoted === '' ? 'your message' : `“${quoted}”`}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
