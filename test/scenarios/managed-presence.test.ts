/** Who is online is known of everybody where the server tells (XEP-0356), and again after every loss. */
import { describe, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient } from '../servers/client.js';
import { become, killServer, restart } from './attendance.js';
import { setStage } from './stage.js';
import { SERVERS } from './world.js';

describe.each(SERVERS)('who is online on %s, which tells', (kind) => {
  const stage = setStage(kind, {}, 'smtp', { privilege: true });
  /** ejabberd tells of no client that was there before. */
  const says = (): void => {
    if (kind === 'ejabberd') stage.juliet.send(xml('presence'));
  };

  it('is known though nobody has a contact, and again after a restart', async () => {
    says();
    await become(stage, '1 1');
    const romeo = await connectClient(stage.world.server, 'romeo', { presence: xml('presence', {}, xml('priority', {}, '-1')) });
    await become(stage, '2 1');
    romeo.send(xml('presence', { type: 'unavailable' }));
    await romeo.close();
    await restart(stage);
    says();
    await become(stage, '1 1');
  });

  it('is known again after the server was killed', { timeout: 40_000 }, async () => {
    await killServer(stage);
    stage.juliet = await connectClient(stage.world.server, 'juliet');
    await become(stage, '1 1');
  });
});
