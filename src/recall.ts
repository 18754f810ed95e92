/** What a chat user took back before it was sent (XEP-0424). Pure. */
import type { Message } from './message.js';

/**
 * Of the lines of a burst those that go into no mail, and whose writer is told nothing of it: what was taken back, and the
 * word that took it back.
 */
export function recalled(lines: readonly Message[]): ReadonlySet<Message> {
  const taken = new Set(lines.flatMap(({ change }) => (change?.kind === 'retraction' ? [change.of] : [])));
  return new Set(taken.size === 0 ? [] : lines.filter((line) => isRetraction(line) || namesOf(line).some((name) => taken.has(name))));
}

/** A line is known by the ids of its stanza, and a correction by what it corrects as well. */
function namesOf({ ids, change }: Message): string[] {
  return [ids.stanza, ids.origin, change?.of].filter((name) => name !== undefined);
}

function isRetraction({ change }: Message): boolean {
  return change?.kind === 'retraction';
}
