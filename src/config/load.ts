/** From the file to the typed configuration: read, parse, names, secrets, values, cross checks; all problems at once. */
import { readFileSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { crossCheck } from './checks.js';
import { unreadableFiles } from './files.js';
import type { Config } from './keys.js';
import { linesOf, type Problem } from './problem.js';
import { isWorldReadable, resolveSecrets } from './secrets.js';
import { isTable, sections, unknownNames, type Table } from './unknown.js';
import { validate } from './validate.js';

export interface Loaded {
  /** Absent when there is an error among the problems. */
  readonly config?: Config;
  readonly problems: readonly Problem[];
  /** Where keys stand, for `formatProblem`. */
  readonly lines: ReadonlyMap<string, number>;
  /** The file itself holds a secret, rather than naming where it is. */
  readonly holdsSecret: boolean;
}

/** Reads and checks a configuration. Never throws for what is wrong with the file. */
export function loadConfig(path: string, env: NodeJS.ProcessEnv): Loaded {
  const toml = readToml(path);
  if (typeof toml !== 'string') return { problems: [toml], lines: new Map(), holdsSecret: false };
  const { config, ...loaded } = parseConfig(toml, env);
  const unread = config === undefined ? [] : unreadableFiles(config);
  const problems = [...loaded.problems, ...unread, ...exposed(path, loaded.holdsSecret)];
  return { ...loaded, problems, ...(config !== undefined && unread.length === 0 && { config }) };
}

/** As `loadConfig`, from text, without a look at the files that it names (but for secrets'). */
export function parseConfig(toml: string, env: NodeJS.ProcessEnv): Loaded {
  const lines = linesOf(toml);
  const file = parseToml(toml);
  if ('problem' in file) return { problems: [file.problem], lines, holdsSecret: false };
  const unknown = unknownNames(file.table);
  const resolved = resolveSecrets(file.table, env);
  const { config, problems } = validate(resolved.file, resolved.failed);
  const crossed = config === undefined ? [] : crossCheck(config);
  const all = [...unknown, ...resolved.problems, ...problems, ...crossed];
  const good = config !== undefined && !all.some(({ severity }) => severity === 'error');
  return { ...(good && { config }), problems: all, lines, holdsSecret: secretsIn(file.table) };
}

function readToml(path: string): string | Problem {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    return { severity: 'error', text: `cannot be read: ${readFault(cause as NodeJS.ErrnoException)}` };
  }
}

function readFault({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such file; --config names another, `stanzapost init` makes one';
  return code === 'EACCES' ? 'this user may not read it; root may' : message;
}

/** Only the first line of the parser's message: the rest shows the lines around, and a secret may be on one of them. */
function parseToml(toml: string): { readonly table: Table } | { readonly problem: Problem } {
  try {
    return { table: parse(toml, { unsafeKeyBehaviour: 'throw' }) };
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const what = (cause.message.split('\n')[0] ?? '').replace('Invalid TOML document: ', '');
    return { problem: { severity: 'error', text: `line ${cause.line}, column ${cause.column} is not TOML: ${what}` } };
  }
}

/** A configuration with a secret in it is for its owner's eyes. */
function exposed(path: string, holdsSecret: boolean): Problem[] {
  if (!holdsSecret || !isWorldReadable(path)) return [];
  return [{ severity: 'warning', text: `holds a secret, and every user of this machine can read it: chmod 640 ${path}` }];
}

function secretsIn(file: Table): boolean {
  const inKey = sections.some(([section, { keys }]) => {
    const table = file[section];
    return isTable(table) && Object.keys(table).some((name) => keys[name]?.secret);
  });
  const out = file.smtp_out;
  return inKey || (isTable(out) && typeof out.relay === 'string' && out.relay.includes('@'));
}
