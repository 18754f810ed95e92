/** What administrators do: by chat, by form, and by commands beside the running gateway. */
import xml from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSlixmpp, type SlixmppClient } from '../servers/slixmpp.js';
import { command } from './commands.js';
import { chat, DEADLINE, errorText, hasBody, isErrorOn } from './stanzas.js';
import { setStage } from './stage.js';
import { SERVERS } from './world.js';

const SETTINGS = { access: 'admins = ["juliet@example.test"]' };
const ROMEO = 'romeo@example.test';
const ADMIN = 'http://jabber.org/protocol/admin';
/** Each command beside the gateway is a process, and the machine that runs the stories is busy. */
const LONG = 60_000;

describe.each(SERVERS)('administrators on %s', (kind) => {
  const stage = setStage(kind, SETTINGS);
  let romeo: SlixmppClient;
  let admin: SlixmppClient;
  const gateway = (): string => stage.world.server.component;
  const ask = async (line: string, words: string): Promise<string> => {
    stage.juliet.received.length = 0;
    stage.juliet.send(chat(gateway(), `ask-${line}`, line));
    return (await stage.juliet.waitFor(hasBody(words), DEADLINE)).getChildText('body') ?? '';
  };
  const run = (...args: string[]) => command(stage.world.gateway, ...args);

  beforeAll(async () => {
    [romeo, admin] = await Promise.all([startSlixmpp(stage.world.server, 'romeo'), startSlixmpp(stage.world.server, 'juliet')]);
  });
  afterAll(() => Promise.all([romeo.close(), admin.close()]));

  it('deletes a user beside the running gateway, which notices', async () => {
    expect(await romeo.register(gateway(), { burst: '7' })).toMatchObject({ done: 'registered', error: null });
    expect((await run('user', 'list')).out).toMatch(/^USER +REGISTERED\nromeo@example\.test +\d{4}-/);
    expect((await run('user', 'show', ROMEO)).out).toMatch(/^romeo@example\.test\nRegistered since .*\nOwn settings: burst 7\nMailboxes: 0 verified\n/);
    expect(await run('user', 'delete', ROMEO)).toEqual({ code: 0, out: `${ROMEO}: deleted\n` });
    expect(await romeo.registration(gateway())).toMatchObject({ registered: false, fields: { burst: '0' } });
    expect(await run('user', 'list')).toEqual({ code: 0, out: 'Nobody is registered.\n' });
    expect(await run('user', 'delete', ROMEO)).toMatchObject({ code: 1, out: `Nothing is kept of ${ROMEO}. Nobody was deleted.\n` });
  }, LONG);

  it('deletes, when it starts, a user whom it was told of while it did not run', async () => {
    const { world } = stage;
    await romeo.register(gateway(), { burst: '7' });
    await world.gateway.stop();
    expect(await run('user', 'delete', ROMEO)).toEqual({ code: 0, out: `${ROMEO}: asked for; the gateway does not run, and does it when it starts\n` });
    await world.gateway.start();
    await expect.poll(async () => (await run('user', 'list', '--json')).out, { timeout: DEADLINE }).toBe('[]\n');
  }, LONG);

  it('shows an administrator, and nobody else, what is kept of a user, and who is online', async () => {
    const { juliet } = stage;
    await romeo.register(gateway(), { burst: '7', signature: 'A Montague' });
    expect(await ask('user show romeo@example.test', 'romeo@example.test')).toMatch(/\nOwn settings: burst 7, signature \(own text\)\n/);
    const form = await admin.command(gateway(), `${ADMIN}#user-stats`, { accountjid: ROMEO });
    expect(form).toMatchObject({ status: 'completed', note: expect.stringMatching(/^romeo@example\.test\nRegistered since /) as string });
    juliet.send(xml('presence', { to: gateway() }));
    await expect.poll(async () => (await admin.command(gateway(), `${ADMIN}#get-online-users-num`, {})).note, { timeout: DEADLINE }).toMatch(/^[1-9]\d* online, of \d+ whose presence is seen$/);
    expect(await ask('user online', ' online, of ')).toContain('\njuliet@example.test');
    expect((await admin.command(gateway(), `${ADMIN}#get-online-users-list`, {})).note).toContain('\njuliet@example.test');
    for (const node of ['user-stats', 'get-online-users-list', 'get-online-users-num']) expect(await romeo.command(gateway(), `${ADMIN}#${node}`)).toMatchObject({ error: 'forbidden' });
    romeo.message({ to: gateway(), body: 'user show juliet@example.test' });
    await romeo.waitForMessage(({ body }) => body.includes('does not serve you in this'), DEADLINE);
  }, LONG);

  it('shows what waits, tries it again and gives it up, by chat and by form, for an administrator only', async () => {
    const { world, juliet } = stage;
    const PARIS = 'paris@montague.test';
    const contact = `paris%montague.test@${gateway()}`;
    world.outside.behave('mail', () => ({ answer: '451 4.3.0 not now' }));
    juliet.send(chat(contact, 'this-one-has-to-wait', 'These are secret words.'));
    await expect.poll(() => ask('queue', ''), { timeout: DEADLINE, interval: 500 }).toMatch(new RegExp(`\n\\d+: juliet@example\\.test[^ ]* → ${PARIS}, .*451 4\\.3\\.0 not now`));
    const number = /^(\d+): juliet/m.exec(await ask('queue', PARIS))?.[1] ?? '';
    const { note } = await admin.command(gateway(), 'queue-show', { id: number });
    expect(note).toContain(`→ ${PARIS}`);
    expect(note).not.toContain('secret words');
    expect(await admin.command(gateway(), 'queue', { match: PARIS })).toMatchObject({ status: 'completed', note: expect.stringContaining(`${number}: juliet`) as string });
    for (const node of ['queue', 'queue-show', 'queue-retry', 'queue-drop']) expect(await romeo.command(gateway(), node)).toMatchObject({ error: 'forbidden' });
    world.outside.behave('mail', 'accept');
    expect(await admin.command(gateway(), 'queue-retry', { id: PARIS })).toMatchObject({ note: `${number}: due now` });
    await world.outside.waitForMail(({ raw }) => raw.includes('These are secret words.'), DEADLINE);

    world.outside.behave('mail', () => ({ answer: '451 4.3.0 not now' }));
    juliet.send(chat(contact, 'this-one-is-to-go-away', 'This is given up.'));
    await expect.poll(() => ask('queue', ''), { timeout: DEADLINE, interval: 500 }).toMatch(new RegExp(`→ ${PARIS}, .*not now`));
    const other = new RegExp(`^(\\d+): .*→ ${PARIS}`, 'm').exec(await ask('queue', PARIS))?.[1] ?? '';
    expect(await ask(`queue drop ${other}`, `${other}: `)).toBe(`${other}: dropped`);
    expect(errorText(await juliet.waitFor(isErrorOn('this-one-is-to-go-away'), DEADLINE))).toContain('taken it out of the queue');
  }, LONG);
});
