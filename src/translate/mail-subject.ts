/** The subject of a mail that comes from chat, where most messages have none. */
import type { Message, ReplyContext } from '../message.js';
import { topicOf, withoutReply } from '../subject.js';
import { displayText } from './mail-text.js';
import { titleOf } from './title.js';

const LIMIT = 200;

/**
 * The message's own subject where it begins a new one; else the conversation's with `Re:`; else the first words of the
 * text; never empty.
 */
export function subjectOf(message: Pick<Message, 'subject' | 'title' | 'text'>, context: Pick<ReplyContext, 'subject' | 'answered'>): string {
  const own = displayText(message.subject ?? '', LIMIT);
  const conversation = bareSubject(context.subject ?? '');
  if (own !== '' && topicOf(own) !== topicOf(conversation)) return own;
  if (conversation !== '') return `Re: ${conversation}`;
  return own || message.title || titleOf(message.text) || 'Chat message';
}

/** Without `Re:` in any of its spellings. */
export function bareSubject(subject: string): string {
  return withoutReply(displayText(subject, LIMIT));
}
