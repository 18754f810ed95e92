/** What rspamd says of a mail (`/checkv2`): JSON of which we read the action and the words for the sender. Foreign text. */
import { z } from 'zod';
import type { Opinion } from './inspection.js';

const LONGEST_SAID = 200;

const ANSWER = z.object({
  action: z.string().max(100),
  messages: z.object({ smtp_message: z.string().optional() }).optional(),
});

/**
 * Its actions. A mail that it discards is refused: who hears 250 from us may rely on it (docs/design.md, promise 1). An action that an
 * administrator has made up means nothing to us.
 */
const VERDICTS: Readonly<Record<string, Opinion['verdict']>> = {
  'no action': 'clean',
  'add header': 'spam',
  'rewrite subject': 'spam',
  quarantine: 'spam',
  greylist: 'doubtful',
  'soft reject': 'later',
  reject: 'unwanted',
  discard: 'unwanted',
};

/** @returns undefined for what is not such an answer */
export function opinionOf(body: string): Opinion | undefined {
  const answer = ANSWER.safeParse(json(body));
  if (!answer.success) return undefined;
  const { action, messages } = answer.data;
  return { verdict: (Object.hasOwn(VERDICTS, action) ? VERDICTS[action] : undefined) ?? 'clean', said: cleaned(messages?.smtp_message ?? '') };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function cleaned(text: string): string {
  return text.replace(/[^\x21-\x7e]+/g, ' ').trim().slice(0, LONGEST_SAID);
}
