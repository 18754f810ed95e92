/** Accounts without friction: the first message, settings by form and by chat, registration by a real client; and what strangers get. */
import xml, { type Element } from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient, type TestClient } from '../servers/client.js';
import { startSlixmpp, type SlixmppClient } from '../servers/slixmpp.js';
import { setStage } from './stage.js';
import { chat, DEADLINE, errorText, hasBody, readSunk } from './stanzas.js';
import { mailText, SERVERS } from './world.js';

/** Only Juliet is of the house; Romeo's server is let in by registration, as if it were another. */
const HOUSE = { access: 'allow = ["juliet@example.test"]\nregister = ["romeo@example.test"]\nadmins = ["juliet@example.test"]' };
const WELCOME = 'This is the mail gateway';

describe.each(SERVERS)('accounts and commands on %s', (kind) => {
  const stage = setStage(kind, HOUSE);
  let romeo: SlixmppClient;
  let raw: TestClient;
  const gateway = (): string => stage.world.server.component;
  const contact = (): string => `ann%montague.test@${gateway()}`;
  const said = (client: TestClient, words: string): Element[] => client.received.filter(hasBody(words));
  const sunk = (words: string) => stage.world.outside.waitForMail(({ raw: text }) => text.includes(words), DEADLINE);
  const ask = async (line: string, words: string): Promise<string> => {
    romeo.message({ to: gateway(), body: line });
    return (await romeo.waitForMessage(({ body }) => body.includes(words), DEADLINE)).body;
  };

  beforeAll(async () => {
    romeo = await startSlixmpp(stage.world.server, 'romeo');
    raw = await connectClient(stage.world.server, 'romeo');
  });
  afterAll(async () => {
    await Promise.all([romeo.close(), raw.close()]);
  });

  it('takes the first message of a user, and tells once what can be set, also after a crash', async () => {
    const { juliet, world } = stage;
    juliet.send(chat(contact(), 'the-first-of-all-lines', 'Good morrow, first.'));
    await sunk('Good morrow, first.');
    const welcome = await juliet.waitFor(hasBody(WELCOME), DEADLINE);
    expect(welcome.attrs.from).toBe(gateway());
    expect(welcome.getChildText('body')).toBe(`This is the mail gateway ${gateway()}. Write "help" to ${gateway()}, or open its commands, to see what you can set.`);
    await world.gateway.kill();
    await world.gateway.start();
    juliet.send(chat(contact(), 'the-second-of-all-lines', 'Good morrow, second.'));
    await sunk('Good morrow, second.');
    // What the gateway says is in order: an answer to a later line comes after anything it had to say before.
    juliet.send(chat(gateway(), 'one-more-question', 'burst'));
    await juliet.waitFor(hasBody('Each line is sent at once.'), DEADLINE);
    expect(said(juliet, WELCOME)).toHaveLength(1);
  });

  it('serves a user of another server once he is registered, not before and not after', async () => {
    const { world } = stage;
    raw.send(chat(contact(), 'nobody-lets-me-write', 'Let me in.'));
    expect(errorText(await raw.waitFor((stanza) => stanza.attrs.type === 'error' && stanza.attrs.id === 'nobody-lets-me-write', DEADLINE))).toContain('does not send mail');
    expect(await romeo.command(gateway(), 'settings')).toMatchObject({ error: 'forbidden' });

    expect(await romeo.registration(gateway())).toMatchObject({ registered: false, fields: { burst: '0', text: 'usual' } });
    expect(await romeo.register(gateway(), { burst: 'soon' })).toMatchObject({ error: 'not-acceptable' });
    expect(await romeo.register(gateway(), { burst: '0', text: 'short' })).toMatchObject({ done: 'registered', error: null });
    expect(await romeo.registration(gateway())).toMatchObject({ registered: true, fields: { burst: '0', text: 'short' } });
    await raw.waitFor(({ name, attrs }) => name === 'presence' && attrs.type === 'subscribe' && attrs.from === gateway(), DEADLINE);

    raw.send(chat(contact(), 'now-i-may-write-to-you', 'I am let in.'));
    const { headers } = await readSunk(await sunk('I am let in.'));
    expect(headers.get('from')).toMatchObject({ value: [{ address: `romeo@${gateway()}` }] });
    const head = { From: 'ann@montague.test', To: `romeo@${gateway()}`, Subject: 'Rules', 'Message-ID': '<rules@montague.test>' };
    await world.post({ from: 'ann@montague.test', to: `romeo@${gateway()}` }, mailText(head, 'Keep to the rules of this house.'));
    await raw.waitFor(hasBody('Keep to the rules of this house.'), DEADLINE);
  });

  it('shows by chat what was set by form, and by form what was set by chat', async () => {
    expect(await ask('text', 'is shown')).toContain('Only the beginning');
    expect(await romeo.command(gateway(), 'settings', { text: 'whole', burst: '12' })).toMatchObject({ status: 'completed', fields: { text: 'short' } });
    expect(await ask('text', 'whole')).toBe('Mails are shown whole, however long they are.');
    expect(await ask('text usual', 'Letters are shown whole')).toContain('Letters');
    const look = await romeo.command(gateway(), 'settings');
    expect(look).toMatchObject({ status: 'canceled', fields: { text: 'usual', burst: '12' } });
    expect(await romeo.command(gateway(), 'burst', { burst: '0' })).toMatchObject({ status: 'completed', note: 'Each line is sent at once.' });
  });

  it('writes the signature below a mail, and not below each line of a burst', async () => {
    const { world } = stage;
    expect(await ask('signature Romeo Montague\n*Verona*', 'Below your mails')).toContain('Romeo Montague');
    raw.send(chat(contact(), 'this-is-signed-by-me', 'Signed *here*.'));
    const { text, html } = await readSunk(await sunk('Signed *here*.'));
    expect(text).toBe('Signed *here*.\n\n-- \nRomeo Montague\n*Verona*');
    expect(html).toContain('<div dir="auto">-- </div>\n<div dir="auto">Romeo Montague</div>');
    await romeo.command(gateway(), 'burst', { burst: '2' });
    for (const line of ['one of the burst', 'two of the burst']) raw.send(chat(contact(), `line-of-a-burst-${line}`, line));
    const burst = await sunk('two of the burst');
    expect((await readSunk(burst)).text?.split('Romeo Montague')).toHaveLength(2);
    expect(world.outside.mails.filter((mail) => mail.raw.includes('of the burst'))).toHaveLength(1);
    expect(await ask('signature off', 'no signature')).toBe('Your mails have no signature.');
  });

  it('forgets a user who leaves, and lets his contacts go', async () => {
    raw.send(xml('presence', { type: 'subscribe', to: contact() }));
    await raw.waitFor(({ name, attrs }) => name === 'presence' && attrs.type === undefined && attrs.from === contact(), DEADLINE);
    expect(await romeo.unregister(gateway())).toMatchObject({ done: 'removed', error: null });
    for (const from of [contact(), gateway()]) await raw.waitFor(({ name, attrs }) => name === 'presence' && attrs.type === 'unavailable' && attrs.from === from, DEADLINE);
    expect(await romeo.registration(gateway())).toMatchObject({ registered: false, fields: { burst: '0', text: 'usual' } });
    raw.send(chat(contact(), 'may-i-still-write-here', 'Am I still here?'));
    await raw.waitFor((stanza) => stanza.attrs.type === 'error' && stanza.attrs.id === 'may-i-still-write-here', DEADLINE);
    expect(await romeo.unregister(gateway())).toMatchObject({ error: 'registration-required' });
  });

  it('lets administrators list users and delete them, and nobody else', async () => {
    const { juliet } = stage;
    const room = 'http://jabber.org/protocol/admin#get-registered-users-list';
    expect(await romeo.register(gateway(), {})).toMatchObject({ done: 'registered', error: null });
    expect(await romeo.command(gateway(), room)).toMatchObject({ error: 'forbidden' });
    juliet.send(chat(gateway(), 'who-is-registered-here', 'user list'));
    expect((await juliet.waitFor(hasBody('registered:'), DEADLINE)).getChildText('body')).toBe('1 registered:\nromeo@example.test');
    juliet.send(chat(gateway(), 'somebody-unknown-goes', 'user delete nobody@example.test'));
    await juliet.waitFor(hasBody('Nobody was deleted.'), DEADLINE);
    juliet.send(chat(gateway(), 'romeo-is-to-go-now', 'user delete romeo@example.test'));
    await juliet.waitFor(hasBody('Deleted: romeo@example.test'), DEADLINE);
    expect(await romeo.registration(gateway())).toMatchObject({ registered: false });
  });

  it('does not fall to a flood of sessions, a huge form or the session of somebody else', async () => {
    const { juliet, world } = stage;
    const COMMANDS = 'http://jabber.org/protocol/commands';
    const command = (attrs: Record<string, string>, ...children: Element[]) => xml('command', { xmlns: COMMANDS, node: 'settings', ...attrs }, ...children);
    const set = (payload: Element, id: string) => xml('iq', { type: 'set', to: gateway(), id }, payload);
    const mine = (await juliet.request(set(command({}), 'mine'))).getChild('command', COMMANDS)?.attrs.sessionid ?? '';
    const submit = (...fields: Element[]) => xml('x', { xmlns: 'jabber:x:data', type: 'submit' }, ...fields);
    const stolen = await raw.request(set(command({ sessionid: mine, action: 'complete' }, submit(xml('field', { var: 'burst' }, xml('value', {}, '99')))), 'steal'));
    expect(stolen.attrs.type).toBe('error');
    for (let i = 0; i < 1_000; i++) juliet.send(set(command({}), `flood-${i}`));
    await juliet.waitFor(({ attrs }) => attrs.id === 'flood-999', 20_000);
    const old = await juliet.request(set(command({ sessionid: mine, action: 'complete' }, submit()), 'old'));
    expect(old.toString()).toContain('bad-sessionid');
    const { sessionid = '' } = (await juliet.request(set(command({}), 'again'))).getChild('command', COMMANDS)?.attrs ?? {};
    const huge = submit(...Array.from({ length: 1_500 }, (_, i) => xml('field', { var: `f${i}` }, xml('value', {}, 'x'.repeat(50)))), xml('field', { var: 'signature' }, xml('value', {}, 'x'.repeat(50_000))));
    const again = (await juliet.request(set(command({ sessionid, action: 'complete' }, huge), 'huge'))).getChild('command', COMMANDS);
    expect(again?.getChild('note')?.attrs.type).toBe('error');
    expect(await world.gateway.ready()).toBe(true);
  });
});
