import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { readRepositoryFile } from '../servers/template.js';
import { configPath } from '../../src/commands/command.js';
import { directory, stanzapost } from './cli.js';

// Each process compiles the sources anew.
vi.setConfig({ testTimeout: 60_000 });

describe.concurrent('exit codes', () => {
  test.each([
    [[], 0],
    [['help', 'config'], 0],
    [['check', '--help'], 0],
    [['--version'], 0],
    [['check', '--config', '/nowhere/stanzapost.toml'], 1],
    [['run', '--config', '/nowhere/stanzapost.toml'], 1],
    [['frobnicate'], 2],
    [['check', '--frobnicate'], 2],
    [['queue', 'frobnicate'], 2],
    [['init'], 2],
    [['init', '--home', 'not a domain'], 2],
  ])('stanzapost %j ends with %i', async (args, code) => {
    const ended = await stanzapost(args);
    expect({ ...ended, says: (code === 2 ? ended.err : ended.out + ended.err) !== '' }).toMatchObject({ code, says: true });
    if (code === 2) expect(ended.err).toMatch(/^stanzapost: .+\nTry: stanzapost help\n$/);
  });
});

test('what init writes, check finds good; the printed blocks hold its domain and secret', async () => {
  const path = join(directory(), 'stanzapost.toml');
  const made = await stanzapost(['init', '--home', 'example.com', '--admin', 'juliet@example.com', '--relay', 'smtp://127.0.0.1:2500', '--config', path]);
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const { config } = loadConfig(path, {});
  const secret = config?.xmpp.secret.reveal() ?? '';
  expect(secret).toMatch(/^[0-9a-f]{48}$/);
  expect(config).toMatchObject({ xmpp: { domain: 'mail.example.com', home: 'example.com' }, access: { admins: [{ local: 'juliet' }] } });
  for (const file of ['prosody-config/component.cfg.lua', 'ejabberd-config/component.yml']) {
    const block = (await readRepositoryFile(file)).replaceAll('REPLACE-WITH-A-LONG-SECRET', secret);
    for (const line of block.split('\n').filter((text) => text.trim() !== '' && !/^\s*(--|#)/.test(text))) expect(made.out).toContain(line);
  }
  expect(await stanzapost(['check', '--config', path])).toEqual({ code: 0, out: `${path}: good\n`, err: '' });
});

test('init never overwrites without --force, and gives another secret with it', async () => {
  const path = join(directory(), 'stanzapost.toml');
  const args = ['init', '--home', 'example.com', '--config', path];
  await stanzapost(args);
  const before = readFileSync(path, 'utf8');
  expect(await stanzapost(args)).toEqual({ code: 1, out: '', err: `${path} is there already; --force replaces it\n` });
  expect(readFileSync(path, 'utf8')).toBe(before);
  expect((await stanzapost([...args, '--force'])).code).toBe(0);
  expect(readFileSync(path, 'utf8')).not.toBe(before);
});

test('init refuses answers that do not go together, and writes nothing', async () => {
  const path = join(directory(), 'stanzapost.toml');
  const ended = await stanzapost(['init', '--home', 'example.com', '--domain', 'example.com', '--config', path]);
  expect(ended).toMatchObject({ code: 1, out: '' });
  expect(ended.err).toContain('xmpp.domain must differ from xmpp.home');
  expect(() => statSync(path)).toThrow();
});

test('with the secret in the environment init writes none, and check needs it there', async () => {
  const path = join(directory(), 'stanzapost.toml');
  const env = { STANZAPOST_XMPP_SECRET: 'from-the-environment' };
  const made = await stanzapost(['init', '--home', 'example.com', '--config', path], env);
  expect(made.out).toContain('component_secret = "from-the-environment"');
  expect(readFileSync(path, 'utf8')).not.toContain('from-the-environment');
  expect((await stanzapost(['check', '--config', path], env)).code).toBe(0);
  expect((await stanzapost(['check', '--config', path])).code).toBe(1);
});

test('check names file, line and mend; no command shows the secret', async () => {
  const path = join(directory(), 'stanzapost.toml');
  writeFileSync(path, '[xmpp]\nsecret = "hunter2-hunter2"\nhome = "example.com"\ndomain = "mail.example.com"\nwindw = 5\n', { mode: 0o600 });
  const checked = await stanzapost(['check', '-c', path]);
  expect(checked.code).toBe(1);
  expect(checked.out).toContain(`${path}:5: error: xmpp.windw is not a key; did you mean xmpp.window?\n`);
  const others = await Promise.all(['run', 'doctor', 'queue'].map((command) => stanzapost([command, '-c', path])));
  for (const { code, out, err } of [checked, ...others]) expect({ code, shown: /hunter/.test(out + err) }).toEqual({ code: 1, shown: false });
});

test('without --config the file of the working directory is read', async () => {
  const cwd = directory();
  await stanzapost(['init', '--home', 'example.com', '--admin', 'a@example.com'], {}, cwd);
  expect(await stanzapost(['check'], {}, cwd)).toEqual({ code: 0, out: 'stanzapost.toml: good\n', err: '' });
});

test('without a configuration here it is that of the machine that is missing, or may not be read', () => {
  expect(configPath({ options: {}, positionals: [] })).toBe('/etc/stanzapost/stanzapost.toml');
});
