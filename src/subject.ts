/** Subjects of mail, where both the store and the converters read them. Pure. */

/** "Re:" as the mail programs of several languages write it, with a count or not, once or several times. */
const REPLY = /^(?:\s*(?:re|aw|sv|antw|odp|ref|回复|答复)\s*(?:\[\d{1,3}\])?\s*[:：])+\s*/i;

/** Without `Re:` in any of its spellings. */
export function withoutReply(subject: string): string {
  return subject.replace(REPLY, '');
}
