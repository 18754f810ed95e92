/** What administrators do: by chat, by form, and by commands beside the running gateway. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSlixmpp, type SlixmppClient } from '../servers/slixmpp.js';
import { command } from './commands.js';
import { DEADLINE } from './stanzas.js';
import { setStage } from './stage.js';
import { SERVERS } from './world.js';

const SETTINGS = { access: 'admins = ["juliet@example.test"]' };
const ROMEO = 'romeo@example.test';

describe.each(SERVERS)('administrators on %s', (kind) => {
  const stage = setStage(kind, SETTINGS);
  let romeo: SlixmppClient;
  const gateway = (): string => stage.world.server.component;
  const run = (...args: string[]) => command(stage.world.gateway, ...args);

  beforeAll(async () => {
    romeo = await startSlixmpp(stage.world.server, 'romeo');
  });
  afterAll(() => romeo.close());

  it('deletes a user beside the running gateway, which notices', async () => {
    expect(await romeo.register(gateway(), { burst: '7' })).toMatchObject({ done: 'registered', error: null });
    expect((await run('user', 'list')).out).toMatch(/^USER +REGISTERED\nromeo@example\.test +\d{4}-/);
    expect(await run('user', 'delete', ROMEO)).toEqual({ code: 0, out: `${ROMEO}: deleted\n` });
    expect(await romeo.registration(gateway())).toMatchObject({ registered: false, fields: { burst: '0' } });
    expect(await run('user', 'list')).toEqual({ code: 0, out: 'Nobody is registered.\n' });
    expect(await run('user', 'delete', 'romeo')).toMatchObject({ code: 2 });
  });

  it('deletes, when it starts, a user whom it was told of while it did not run', async () => {
    const { world } = stage;
    await romeo.register(gateway(), { burst: '7' });
    await world.gateway.stop();
    expect(await run('user', 'delete', ROMEO)).toEqual({ code: 0, out: `${ROMEO}: asked for; the gateway does not run, and does it when it starts\n` });
    await world.gateway.start();
    await expect.poll(async () => (await run('user', 'list', '--json')).out, { timeout: DEADLINE }).toBe('[]\n');
  });
});
