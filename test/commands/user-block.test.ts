/** `stanzapost user block` beside a gateway's store, and that the gateway notices. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Beside } from '../../src/bridge/beside.js';
import { GatewayBlocks } from '../../src/bridge/gateway-blocks.js';
import { user } from '../../src/commands/user.js';
import type { SqliteStore } from '../../src/store/sqlite.js';
import { openHere, quiet } from '../store/files.js';
import { romeo } from '../store/samples.js';
import { directory, runCommand } from './cli.js';

let store: SqliteStore;
let config: string;

beforeEach(() => {
  const dir = directory();
  store = openHere(join(dir, 'store.db')).store;
  config = join(dir, 'stanzapost.toml');
  writeFileSync(config, `[xmpp]\nhome = "capulet.example"\ndomain = "gw.example"\nsecret = "hunter2-hunter2"\n[access]\nadmins = ["nurse@capulet.example"]\n[store]\nurl = "sqlite:${join(dir, 'store.db')}"\n`, { mode: 0o600 });
});

const run = (...args: string[]): ReturnType<typeof runCommand> => runCommand(user, config, args);

describe('stanzapost user', () => {
  test('blocks, lists and unblocks several at once, and says which it did not', async () => {
    expect(await run('blocked')).toMatchObject({ code: 0, out: 'Nobody is blocked for everybody.' });
    expect(await run('block', 'Romeo@Montague.Example', '@*.verona.test', '@capulet.example', 'x y')).toEqual({
      code: 1,
      out: 'romeo@montague.example: blocked for everybody\n@*.verona.test: blocked for everybody',
      err: expect.stringMatching(/^@capulet\.example: This would block the users.*\nx y: This is neither/) as string,
    });
    expect((await run('blocked')).out).toMatch(/^BLOCKED +SINCE\n@\*\.verona\.test +20.*\nromeo@montague\.example +20/);
    expect(JSON.parse((await run('blocked', '--json')).out)).toMatchObject([{ entry: '@*.verona.test' }, { entry: 'romeo@montague.example' }]);
    expect(await run('unblock', '@*.verona.test')).toMatchObject({ code: 0, out: '@*.verona.test: no longer blocked for everybody' });
    expect(await run('unblock', '@verona.test')).toMatchObject({ code: 1, err: '@verona.test: @verona.test is not blocked for everybody.' });
    await expect(run('block')).rejects.toThrow('user block takes an address');
  });

  test('is noticed by the gateway, whose own changes are not', async () => {
    const blocks = new GatewayBlocks({ correspondents: store.correspondents, gateway: { domain: 'gw.example', home: 'capulet.example', separator: '%' }, admins: [], clock: Date.now });
    let loaded = 0;
    const beside = new Beside({ switches: store.switches, reload: [async () => (await blocks.load(), void loaded++)], log: quiet });
    await beside.start();
    onTestFinished(() => beside.stop());
    expect([loaded, blocks.covers(romeo)]).toEqual([1, false]);
    await blocks.block('paris@montague.example');
    const seen = await store.switches.changesBeside();
    await blocks.unblock('paris@montague.example');
    expect(await store.switches.changesBeside()).toBe(seen);
    await run('block', '@montague.example');
    await expect.poll(() => blocks.covers(romeo), { timeout: 10_000 }).toBe(true);
    expect(loaded).toBe(2);
    await run('unblock', '@montague.example');
    await expect.poll(() => blocks.covers(romeo), { timeout: 10_000 }).toBe(false);
  });
});
