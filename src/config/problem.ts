/** What is wrong with a configuration, in words for the administrator. */

export interface Problem {
  readonly severity: 'error' | 'warning';
  /** `section.key`, where it is about one. */
  readonly key?: string;
  /** Begins with the key where there is one, says what is wrong and what mends it; never holds a value of the file. */
  readonly text: string;
}

export const error = (key: string, text: string): Problem => ({ severity: 'error', key, text: `${key} ${text}` });
export const warning = (key: string, text: string): Problem => ({ severity: 'warning', key, text: `${key} ${text}` });

/** Where each key and section of a file stands: `section.key` and `[section]` to the number of its line, from 1. */
export function linesOf(toml: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let section = '';
  for (const [i, line] of toml.split('\n').entries()) {
    const [, header] = /^\s*\[\s*([\w.-]+)\s*\]/.exec(line) ?? [];
    if (header !== undefined) section = header;
    const [, key] = /^\s*([\w.-]+)\s*=/.exec(line) ?? [];
    const name = header !== undefined ? `[${header}]` : [section, key].filter(Boolean).join('.');
    if ((header ?? key) !== undefined && !lines.has(name)) lines.set(name, i + 1);
  }
  return lines;
}

/** One line for a person: `stanzapost.toml:12: error: xmpp.domain must be ...`. */
export function formatProblem(problem: Problem, file: string, lines: ReadonlyMap<string, number>): string {
  const line = problem.key === undefined ? undefined : lines.get(problem.key);
  return `${file}${line === undefined ? '' : `:${line}`}: ${problem.severity}: ${problem.text}`;
}
