/** A secret comes from its key, from the file that its `_file` key names, or from the environment: from one of them only. */
import { readFileSync, statSync } from 'node:fs';
import { environmentName } from './key.js';
import { error, warning, type Problem } from './problem.js';
import { isTable, sections, type Table } from './unknown.js';

const WORLD_READABLE = 0o004;

export interface Resolved {
  /** The file's tables with each secret in its own key. */
  readonly file: Table;
  readonly problems: readonly Problem[];
  /** Secrets that were given wrongly, by their keys: they are not missing as well. */
  readonly failed: ReadonlySet<string>;
}

export function resolveSecrets(file: Table, env: NodeJS.ProcessEnv): Resolved {
  const problems: Problem[] = [];
  const failed = new Set<string>();
  const tables = sections.map(([section, { keys }]) => {
    const table = isTable(file[section]) ? { ...file[section] } : {};
    for (const key of Object.keys(keys).filter((name) => keys[name]?.secret)) {
      const found = findSecret(section, key, table, env);
      problems.push(...found.problems);
      if (found.value !== undefined) table[key] = found.value;
      if (found.problems.some(({ severity }) => severity === 'error')) failed.add(`${section}.${key}`);
    }
    return [section, table] as const;
  });
  return { file: Object.fromEntries(tables), problems, failed };
}

interface Found {
  readonly value?: unknown;
  readonly problems: readonly Problem[];
}

function findSecret(section: string, key: string, table: Table, env: NodeJS.ProcessEnv): Found {
  const name = `${section}.${key}`;
  const variable = environmentName(section, key);
  const path = table[`${key}_file`];
  const given = [
    ...(table[key] === undefined ? [] : [name]),
    ...(path === undefined ? [] : [`${name}_file`]),
    ...(env[variable] === undefined ? [] : [`the environment variable ${variable}`]),
  ];
  if (given.length > 1) return { problems: [error(name, `is given more than once, by ${given.join(' and ')}: keep one of them`)] };
  if (typeof path === 'string') return readSecret(`${name}_file`, path);
  return { value: table[key] ?? env[variable], problems: [] };
}

/** One line end after the secret is the editor's, not the secret's. */
function readSecret(name: string, path: string): Found {
  try {
    const value = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return { value, problems: isWorldReadable(path) ? [warning(name, 'names a file that every user of this machine can read: chmod 640 it')] : [] };
  } catch (cause) {
    return { problems: [error(name, `names a file that cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`)] };
  }
}

export function isWorldReadable(path: string): boolean {
  return (statSync(path).mode & WORLD_READABLE) !== 0;
}
