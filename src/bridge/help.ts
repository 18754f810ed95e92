/** What `help` answers: short enough for a phone, and more of each thing on request. Pure. */
import type { Command } from './command.js';

type Told = Pick<Command, 'name' | 'form' | 'meaning' | 'audience'>;

/** First words of commands, by what they are about, in the order in which they are told. */
const GROUPS: readonly (readonly [title: string, words: readonly string[]])[] = [
  ['Mail', ['burst', 'signature', 'text', 'original']],
  ['Addresses', ['address', 'alias', 'mailbox', 'phone', 'identity']],
  ['People', ['contacts', 'strangers', 'accept', 'block', 'unblock', 'blocked']],
  ['Away', ['offline', 'quiet', 'keep']],
  ['You', ['settings', 'presence', 'register', 'unregister']],
];
const FOR_ADMINS = 'Administrators';
const REST = 'More';
const HOW = '"help NAME" tells more of one, such as "help block"; "help all" of all.';

/** Each group in a line. @param commands those that the reader may give */
export function shortHelp(introduction: readonly string[], commands: readonly Told[]): string {
  const words = new Map<string, Set<string>>([...GROUPS.map(([title]) => title), REST, FOR_ADMINS].map((title) => [title, new Set()]));
  for (const command of commands) words.get(groupOf(command))?.add(firstWord(command));
  const lines = [...words].flatMap(([title, names]) => (names.size === 0 ? [] : [`${title}: ${[...names].join(', ')}`]));
  return [...introduction, ...lines, ...(lines.length === 0 ? [] : [HOW])].join('\n');
}

/** Each command in a line. */
export function longHelp(introduction: readonly string[], commands: readonly Told[]): string {
  return [...introduction, ...commands.map(line)].join('\n');
}

/** The command of this name and those that begin with it, or those of the group. @param typed in any case. @returns undefined for what is neither */
export function helpOn(typed: string, commands: readonly Told[]): string | undefined {
  const topic = typed.trim().toLowerCase().replace(/\s+/g, ' ');
  const named = commands.filter(({ name }) => name === topic || name.startsWith(`${topic} `));
  const found = named.length > 0 ? named : commands.filter((command) => groupOf(command).toLowerCase() === topic);
  return found.length === 0 ? undefined : found.map(line).join('\n');
}

function line({ name, form, meaning }: Told): string {
  return `${`${name} ${form}`.trim()} – ${meaning}`;
}

function groupOf(command: Told): string {
  if (command.audience === 'admins') return FOR_ADMINS;
  return GROUPS.find(([, words]) => words.includes(firstWord(command)))?.[0] ?? REST;
}

function firstWord({ name }: Told): string {
  return name.split(' ')[0] ?? name;
}
