import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig, parseConfig } from '../../src/config/load.js';
import { relayOf, secretsOf } from '../../src/config/relay.js';
import { Secret } from '../../src/config/secret.js';
import { createLog } from '../../src/log.js';
import { problemsOf, toml } from './parse.js';

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'stanzapost-secrets-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const secretOf = (keys: Record<string, string | undefined>, env: NodeJS.ProcessEnv = {}): string | undefined =>
  parseConfig(toml(keys), env).config?.xmpp.secret.reveal();

test('a secret comes from the file, from a file of its own, or from the environment', () => {
  const file = join(directory(), 'secret');
  writeFileSync(file, 'from a file\n', { mode: 0o600 });
  expect(secretOf({})).toBe('hunter2-hunter2');
  expect(secretOf({ 'xmpp.secret': undefined, 'xmpp.secret_file': JSON.stringify(file) })).toBe('from a file');
  expect(secretOf({ 'xmpp.secret': undefined }, { STANZAPOST_XMPP_SECRET: 'from outside' })).toBe('from outside');
});

test('a secret from two places is an error that names both', () => {
  expect(problemsOf({}, { STANZAPOST_XMPP_SECRET: 'x' })).toEqual([
    'error: xmpp.secret is given more than once, by xmpp.secret and the environment variable STANZAPOST_XMPP_SECRET: keep one of them',
  ]);
  expect(problemsOf({ 'xmpp.secret_file': '"/x"' })).toEqual(['error: xmpp.secret is given more than once, by xmpp.secret and xmpp.secret_file: keep one of them']);
});

test('a file of a secret that is missing, empty or open to everybody', () => {
  const file = join(directory(), 'secret');
  const keys = { 'xmpp.secret': undefined, 'xmpp.secret_file': JSON.stringify(file) };
  expect(problemsOf(keys)).toEqual(['error: xmpp.secret_file names a file that cannot be read (ENOENT)']);
  writeFileSync(file, '\n', { mode: 0o600 });
  expect(problemsOf(keys)).toEqual(['error: xmpp.secret must be a text that is not empty and not the example\'s']);
  writeFileSync(file, 'good');
  chmodSync(file, 0o644);
  expect(problemsOf(keys)).toEqual(['warning: xmpp.secret_file names a file that every user of this machine can read: chmod 640 it']);
});

test.each([
  ['a secret', {}, true],
  ['a password in the relay', { 'xmpp.secret': undefined, 'smtp_out.relay': '"smtp://u:p@localhost"' }, true],
  ['no secret', { 'xmpp.secret': undefined }, false],
] as const)('a configuration that everybody can read, with %s in it', (_name, keys, warned) => {
  const path = join(directory(), 'stanzapost.toml');
  writeFileSync(path, toml(keys));
  chmodSync(path, 0o644);
  const open = (): boolean => loadConfig(path, {}).problems.some(({ text }) => text.includes('every user of this machine can read it'));
  expect(open()).toBe(warned);
  chmodSync(path, 0o640);
  expect(open()).toBe(false);
});

test('a secret shows in no form of print', () => {
  const secret = new Secret('hunter2');
  const { config } = parseConfig(toml({ 'smtp_out.relay': '"smtp://u:hunter3-hunter3@localhost"', 'smtp_in.rspamd': '"http://127.0.0.1:11333"', 'smtp_in.rspamd_password': '"hunter4-hunter4"' }), {});
  const lines: string[] = [];
  const log = createLog('trace', { write: (line) => void lines.push(line) }, config && secretsOf(config));
  log.info({ secret, config, nested: { relay: config && relayOf(config) } }, 'all of it');
  log.error({ err: Object.assign(new Error('the server said hunter2-hunter2'), { secret }) }, 'AUTH aHVudGVyMy1odW50ZXIz and hunter4-hunter4');
  const shown = [String(secret), JSON.stringify({ secret }), inspect(secret), inspect({ secret }, { showHidden: true }), inspect(config, { depth: 9 }), ...lines];
  for (const text of shown) expect(text).not.toMatch(/hunter|aHVudGVy/);
  expect(lines).toHaveLength(2);
});

test('no problem ever holds a secret, whatever else is wrong', () => {
  const spoilt = fc.record(
    {
      'xmpp.secret': fc.constantFrom('"hunter2-hunter2"', 'hunter2-hunter2', '"hunter2-hunter2', '["hunter2-hunter2"]', '"hunter2-hunter2\\n"', "'''hunter2-hunter2"),
      'smtp_out.password': fc.constantFrom('"hunter3-hunter3"', 'hunter3', '{ a = "hunter3" }', undefined),
      'smtp_out.relay': fc.constantFrom('"smtp://u:hunter4@"', '"smtp://u:hunter4@h/x"', '"u:hunter4@h"', '"smtp://u:%hunter4@h"', undefined),
      'xmpp.window': fc.constantFrom('1', '"x"', '2024-99-99', undefined),
    },
    { requiredKeys: ['xmpp.secret'] },
  );
  fc.assert(fc.property(spoilt, (keys) => {
    expect(problemsOf(keys).join('\n')).not.toMatch(/hunter/);
  }), { numRuns: 200 });
});

test('the log is JSON lines with the level as a word, and a failure with its private cause', async () => {
  const { Failure } = await import('../../src/failure.js');
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  log.debug('too quiet');
  const failure = Failure.temporary('storage', 'Not now.', { cause: new Error('disk full') });
  log.child({ message: '01abc' }).warn({ failure, name: 'x\r\n{"level":"fatal"}' }, 'foreign text');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'warn',
    message: '01abc',
    name: 'x\r\n{"level":"fatal"}',
    failure: { kind: 'temporary', reason: 'storage', status: '4.3.1', cause: 'disk full' },
  });
  expect(pino.levels.values).toHaveProperty('warn');
});
