/** A mail whole, for the chat user who got it. */
import { formatAddress, formatJid, type Jid } from '../../address.js';
import type { Message } from '../../message.js';
import type { Store } from '../../store/store.js';
import type { Command } from '../command.js';

export interface OriginalParts {
  readonly store: Pick<Store, 'message' | 'content'>;
  /** Renders an original mail whole: head lines and uncut text. */
  readonly render: (mail: AsyncIterable<Uint8Array>) => Promise<string>;
}

export function originalCommand(parts: OriginalParts): Command {
  return {
    name: 'original',
    audience: 'everybody',
    title: 'A mail whole',
    form: 'ID',
    meaning: 'a mail whole, with what was cut from it',
    fields: [{ name: 'id', label: 'The ID that stands below the mail', kind: 'text', required: true }],
    run: (user, { id = '' }) => original(user, id.trim().toLowerCase(), parts),
  };
}

async function original(user: Jid, id: string, { store, render }: OriginalParts): Promise<string> {
  const kept = await store.message(id);
  const mine = kept?.deliveries.some((delivery) => delivery.recipient === formatJid(user)) ?? false;
  if (kept === undefined || !mine || kept.message.original === undefined) return `There is no mail ${id} for you, or it is no longer kept.`;
  return withHead(kept.message, await render(store.content(kept.message.original)));
}

function withHead(message: Message, text: string): string {
  const head = [`From: ${formatAddress(message.sender)}`];
  if (message.subject !== undefined) head.push(`Subject: ${message.subject}`);
  return `${head.join('\n')}\n\n${text}`;
}
