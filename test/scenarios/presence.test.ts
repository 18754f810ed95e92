/** Who is online is known of those who let a contact, or the gateway, see them; and again after every loss. */
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient } from '../servers/client.js';
import { become, befriend, killServer, restart, users } from './attendance.js';
import { setStage } from './stage.js';
import { SERVERS } from './world.js';

describe.each(SERVERS)('who is online on %s', (kind) => {
  const stage = setStage(kind);

  it('is known of those who have a contact, or the gateway itself, and let it see them', async () => {
    expect(await users(stage)).toBe('0 0');
    await befriend(stage.juliet, stage.world.romeo);
    await become(stage, '1 1');
    const romeo = await connectClient(stage.world.server, 'romeo');
    await befriend(romeo, stage.world.server.component);
    await become(stage, '2 2');
    romeo.send(xml('presence', {}, xml('priority', {}, '-1')));
    await become(stage, '2 1');
    const other = await connectClient(stage.world.server, 'romeo', { presence: xml('presence', {}, xml('priority', {}, '3')) });
    await become(stage, '2 2');
    other.destroy();
    await become(stage, '2 1');
    await romeo.close();
  });

  it('is known again after a restart of the gateway', async () => {
    await restart(stage);
    await become(stage, '2 1');
  });

  it('is known again after the server was killed', { timeout: 40_000 }, async () => {
    await killServer(stage);
    await become(stage, '2 0');
    stage.juliet = await connectClient(stage.world.server, 'juliet');
    await become(stage, '2 1');
  });
});
