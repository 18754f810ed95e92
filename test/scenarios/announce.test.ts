/** Row E6: announcements with a lifetime reach each person once: at once, at login, through kill -9, and nobody after their end. */
import xml from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { command } from './commands.js';
import { chat, DEADLINE, hasBody } from './stanzas.js';
import { setStage } from './stage.js';
import { SERVERS } from './world.js';

const LONG = 60_000;
const ADMIN = 'http://jabber.org/protocol/admin';

describe.each(SERVERS)('an announcement on %s', (kind) => {
  const stage = setStage(kind);
  const run = (...args: string[]) => command(stage.world.gateway, ...args);
  const here = (client: TestClient): void => client.send(xml('presence', { to: stage.world.server.component }));
  const join = async (user: 'juliet' | 'romeo'): Promise<TestClient> => {
    const client = await connectClient(stage.world.server, user);
    here(client);
    return client;
  };
  const ask = async (line: string, answer: RegExp): Promise<string> => {
    stage.juliet.send(chat(stage.world.server.component, `ask-${line}`, line));
    return (await stage.juliet.waitFor((stanza) => answer.test(stanza.getChildText('body') ?? ''), DEADLINE)).getChildText('body') ?? '';
  };
  const ids = (client: TestClient, text: string): Set<unknown> => new Set(client.received.filter(hasBody(text)).map(({ attrs }) => attrs.id as unknown));
  /** What was sent before is here once this has come. */
  const settled = async (client: TestClient): Promise<void> => {
    const marker = `help-${Math.random()}`;
    client.send(chat(stage.world.server.component, marker, 'help'));
    const before = client.received.length;
    await waitUntil('an answer came', () => client.received.slice(before).some(hasBody('"help NAME"')), DEADLINE);
  };
  const had = async (text: string): Promise<number> => {
    const list = JSON.parse((await run('announce', 'list', '--json')).out) as { text: string; had: number }[];
    return list.find((one) => one.text === text)?.had ?? 0;
  };

  it('reaches who is online at once, by a form of XEP-0133, and who comes later at the login', async () => {
    const { juliet, world } = stage;
    here(juliet);
    await settled(juliet);
    const node = `${ADMIN}#announce`;
    const request = (...children: xml.Element[]): Promise<xml.Element> =>
      juliet.request(xml('iq', { type: 'set', to: world.server.component }, xml('command', { xmlns: 'http://jabber.org/protocol/commands', node, ...(children.length > 0 && { action: 'complete', sessionid }) }, ...children)));
    let sessionid = '';
    const form = await request();
    sessionid = String(form.getChild('command')?.attrs.sessionid);
    expect(form.toString()).toContain(`<value>${ADMIN}</value>`);
    const field = (name: string, value: string): xml.Element => xml('field', { var: name }, xml('value', {}, value));
    const data = xml('x', { xmlns: 'jabber:x:data', type: 'submit' }, xml('field', { var: 'FORM_TYPE', type: 'hidden' }, xml('value', {}, ADMIN)), field('announcement', 'The relay moves tonight.'), field('lifetime', '1h'));
    expect((await request(data)).getChild('command')?.attrs.status).toBe('completed');
    await juliet.waitFor(hasBody('The relay moves tonight.'), DEADLINE);

    const nurse = await join('romeo');
    await nurse.waitFor(hasBody('The relay moves tonight.'), DEADLINE);
    const second = await join('romeo');
    await nurse.close();
    await settled(second);
    const third = await join('romeo');
    await settled(third);
    expect(ids(second, 'The relay moves').size + ids(third, 'The relay moves').size).toBe(0);
    expect(ids(juliet, 'The relay moves').size).toBe(1);
    expect(await ask('announcements', /to all, 2 have it/)).toContain('The relay moves tonight.');
    await Promise.all([second.close(), third.close()]);
  }, LONG);

  it('is made and ended from the command line beside the gateway, for a list', async () => {
    const { juliet, world } = stage;
    const { romeo: nurse, juliet: admin } = world.server.users;
    const made = await run('announce', 'Only for the two of you', '--lifetime', '1d', '--to', `${admin.jid},${nurse.jid}`, '--subject', 'A list');
    expect(made.code).toBe(0);
    const got = await juliet.waitFor(hasBody('Only for the two of you'), DEADLINE);
    expect(got.getChildText('subject')).toBe('A list');
    expect((await run('announce', 'end', made.out.slice(0, 8))).code).toBe(0);
    expect((await run('announce', 'end', made.out.slice(0, 8))).code).toBe(1);
    expect((await run('announce', 'too', 'many')).code).toBe(2);
    expect((await run('announce', 'x', '--lifetime', 'soon')).code).toBe(1);
  }, LONG);

  it('reaches nobody who comes after its lifetime', async () => {
    const { juliet } = stage;
    juliet.send(chat(stage.world.server.component, 'announce-short', 'announce 1s Soon over'));
    await juliet.waitFor(hasBody('Soon over'), DEADLINE);
    await waitUntil('its lifetime is over', async () => !(await run('announce', 'list')).out.includes('Soon over'), DEADLINE);
    const nurse = await join('romeo');
    await settled(nurse);
    expect(ids(nurse, 'Soon over').size).toBe(0);
    await nurse.close();
  }, LONG);

  it('is for administrators', async () => {
    const nurse = await connectClient(stage.world.server, 'romeo');
    nurse.send(chat(stage.world.server.component, 'announce-by-nurse', 'announce to me'));
    await nurse.waitFor(hasBody('does not serve you'), DEADLINE);
    await nurse.close();
  }, LONG);

  it('reaches each once though the gateway is killed in the middle, and again at the next start', async () => {
    const { world, juliet } = stage;
    const text = 'Through kill -9';
    juliet.received.length = 0;
    expect((await run('announce', text, '--lifetime', '1h')).code).toBe(0);
    await waitUntil('somebody has it', async () => (await had(text)) > 0, DEADLINE);
    await world.gateway.kill();
    await world.gateway.start();
    here(juliet);
    const nurse = await join('romeo');
    await Promise.all([juliet, nurse].map((client) => client.waitFor(hasBody(text), DEADLINE)));
    await world.gateway.kill();
    await world.gateway.start();
    here(juliet);
    here(nurse);
    await Promise.all([juliet, nurse].map(settled));
    expect([ids(juliet, text).size, ids(nurse, text).size]).toEqual([1, 1]);
    await nurse.close();
  }, LONG);
});
