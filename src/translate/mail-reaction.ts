/** Reaction parts of mails that came: RFC 9078's, and Gmail's own. Pure. */
import type { MimeNode } from '@zone-eu/mailsplit';
import { isEmoji } from './emoji.js';
import { GMAIL_REACTION } from './reaction-mail.js';

const MOST = 10;

/** Of which kind the part is, as its header says. RFC 9078 §3: `text/plain` with this disposition; Gmail's is not to be attached. */
export function reactionKind(node: MimeNode, type: string): 'standard' | 'gmail' | undefined {
  if (node.disposition === 'reaction' && type === 'text/plain') return 'standard';
  return type === GMAIL_REACTION && node.disposition !== 'attachment' ? 'gmail' : undefined;
}

/** The emoji in the text of a part; none when anything else is in it, which makes it none (RFC 9078 §3). */
export function emojiIn(kind: 'standard' | 'gmail', text: string): readonly string[] {
  const found = kind === 'gmail' ? gmailEmoji(text) : text.trim().split(/\s+/);
  return found.length <= MOST && found.every(isEmoji) ? [...new Set(found)] : [];
}

function gmailEmoji(text: string): string[] {
  const part = parsed(text);
  const ours = typeof part === 'object' && part !== null && 'version' in part && part.version === 1 && 'emoji' in part;
  return ours && typeof part.emoji === 'string' ? [part.emoji] : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not Gmail's: the mail is shown as it is
  }
}
