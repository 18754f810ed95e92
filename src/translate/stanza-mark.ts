/**
 * The words by which a chat user says what becomes of a text, first in it: `/all` and `/one`, also alone, who gets the answers in a conversation
 * with a mail address; `/mail` that another chat user gets it by mail.
 */

const MARK = /^\/(all|one)(?:\s+|$)/i;

/** The text without the mark; `toAll` only where there is one. */
export function markIn(text: string): { readonly text: string; readonly toAll?: boolean } {
  const [mark, word] = MARK.exec(text) ?? [];
  return mark === undefined ? { text } : { text: text.slice(mark.length), toAll: word?.toLowerCase() === 'all' };
}

const MAIL = /^\/mail(?:\s+|$)/i;

/** The text without the mark, if it has it. */
export function mailMarkIn(text: string): { readonly text: string; readonly asMail?: true } {
  const [mark] = MAIL.exec(text) ?? [];
  return mark === undefined ? { text } : { text: text.slice(mark.length), asMail: true };
}
