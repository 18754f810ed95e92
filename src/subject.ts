/** Subjects of mail, where both the store and the converters read them. Pure. */

/** "Re:" as the mail programs of several languages write it, with a count or not, once or several times. */
const REPLY = /^(?:\s*(?:re|aw|sv|antw|odp|ref|回复|答复)\s*(?:\[\d{1,3}\])?\s*[:：])+\s*/i;

/** Without `Re:` in any of its spellings. */
export function withoutReply(subject: string): string {
  return subject.replace(REPLY, '');
}

/** What stands before a topic: marks of answers and of forwarding, and the names of lists in brackets. */
const BEFORE = /^(?:\s*(?:(?:re|aw|sv|antw|odp|ref|fwd?|wg|tr|rv|enc|doorst|vs|vb|pd|回复|答复|转发|轉寄|転送)\s*(?:\[\d{1,3}\])?\s*[:：]|\[[^\][]{1,60}\]))+\s*/iu;

/** Compared of a topic, UTF-16 units: answers carry a long subject cut. */
const COMPARED = 180;

/** What two subjects of one conversation have in common: case, spaces, and what programs and lists put before it do not count. */
export function topicOf(subject: string): string {
  const plain = subject.slice(0, 1000).normalize('NFKC').replace(/[\s\u200b\ufeff]+/gu, ' ').trim();
  return (plain.replace(BEFORE, '') || plain).toLowerCase().slice(0, COMPARED);
}
