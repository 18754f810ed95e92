/** Where a user is, as the web is told: of all his clients, over restarts and losses. */
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { killServer } from './attendance.js';
import { look, publish, says, shows, time, WEB, word } from './published.js';
import { setStage } from './stage.js';
import { DEADLINE } from './stanzas.js';
import { SERVERS } from './world.js';

const idle = (since: string): xml.Element => xml('idle', { xmlns: 'urn:xmpp:idle:1', since });

describe.each(SERVERS)('where a user is, on %s', (kind) => {
  const stage = setStage(kind, WEB);

  it('is told of all clients: the first by priority speaks', async () => {
    await publish(stage);
    await shows(stage, { presence: 'online', client: undefined });
    const { server } = stage.world;
    const since = new Date(Date.now() - 600_000).toISOString();
    const phone = await connectClient(server, 'juliet', { kind: 'phone', presence: says(word('priority', '7'), word('show', 'away'), word('status', 'On the\n balcony'), idle(since)) });
    await shows(stage, { presence: 'online', show: 'away', status: 'On the balcony', client: 'phone' });
    expect(Math.abs(time((await look(stage)).idle_since) - time(since))).toBeLessThan(1_000);
    const desk = await connectClient(server, 'juliet', { kind: 'console', presence: says(word('priority', '9'), word('show', 'dnd'), idle('2999-01-01T00:00:00Z')) });
    const { idle_since: clamped } = await shows(stage, { show: 'dnd', status: undefined, client: 'console' });
    expect(time(clamped)).toBeLessThanOrEqual(Date.now());
    desk.destroy();
    await shows(stage, { show: 'away', client: 'phone' });
    phone.send(xml('presence', { type: 'unavailable' }));
    await phone.close();
    await shows(stage, { presence: 'online', show: undefined, client: undefined });
  });

  it('is offline with a negative priority alone, and has when he was last seen', async () => {
    stage.juliet.send(says(word('priority', '-5'), word('status', 'I am a robot')));
    const state = await shows(stage, { presence: 'offline', status: undefined });
    expect(time(state.changed_at)).toBe(time(state.last_seen));
    stage.juliet.send(says());
    expect(await shows(stage, { presence: 'online' })).not.toHaveProperty('last_seen');
  });

  it('is what it was after a kill of the gateway, for who stays, and is found out for who goes meanwhile', async () => {
    const { gateway } = stage.world;
    const before = await look(stage);
    await gateway.stop();
    await gateway.start();
    expect(await look(stage)).toEqual(before);
    await gateway.kill();
    const killed = Date.now();
    await stage.juliet.close();
    await gateway.start();
    const after = await shows(stage, { presence: 'offline' });
    expect(time(after.last_seen)).toBeGreaterThanOrEqual(time(before.changed_at));
    expect(time(after.last_seen)).toBeLessThanOrEqual(killed);
    expect(time(after.changed_at)).toBeGreaterThan(killed);
    stage.juliet = await connectClient(stage.world.server, 'juliet');
    await shows(stage, { presence: 'online' });
  });

  it('stands while the link is lost, and is asked for again', async () => {
    const { server } = stage.world;
    await server.kill();
    await waitUntil('the gateway has noticed', async () => !(await stage.world.gateway.ready()), DEADLINE);
    expect(await look(stage)).toMatchObject({ presence: 'online' });
    await killServer(stage);
    await shows(stage, { presence: 'offline' }, 20_000);
    stage.juliet = await connectClient(server, 'juliet');
    await shows(stage, { presence: 'online' });
  });
});
