/** `stanzapost key` beside a gateway's store, and that the gateway notices. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Beside } from '../../src/bridge/beside.js';
import { key } from '../../src/commands/key.js';
import { ApiKeys } from '../../src/presence/keys.js';
import type { SqliteStore } from '../../src/store/sqlite.js';
import { openHere, quiet } from '../store/files.js';
import { directory, runCommand } from './cli.js';

let store: SqliteStore;
let config: string;

beforeEach(() => {
  const dir = directory();
  store = openHere(join(dir, 'store.db')).store;
  config = join(dir, 'stanzapost.toml');
  writeFileSync(config, `[xmpp]\nhome = "capulet.example"\ndomain = "gw.example"\nsecret = "hunter2-hunter2"\n[store]\nurl = "sqlite:${join(dir, 'store.db')}"\n`, { mode: 0o600 });
});

const run = (...args: string[]): ReturnType<typeof runCommand> => runCommand(key, config, args);

const SECRET = /^spk_[A-Za-z0-9_-]{43}$/;

describe('stanzapost key', () => {
  test('makes a key, tells its secret once, and keeps none of it', async () => {
    expect(await run('list')).toEqual({ code: 0, out: 'There are no API keys.', err: '' });
    const { code, out: secret, err } = await run('add', 'club');
    expect([code, err]).toEqual([0, 'This is the secret of club. It is not kept, and not shown again.']);
    expect(secret).toMatch(SECRET);
    expect(JSON.stringify(await store.apiKeys.apiKeys())).not.toContain(secret.slice(4, 12));
    const made = JSON.parse((await run('add', 'portal-2', '--scope', 'lookup', '--rate', '6000', '--json')).out) as { secret: string };
    expect(made).toEqual({ name: 'portal-2', scopes: ['read', 'lookup'], rate: 6000, secret: expect.stringMatching(SECRET) as string });
    expect(made.secret).not.toBe(secret);
    const list = (await run('list')).out;
    expect(list).toMatch(/^NAME +SCOPES +A MINUTE +MADE +LAST USED\nclub +read +600 +20.* never\nportal-2 +read,lookup +6000 +20.* never$/);
    expect(JSON.parse((await run('list', '--json')).out)).toEqual([
      { name: 'club', scopes: ['read'], rate: 600, madeAt: expect.any(Number) as number },
      { name: 'portal-2', scopes: ['read', 'lookup'], rate: 6000, madeAt: expect.any(Number) as number },
    ]);
  });

  test('revokes, and says what was not there', async () => {
    await run('add', 'club');
    expect(await run('add', 'club')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('There is a key of the name club already') as string });
    expect(await run('revoke', 'club', 'pub')).toEqual({ code: 1, out: 'club: revoked', err: 'There is no key of the name "pub".' });
    expect(await run('revoke', 'club', '--json')).toMatchObject({ code: 1, out: '[]' });
    expect((await run('add', 'club')).code).toBe(0);
  });

  test.each([
    [['add'], 'one name'],
    [['add', 'a', 'b'], 'one name'],
    [['add', 'Club'], 'one name'],
    [['add', '-club'], 'one name'],
    [['add', 'c'.repeat(41)], 'one name'],
    [['add', 'club', '--scope', 'read,write'], '"write" is no scope: read, lookup'],
    [['add', 'club', '--scope', ''], '"" is no scope'],
    [['add', 'club', '--rate', '0'], 'requests a minute'],
    [['add', 'club', '--rate', '1e3'], 'requests a minute'],
    [['add', 'club', '--rate', '10000001'], 'requests a minute'],
    [['revoke'], 'the name of a key'],
    [['list', 'club'], 'nothing more'],
    [['show'], 'no action "show"'],
  ])('%j is not understood', async (args, words) => {
    await expect(run(...args)).rejects.toThrow(words);
    expect(await store.apiKeys.apiKeys()).toEqual([]);
  });

  test('is noticed by the gateway, and tells when a key was last used', async () => {
    const keys = new ApiKeys({ store: store.apiKeys, clock: () => Date.UTC(2026, 10, 27, 12), log: quiet });
    const beside = new Beside({ switches: store.switches, reload: [() => keys.load()], log: quiet });
    await beside.start();
    onTestFinished(() => beside.stop());
    const { out: secret } = await run('add', 'club');
    await expect.poll(() => keys.holder(secret)?.name, { timeout: 10_000 }).toBe('club');
    await keys.stop();
    expect(JSON.parse((await run('list', '--json')).out)).toMatchObject([{ name: 'club', usedAt: Date.UTC(2026, 10, 27, 12) }]);
    await run('revoke', 'club');
    await expect.poll(() => keys.holder(secret), { timeout: 10_000 }).toBeUndefined();
  });
});
