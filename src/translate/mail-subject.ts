/** The subject of a mail that comes from chat, where most messages have none. */
import type { Message, ReplyContext } from '../message.js';
import { topicOf, withoutReply } from '../subject.js';
import { displayText } from './mail-text.js';

/** A subject made of the text's first words is at most this long, in UTF-16 units. */
const WORDS_LIMIT = 60;
const LIMIT = 200;

/**
 * The message's own subject where it begins a new one; else the conversation's with `Re:`; else the first words of the
 * text; never empty.
 */
export function subjectOf(message: Pick<Message, 'subject' | 'text'>, context: Pick<ReplyContext, 'subject' | 'answered'>): string {
  const own = displayText(message.subject ?? '', LIMIT);
  const conversation = bareSubject(context.subject ?? '');
  if (own !== '' && topicOf(own) !== topicOf(conversation)) return own;
  if (conversation !== '') return `Re: ${conversation}`;
  return own || titleOf(message.text) || 'Chat message';
}

/** Without `Re:` in any of its spellings. */
export function bareSubject(subject: string): string {
  return withoutReply(displayText(subject, LIMIT));
}

/** The first line that is not a quotation, cut between words where it is long. */
export function titleOf(text: string): string {
  const start = text.slice(0, 4000).split('\n').find((line) => line.trim() !== '' && !line.trimStart().startsWith('>'));
  const line = displayText(start ?? '', 4000);
  if (line.length <= WORDS_LIMIT) return line;
  const cut = displayText(line, WORDS_LIMIT);
  const space = cut.lastIndexOf(' ');
  return `${(space > WORDS_LIMIT / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}
