/** Message-IDs (RFC 5322 §3.6.4): only ids that may be written into a header again are let through. */

/** Printable ASCII without space, `<`, `>` and a second `@`; folded or quoted forms with spaces are not ids to us. */
const MESSAGE_ID = /<[!-;=?A-~]{1,200}@[!-;=?A-~]{1,200}>/g;

/** At most this many ids are taken from one field: more is no conversation. */
const MOST_IDS = 100;

/** The valid Message-IDs in a header value, in order, each with its angle brackets; at most 100, the last ones. */
export function messageIdsIn(value: string | undefined): string[] {
  return (value?.match(MESSAGE_ID) ?? []).slice(-MOST_IDS);
}

/** Whether the text is exactly one valid Message-ID with its angle brackets. */
export function isMessageId(text: string): boolean {
  return messageIdsIn(text)[0] === text;
}
