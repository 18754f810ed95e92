/** Whom an administrator blocks for everybody: in chat, by form and beside the running gateway. */
import { beforeAll, describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { command } from './commands.js';
import { chat, condition, DEADLINE, errorText, hasBody, isErrorOn } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const COMMANDS = 'http://jabber.org/protocol/commands';
const DATA = 'jabber:x:data';
const REFUSED = /550.5\.7\.1 This gateway does not take this mail/;

describe.each(SERVERS)('blocked for everybody on %s', (kind) => {
  const stage = setStage(kind);
  let romeo: TestClient;
  let count = 0;
  beforeAll(async () => {
    romeo = await connectClient(stage.world.server, 'romeo');
    return () => romeo.close();
  });

  const at = (name: string): string => `${name}@${stage.world.server.component}`;
  const contact = (name: string): string => at(`${name}%montague.test`);
  const post = (name: string, body: string, { to = 'romeo', envelope = `${name}@montague.test` } = {}) =>
    stage.world.post({ from: envelope, to: at(to) }, mailText({ From: `${name}@montague.test`, 'Message-ID': `<user-block-${++count}@montague.test>` }, body));
  const order = async (line: string, answer: string): Promise<void> => {
    stage.juliet.received.length = 0;
    stage.juliet.send(chat(stage.world.server.component, `order-${++count}`, line));
    await stage.juliet.waitFor(hasBody(answer), DEADLINE);
  };

  it('nothing comes from there by envelope or From, and nothing goes there; the postmaster is reached', async () => {
    await post('tybalt', 'What, drawn?');
    await romeo.waitFor(hasBody('What, drawn'), DEADLINE);
    await order('user block @montague.test', '@montague.test is blocked for everybody');
    await expect(post('tybalt', 'never seen')).rejects.toThrow(REFUSED);
    await expect(post('tybalt', 'never seen', { envelope: 'bounce@lax.test' })).rejects.toThrow(REFUSED);
    await expect(post('tybalt', 'never seen', { to: 'juliet' })).rejects.toThrow(REFUSED);
    romeo.send(chat(contact('tybalt'), 'u1', 'never sent'));
    const error = await romeo.waitFor(isErrorOn('u1'), DEADLINE);
    expect(condition(error)).toBe('auth forbidden');
    expect(errorText(error)).toBe('The operators of this gateway have blocked tybalt@montague.test: nothing goes there.');
    await post('tybalt', 'Why am I blocked?', { to: 'postmaster' });
    await stage.juliet.waitFor(hasBody('Why am I blocked'), DEADLINE);
    romeo.send(chat(stage.world.server.component, 'u2', 'user unblock @montague.test'));
    await romeo.waitFor(hasBody('does not serve you'), DEADLINE);
    await order('user blocked', '@montague.test');
    await order('user unblock @montague.test', 'no longer blocked for everybody');
    await post('tybalt', 'Peace?');
    await romeo.waitFor(hasBody('Peace?'), DEADLINE);
    expect(romeo.received.filter(hasBody('never seen'))).toEqual([]);
    expect(stage.world.outside.mails.filter(({ raw }) => raw.includes('never sent'))).toEqual([]);
  });

  it('the running gateway notices what is blocked beside it', async () => {
    const isRefused = (body: string) => post('peter', body).then(() => false, (error: unknown) => REFUSED.test(String(error)) || Promise.reject(error as Error));
    expect(await isRefused('Anon!')).toBe(false);
    expect(await command(stage.world.gateway, 'user', 'block', 'peter@montague.test')).toMatchObject({ code: 0 });
    await waitUntil('it is noticed', async () => (await isRefused('Anon, anon!')) || undefined, DEADLINE);
    expect((await command(stage.world.gateway, 'user', 'blocked')).out).toContain('peter@montague.test');
    expect(await command(stage.world.gateway, 'user', 'unblock', 'peter@montague.test')).toMatchObject({ code: 0 });
    await waitUntil('that it ended is noticed', async () => !(await isRefused('Anon, sir!')) || undefined, DEADLINE);
    await romeo.waitFor(hasBody('Anon, sir!'), DEADLINE);
  });

  it('by form', async () => {
    const ask = (action: string, more: { sessionid?: string }, ...children: xml.Element[]) =>
      stage.juliet.request(xml('iq', { type: 'set', to: stage.world.server.component }, xml('command', { xmlns: COMMANDS, node: 'user-block', action, ...more }, ...children)));
    const { sessionid } = (await ask('execute', {})).getChild('command')?.attrs ?? {};
    const form = xml('x', { xmlns: DATA, type: 'submit' }, xml('field', { var: 'address' }, xml('value', {}, 'sampson@montague.test')));
    const done = (await ask('complete', { sessionid: String(sessionid) }, form)).getChild('command');
    expect([done?.attrs.status, done?.getChildText('note')]).toEqual(['completed', expect.stringContaining('sampson@montague.test is blocked for everybody') as string]);
    await expect(post('sampson', 'no')).rejects.toThrow(REFUSED);
  });
});
