/** Which chat lines wait for one another to become one mail, and who is told of that mail. */
import type { Message } from '../message.js';
import { recalled } from '../burst-lines.js';
import type { Gather, NewDelivery } from '../store/new-message.js';
import type { BurstLine } from '../store/queue-entries.js';

/** Both in ms. */
export interface BurstWindow {
  readonly quiet: number;
  readonly longest: number;
}

/** How a delivery of this message waits; nothing for what goes at once. @param window quiet is 0 for somebody who does not want it */
export function gathering(message: Message, { quiet, longest }: BurstWindow): Pick<NewDelivery, 'gather' | 'recalls'> {
  const { change } = message;
  const recalls = change?.kind === 'retraction' ? { recalls: change.of } : {};
  // What takes back a line that still waits must go with it, even if its writer wants no more waiting.
  if (message.source !== 'xmpp' || (quiet === 0 && recalls.recalls === undefined)) return recalls;
  const gather: Gather = { quiet, longest, topic: topicOf(message), ...(change !== undefined && { changes: change.of }) };
  return { gather, ...recalls };
}

/** One mail has one list of addressees, one subject, and answers one message. */
function topicOf({ thread, addressees, reactions, subject, answers }: Message): Gather['topic'] {
  const own = subject === undefined && answers === undefined ? '' : JSON.stringify([subject ?? null, answers ?? null]);
  const reacts = reactions === undefined ? null : own;
  return { same: JSON.stringify([thread ?? null, addressees ?? null, reacts]), own };
}

/** The lines of a burst whose writer is told what became of its mail. */
export function toldLines(lines: readonly BurstLine[]): readonly BurstLine[] {
  const silent = recalled(lines.map(({ message }) => message));
  return lines.filter(({ message }) => !silent.has(message));
}
