/** Each value against its key: the typed configuration, or a sentence for everything that is wrong. */
import type { Config } from './keys.js';
import { environmentName, type Key } from './key.js';
import { error, type Problem } from './problem.js';
import { isTable, sections, type Table } from './unknown.js';

export interface Checked {
  readonly config?: Config;
  readonly problems: readonly Problem[];
}

/** @param failed secrets that are known to be wrong already, and are not called missing as well */
export function validate(file: Table, failed: ReadonlySet<string>): Checked {
  const problems: Problem[] = [];
  const config = sections.map(([section, { keys }]) => {
    const table = isTable(file[section]) ? file[section] : {};
    const values = Object.entries(keys).map(([name, key]) => {
      const checked = checkKey(section, name, key, table[name]);
      if (!failed.has(`${section}.${name}`)) problems.push(...checked.problems);
      return [name, checked.value] as const;
    });
    return [section, Object.fromEntries(values)] as const;
  });
  if (problems.length > 0 || failed.size > 0) return { problems };
  return { config: withAllow(Object.fromEntries(config) as unknown as Config), problems };
}

/** An empty `allow` stands for the home domain. */
function withAllow(config: Config): Config {
  return config.access.allow.length > 0 ? config : { ...config, access: { ...config.access, allow: [config.xmpp.home] } };
}

interface CheckedKey {
  readonly value?: unknown;
  readonly problems: readonly Problem[];
}

function checkKey(section: string, name: string, key: Key<unknown>, written: unknown): CheckedKey {
  const full = `${section}.${name}`;
  const value = written ?? key.default;
  if (value === undefined) return { problems: key.presence === 'required' ? [missing(section, name, key)] : [] };
  const result = key.type.safeParse(value);
  if (result.success) return { value: result.data, problems: [] };
  return { problems: result.error.issues.map((issue) => ({ ...error(full, ''), text: `${full}${place(issue.path)} ${issue.message}` })) };
}

/** ` (entry 2)` of a list. */
function place([index]: readonly PropertyKey[]): string {
  return typeof index === 'number' ? ` (entry ${index + 1})` : '';
}

function missing(section: string, name: string, key: Key<unknown>): Problem {
  const full = `${section}.${name}`;
  if (!key.secret) return error(full, `is missing; an example: ${name} = ${JSON.stringify(key.example)}`);
  return error(full, `is missing: set ${full}, ${full}_file or the environment variable ${environmentName(section, name)}`);
}
