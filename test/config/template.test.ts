import { expect, test } from 'vitest';
import type { Key } from '../../src/config/key.js';
import { parseConfig } from '../../src/config/load.js';
import { renderConfig } from '../../src/config/template.js';
import { sections } from '../../src/config/unknown.js';

const keys = sections.flatMap(([section, { keys: table }]) => Object.entries(table).map(([name, key]) => ({ section, name, key })));
const answers = new Map([
  ['xmpp.domain', 'mail.example.com'],
  ['xmpp.home', 'example.com'],
  ['xmpp.secret', 'a "secret" with \\ and ü'],
]);

/** The lines of a section, without its header. */
function linesOf(text: string, section: string): string[] {
  const [, after = ''] = text.split(`\n[${section}]\n`);
  return after.split(/\n# [^\n]*\n\[|\n\[/)[0]?.split('\n') ?? [];
}

test.each(keys)('[$section] $name stands in the file with its comment', ({ section, name, key }) => {
  const lines = linesOf(renderConfig(answers), section);
  const at = lines.findIndex((line) => new RegExp(`^(?:# )?${name} = `).test(line));
  expect(at).toBeGreaterThan(0);
  const comment: string[] = [];
  for (let i = at - 1; lines[i]?.startsWith('# '); i--) comment.unshift(lines[i]?.slice(2) ?? '');
  expect(comment.join(' ')).toContain(key.comment);
});

test.each(keys)('the example of $name in [$section] is a value it takes', ({ key }) => {
  expect(key.type.safeParse(key.example).success).toBe(true);
  if (key.default !== undefined) expect(key.type.safeParse(key.default).success).toBe(true);
});

test('the answers are set and read back, and everything else is its default', () => {
  const { config, problems } = parseConfig(renderConfig(answers), {});
  expect(problems.map(({ severity }) => severity)).not.toContain('error');
  expect(config?.xmpp.secret.reveal()).toBe('a "secret" with \\ and ü');
  expect(config).toEqual(parseConfig('[xmpp]\nhome = "example.com"\ndomain = "mail.example.com"\nsecret = "other"', {}).config);
});

test('every default that the file shows can be uncommented', () => {
  const withDefault = (key: Key<unknown>): boolean => key.presence === 'default';
  let text = renderConfig(answers);
  for (const { name } of keys.filter(({ key }) => withDefault(key))) text = text.replace(new RegExp(`^# (${name} = )`, 'm'), '$1');
  const { config, lines } = parseConfig(text, {});
  expect(config).toEqual(parseConfig(renderConfig(answers), {}).config);
  for (const { section, name } of keys.filter(({ key }) => withDefault(key))) expect(lines.has(`${section}.${name}`)).toBe(true);
});

test('no line is longer than a screen', () => {
  expect(Math.max(...renderConfig(answers).split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
});
