/** A good configuration to spoil, and what comes of it. */
import { parseConfig } from '../../src/config/load.js';

export const GOOD = {
  'xmpp.domain': '"mail.example.com"',
  'xmpp.home': '"example.com"',
  'xmpp.secret': '"hunter2-hunter2"',
  'access.admins': '["juliet@example.com"]',
};

/** TOML from `section.key` to the value as written; undefined takes a key out. */
export function toml(keys: Readonly<Record<string, string | undefined>>): string {
  const all = Object.entries({ ...GOOD, ...keys }).filter(([, value]) => value !== undefined);
  const sections = new Set(all.map(([name]) => name.split('.')[0]));
  return [...sections]
    .map((section) => {
      const lines = all.filter(([name]) => name.startsWith(`${section}.`)).map(([name, value]) => `${name.slice(name.indexOf('.') + 1)} = ${value}`);
      return [`[${section}]`, ...lines].join('\n');
    })
    .join('\n');
}

/** Severity and text of each problem. */
export function problemsOf(keys: Readonly<Record<string, string | undefined>>, env: NodeJS.ProcessEnv = {}): string[] {
  return parseConfig(toml(keys), env).problems.map(({ severity, text }) => `${severity}: ${text}`);
}
