/** Mailboxes: bound by a code that is mailed there (row D2), and the one that somebody publishes (row A1). */
import xml from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import { DEADLINE } from './stanzas.js';
import { setStage } from './stage.js';
import { SERVERS } from './world.js';

describe.each(SERVERS)('a mailbox on %s', (kind) => {
  const stage = setStage(kind);
  const say = async (line: string, answer: RegExp): Promise<string> => {
    const { juliet, world } = stage;
    juliet.received.length = 0;
    juliet.send(xml('message', { type: 'chat', to: world.server.component }, xml('body', {}, line)));
    return (await juliet.waitFor((stanza) => answer.test(stanza.getChildText('body') ?? ''), DEADLINE)).getChildText('body') ?? '';
  };
  const codeFor = async (address: string): Promise<string> => {
    const { raw } = await stage.world.outside.waitForMail(({ to }) => to.includes(address), DEADLINE);
    return /Code: (\d{4} \d{4})/.exec(raw)?.[1] ?? '';
  };

  it('is bound by the code that was mailed to it, and to nobody by another', async () => {
    const { world } = stage;
    await say('mailbox juliet@montague.test', /^A code goes to juliet@montague\.test now/);
    const { raw } = await world.outside.waitForMail(({ to }) => to.includes('juliet@montague.test'), DEADLINE);
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(raw).toContain(`The chat user ${world.server.users.juliet.jid} wants`);
    await say('mailbox', /its code is awaited until/);
    const code = await codeFor('juliet@montague.test');
    await say(`mailbox confirm ${code.startsWith('0') ? '1' : '0'}${code.slice(1)}`, /This is not the code. You have 4 more tries/);
    await say(code, /^juliet@montague\.test is your mailbox now\.$/);
    expect(await say('mailbox', /juliet@montague/)).toBe('juliet@montague.test (first choice)');
  });
});
