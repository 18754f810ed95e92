/** What is left of a burst of chat lines after those that correct (XEP-0308) and take back (XEP-0424) others of it. Pure. */
import { isGreeting } from './greeting.js';
import type { Message } from './message.js';

/** A line in its last wording. */
export interface Line {
  readonly message: Message;
  /** It corrects a message that is not in the burst. */
  readonly correctsOlder: boolean;
}

/**
 * Of the lines of a burst those that go into no mail, and whose writer is told nothing of it: what was taken back, with all of its
 * wordings, and the word that took it back.
 */
export function recalled(lines: readonly Message[]): ReadonlySet<Message> {
  const taken = new Set(lines.flatMap(({ change }) => (change?.kind === 'retraction' ? [change.of] : [])));
  if (taken.size === 0) return new Set();
  const wordings = wordingsOf(lines.filter((line) => !isRetraction(line)));
  return new Set([...lines.filter(isRetraction), ...wordings.filter((all) => all.some((line) => namesOf(line).some((name) => taken.has(name)))).flat()]);
}

/** What goes into the mail, in the order of the lines' first wordings. */
export function linesLeft(lines: readonly Message[]): readonly Line[] {
  const silent = recalled(lines);
  return wordingsOf(lines.filter((line) => !silent.has(line))).flatMap((wordings) => {
    const message = wordings.at(-1);
    return message === undefined ? [] : [{ message, correctsOlder: wordings[0]?.change !== undefined }];
  });
}

/** The subject that its writer gave. */
export function subjectOfLines(lines: readonly Line[]): string | undefined {
  return lines.find(({ message }) => message.subject !== undefined)?.message.subject;
}

/** What stands for a subject: the title of the first line that does more than greet. */
export function titleOfLines(lines: readonly Line[]): string | undefined {
  const titles = lines.flatMap(({ message: { title } }) => title ?? []);
  return titles.find((title) => !isGreeting(title)) ?? titles[0];
}

/** Each line with its corrections; some clients correct the correction. */
function wordingsOf(lines: readonly Message[]): Message[][] {
  const byName = new Map<string, Message[]>();
  const all: Message[][] = [];
  for (const line of lines) {
    const known = line.change === undefined ? undefined : byName.get(line.change.of);
    const wordings = known ?? [];
    wordings.push(line);
    if (known === undefined) all.push(wordings);
    for (const name of namesOf(line)) byName.set(name, wordings);
  }
  return all;
}

/** A line is known by the ids of its stanza, and a correction by what it corrects as well. */
function namesOf({ ids, change }: Message): string[] {
  return [ids.stanza, ids.origin, change?.of].filter((name) => name !== undefined);
}

function isRetraction({ change }: Message): boolean {
  return change?.kind === 'retraction';
}
