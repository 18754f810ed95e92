/** The file that `init` writes: every key of the table with its comment, set where there is an answer. */
import { stringify } from 'smol-toml';
import type { Key, Section, TomlValue } from './key.js';
import { sections } from './unknown.js';

const WIDTH = 110;

/** Answers by `section.key`. */
export type Answers = ReadonlyMap<string, TomlValue>;

const HEAD = [
  '# Stanzapost: the gateway between XMPP chat and e-mail.',
  '# A key with a # before it has the value that is shown, or is an example of one that is not set.',
  '# `stanzapost check` says what is wrong with this file, `stanzapost doctor` tries every part that it names.',
];

export function renderConfig(answers: Answers): string {
  return `${[HEAD, ...sections.map(([name, section]) => renderSection(name, section, answers))].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function renderSection(name: string, { comment, keys }: Section, answers: Answers): string[] {
  const body = Object.entries(keys).map(([key, entry]) => ['', ...renderKey(key, entry, answers.get(`${name}.${key}`))].join('\n'));
  return [...wrap(comment), `[${name}]`, ...body];
}

function renderKey(name: string, key: Key<unknown>, answer: TomlValue | undefined): string[] {
  const line = stringify({ [name]: answer ?? key.default ?? key.example }).trimEnd();
  return [...wrap(commentOf(key)), answer === undefined ? `# ${line}` : line];
}

/** With an example where the default shows no form. */
function commentOf({ comment, default: value, example }: Key<unknown>): string {
  return Array.isArray(value) && value.length === 0 ? `${comment} Example: ${JSON.stringify(example).replaceAll(',', ', ')}` : comment;
}

function wrap(comment: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of comment.split(' ')) {
    if (line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
