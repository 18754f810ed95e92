/** The words by which a chat user says who gets the answers in a conversation: `/all` and `/one`, first in a text or alone. */

const MARK = /^\/(all|one)(?:\s+|$)/i;

/** The text without the mark; `toAll` only where there is one. */
export function markIn(text: string): { readonly text: string; readonly toAll?: boolean } {
  const [mark, word] = MARK.exec(text) ?? [];
  return mark === undefined ? { text } : { text: text.slice(mark.length), toAll: word?.toLowerCase() === 'all' };
}
