/** Ad-hoc commands on real servers: what is shown, filled in, refused, and what a hostile client gets. */
import xml, { type Element } from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../src/bridge/command.js';
import { CommandTable } from '../../src/bridge/command-table.js';
import type { Jid } from '../../src/address.js';
import { Failure } from '../../src/failure.js';
import { AdHoc } from '../../src/xmpp/adhoc.js';
import { Sessions } from '../../src/xmpp/sessions.js';
import { connectClient, type TestClient } from '../servers/client.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { online, startEdge, type Running } from './harness.js';
import { SERVERS } from './servers.js';

const COMMANDS = 'http://jabber.org/protocol/commands';
const FORMS = 'jabber:x:data';
const INFO = 'http://jabber.org/protocol/disco#info';
const ITEMS = 'http://jabber.org/protocol/disco#items';

/** What the order command was given. */
const ordered: unknown[] = [];

const ORDER: Command = {
  name: 'order',
  audience: 'everybody',
  title: 'Order',
  form: 'DISH',
  meaning: 'brings a dish',
  formType: 'urn:example:order',
  fields: [
    { name: 'dish', label: 'Dish', kind: 'text', required: true },
    { name: 'size', label: 'Size', kind: 'choice', choices: [{ value: 'small', label: 'Small' }, { value: 'large', label: 'Large' }] },
    { name: 'hot', label: 'Hot', kind: 'flag' },
    { name: 'notes', label: 'Notes', kind: 'lines' },
  ],
  values: () => ({ dish: 'so\u0000up', size: 'small', hot: 'true', notes: 'no salt\nno pepper' }),
  run: (_user, values) => {
    if (values.dish === 'stone') return Failure.permanent('bad-content', 'Nobody eats stones.');
    if (values.dish === 'swan') return Failure.permanent('not-supported', 'There are no swans today.');
    ordered.push(values);
    return `Here you are:\n${values.dish}`;
  },
};
const bare = (name: string, audience: Command['audience'], run: Command['run']): Command => ({ name, audience, title: name, form: '', meaning: name, fields: [], run });

const table = new CommandTable({
  commands: [
    ORDER,
    bare('hello', 'everybody', (user) => `Hello, ${user.local}!`),
    bare('fails', 'everybody', () => Failure.temporary('storage', 'Not now.')),
    bare('breaks', 'everybody', () => Promise.reject(new Error('a bug'))),
    bare('secret', 'admins', () => 'the secret'),
  ],
  introduction: [],
  isUser: () => true,
  isAdmin: () => false,
});

describe.each(SERVERS)('ad-hoc commands on $name', ({ launch }) => {
  let server: XmppServer;
  let one: Running;
  let juliet: TestClient;

  beforeAll(async () => {
    server = await launch();
    one = await online(startEdge(server, { served: table }));
    juliet = await connectClient(server, 'juliet');
  });
  afterAll(async () => {
    await juliet.close();
    await one.edge.stop(2_000);
    await server.dispose();
  });

  const ask = (payload: Element, { client = juliet, type = 'set', to = server.component } = {}) => client.request(xml('iq', { type, to }, payload));
  const command = (attrs: Record<string, string>, ...children: Element[]) => xml('command', { xmlns: COMMANDS, ...attrs }, ...children);
  const run = async (attrs: Record<string, string>, ...children: Element[]) => (await ask(command(attrs, ...children))).getChild('command', COMMANDS);
  const field = (name: string, ...values: string[]) => xml('field', { var: name }, ...values.map((value) => xml('value', {}, value)));
  const form = (...fields: Element[]) => xml('x', { xmlns: FORMS, type: 'submit' }, ...fields);
  const errorOf = (iq: Element) => iq.getChild('error')?.getChildElements().filter(({ name }) => name !== 'text').map(({ name }) => name);
  const begin = async (node = 'order') => (await run({ node, action: 'execute' }))?.attrs.sessionid ?? '';

  it('shows them to whoever asks, each with what it is', async () => {
    const features = (await ask(xml('query', { xmlns: INFO }), { type: 'get' })).getChild('query')?.getChildren('feature').map(({ attrs }) => attrs.var);
    expect(features).toContain(COMMANDS);
    const items = (await ask(xml('query', { xmlns: ITEMS, node: COMMANDS }), { type: 'get' })).getChild('query');
    expect(items?.attrs.node).toBe(COMMANDS);
    expect(items?.getChildren('item').map(({ attrs }) => attrs)).toContainEqual({ jid: server.component, node: 'order', name: 'Order' });
    expect(items?.toString()).not.toContain('secret');
    const list = (await ask(xml('query', { xmlns: INFO, node: COMMANDS }), { type: 'get' })).getChild('query');
    expect(list?.getChild('identity')?.attrs).toMatchObject({ category: 'automation', type: 'command-list' });
    const info = (await ask(xml('query', { xmlns: INFO, node: 'order' }), { type: 'get' })).getChild('query');
    expect(info?.getChild('identity')?.attrs).toEqual({ category: 'automation', type: 'command-node', name: 'Order' });
    expect(info?.getChildren('feature').map(({ attrs }) => attrs.var)).toEqual([COMMANDS, FORMS]);
    for (const node of ['secret', 'nothing']) expect(errorOf(await ask(xml('query', { xmlns: INFO, node }), { type: 'get' }))).toEqual(['item-not-found']);
  });

  it('carries out what needs no form at once', async () => {
    const done = await run({ node: 'hello' });
    expect(done?.attrs).toMatchObject({ node: 'hello', status: 'completed' });
    expect(done?.getChild('note')?.toString()).toBe('<note type="info">Hello, juliet!</note>');
    expect((await run({ node: 'fails' }))?.getChild('note')?.toString()).toBe('<note type="error">Not now.</note>');
    expect(errorOf(await ask(command({ node: 'breaks' })))).toEqual(['internal-server-error']);
  });

  it('shows the form with what is set, and takes what is filled in', async () => {
    const asked = await run({ node: 'order', action: 'execute' });
    expect(asked?.attrs.status).toBe('executing');
    expect(asked?.getChild('actions')?.toString()).toBe('<actions execute="complete"><complete/></actions>');
    const x = asked?.getChild('x', FORMS);
    expect(x?.attrs.type).toBe('form');
    expect(x?.getChildren('field').map((one) => [one.attrs.var, one.attrs.type, one.getChildren('value').map((value) => value.getText())])).toEqual([
      ['FORM_TYPE', 'hidden', ['urn:example:order']],
      ['dish', 'text-single', ['so\ufffdup']],
      ['size', 'list-single', ['small']],
      ['hot', 'boolean', ['true']],
      ['notes', 'text-multi', ['no salt', 'no pepper']],
    ]);
    expect(x?.getChildren('field')[1]?.getChild('required')).toBeDefined();
    expect(x?.getChildren('field')[2]?.getChildren('option').map(({ attrs }) => attrs.label)).toEqual(['Small', 'Large']);
    const { sessionid = '' } = asked?.attrs ?? {};
    const filled = form(field('FORM_TYPE', 'x'), field('dish', 'pie', 'cake'), field('dish', 'twice'), field('hot', '0'), field('notes', 'a', 'b'), field('__proto__', 'x'), field('size', ' LARGE '));
    const done = await run({ node: 'order', sessionid, action: 'complete' }, filled);
    expect(done?.attrs).toMatchObject({ node: 'order', sessionid, status: 'completed' });
    expect(done?.getChildText('note')).toBe('Here you are:\npie');
    expect(ordered.at(-1)).toEqual({ dish: 'pie', hot: 'false', notes: 'a\nb', size: 'large' });
  });

  it.each([
    ['what is missing', form(field('dish', ' ')), 'Dish is missing.'],
    ['what is left out', form(), 'Dish is missing.'],
    ['what is no choice', form(field('dish', 'pie'), field('size', 'huge')), 'Size: write one of small, large.'],
    ['what it does not take', form(field('dish', 'stone')), 'Nobody eats stones.'],
  ])('shows the form again for %s, and takes it when it is mended', async (_what, filled, text) => {
    const sessionid = await begin();
    const again = await run({ node: 'order', sessionid, action: 'complete' }, filled);
    expect(again?.attrs).toMatchObject({ status: 'executing', sessionid });
    expect(again?.getChild('note')?.attrs.type).toBe('error');
    expect(again?.getChildText('note')).toContain(text);
    expect(again?.getChild('x', FORMS)).toBeDefined();
    expect((await run({ node: 'order', sessionid, action: 'next' }, form(field('dish', 'mended'))))?.attrs.status).toBe('completed');
    expect(ordered.at(-1)).toMatchObject({ dish: 'mended' });
  });

  it('ends with a note what cannot be mended', async () => {
    const sessionid = await begin();
    const done = await run({ node: 'order', sessionid }, form(field('dish', 'swan')));
    expect(done?.attrs.status).toBe('completed');
    expect(done?.getChild('note')?.toString()).toBe('<note type="error">There are no swans today.</note>');
  });

  it('ends a session when it is cancelled or done: nothing is done twice', async () => {
    const cancelled = await begin();
    expect((await run({ node: 'order', sessionid: cancelled, action: 'cancel' }))?.attrs).toMatchObject({ status: 'canceled', sessionid: cancelled });
    expect(errorOf(await ask(command({ node: 'order', sessionid: cancelled, action: 'cancel' })))).toEqual(['bad-request', 'bad-sessionid']);
    const sessionid = await begin();
    const before = ordered.length;
    const twice = command({ node: 'order', sessionid, action: 'complete' }, form(field('dish', 'pie')));
    const answers = await Promise.all([ask(twice), ask(command({ node: 'order', sessionid, action: 'complete' }, form(field('dish', 'pie'))))]);
    expect(answers.map(({ attrs }) => attrs.type).sort()).toEqual(['error', 'result']);
    expect(ordered.length).toBe(before + 1);
  });

  it('gives nobody the session of another, not even of another client or command', async () => {
    const sessionid = await begin();
    const [romeo, other] = await Promise.all([connectClient(server, 'romeo'), connectClient(server, 'juliet')]);
    const stolen = (): Element => command({ node: 'order', sessionid, action: 'complete' }, form(field('dish', 'stolen')));
    for (const client of [romeo, other]) expect(errorOf(await ask(stolen(), { client }))).toEqual(['bad-request', 'bad-sessionid']);
    expect(errorOf(await ask(command({ node: 'hello', sessionid })))).toEqual(['bad-request', 'bad-sessionid']);
    expect((await run({ node: 'order', sessionid }, form(field('dish', 'my own'))))?.attrs.status).toBe('completed');
    expect(JSON.stringify(ordered)).not.toContain('stolen');
    await Promise.all([romeo.close(), other.close()]);
  });

  it.each<[Record<string, string>, string[]]>([
    [{ node: 'nothing' }, ['item-not-found']],
    [{}, ['item-not-found']],
    [{ node: 'secret' }, ['forbidden']],
    [{ node: 'order', action: 'explode' }, ['bad-request', 'malformed-action']],
    [{ node: 'order', action: 'complete' }, ['bad-request', 'bad-sessionid']],
    [{ node: 'order', sessionid: 'x', action: 'prev' }, ['bad-request', 'bad-action']],
    [{ node: 'order', sessionid: 'guessed' }, ['bad-request', 'bad-sessionid']],
  ])('refuses %j', async (attrs, expected) => {
    expect(errorOf(await ask(command(attrs)))).toEqual(expected);
  });

  it('has none at its contacts, and keeps the session of who sent no form', async () => {
    const to = `ann%shop.example@${server.component}`;
    expect(errorOf(await ask(command({ node: 'hello' }), { to }))).toEqual(['service-unavailable']);
    expect(errorOf(await ask(xml('query', { xmlns: ITEMS, node: COMMANDS }), { to, type: 'get' }))).toEqual(['item-not-found']);
    const sessionid = await begin();
    expect(errorOf(await ask(command({ node: 'order', sessionid, action: 'complete' })))).toEqual(['bad-request', 'bad-payload']);
    expect((await run({ node: 'order', sessionid }, form(field('dish', 'pie'))))?.attrs.status).toBe('completed');
  });

  it('cuts what is huge', async () => {
    const sessionid = await begin();
    const many = Array.from({ length: 2_000 }, (_, i) => field(`f${i}`, 'x'));
    const done = await run({ node: 'order', sessionid }, form(...many, field('dish', 'x'.repeat(50_000))));
    expect(done?.attrs.status).toBe('completed');
    expect((ordered.at(-1) as { dish: string }).dish).toHaveLength(20_000);
  });
});

describe('sessions', () => {
  const jid = (local: string, resource = 'balcony') => ({ kind: 'jid', local, domain: 'capulet.example', resource }) as const;

  it('are bounded for one and for all; the oldest gives way', () => {
    const sessions = new Sessions(() => 0, 5_000);
    const victim = sessions.begin(jid('victim'), 'order');
    const ids = Array.from({ length: 10_000 }, (_, i) => sessions.begin(jid('juliet', `r${i}`), 'order'));
    expect(sessions.size).toBe(11);
    expect(sessions.take(ids[0] ?? '', jid('juliet', 'r0'), 'order')).toBe(false);
    expect(sessions.take(ids.at(-1) ?? '', jid('juliet', 'r9999'), 'order')).toBe(true);
    expect(sessions.take(victim, jid('victim'), 'order')).toBe(true);
    for (let i = 0; i < 10_000; i++) sessions.begin(jid(`user${i}`), 'order');
    expect(sessions.size).toBe(5_000);
    expect(new Set(ids).size).toBe(10_000);
  });

  it('where there is no room, the opener\u2019s own give way first', () => {
    const sessions = new Sessions(() => 0, 3);
    const oldest = sessions.begin(jid('juliet'), 'order');
    const own = sessions.begin(jid('romeo'), 'order');
    const others = [oldest, sessions.begin(jid('nurse'), 'order')];
    const next = sessions.begin(jid('romeo'), 'order');
    expect(sessions.take(own, jid('romeo'), 'order')).toBe(false);
    expect(sessions.take(next, jid('romeo'), 'order')).toBe(true);
    expect([sessions.take(others[0] ?? '', jid('juliet'), 'order'), sessions.take(others[1] ?? '', jid('nurse'), 'order')]).toEqual([true, true]);
  });

  it('of strangers push out no user\u2019s', async () => {
    const adhoc = new AdHoc(table, ({ domain }) => domain === 'capulet.example', () => 0);
    const request = (from: Jid, attrs: Record<string, string> = {}, ...children: Element[]) => adhoc.take({ from, to: jid('gw'), lang: '', payload: xml('command', { xmlns: COMMANDS, node: 'order', ...attrs }, ...children) });
    const begun = async (from: Jid) => {
      const answer = await request(from);
      return 'attrs' in answer ? (answer.attrs.sessionid ?? '') : '';
    };
    const stranger = (i: number): Jid => ({ ...jid(`user${i}`), domain: `d${i}.example` });
    const users = await begun(jid('juliet'));
    const strangers = [];
    for (let i = 0; i < 6_000; i++) strangers.push(await begun(stranger(i)));
    const cancelled = async (from: Jid, sessionid = '') => 'attrs' in (await request(from, { sessionid, action: 'cancel' }));
    expect(await cancelled(jid('juliet'), users)).toBe(true);
    expect([await cancelled(stranger(5_499), strangers[5_499]), await cancelled(stranger(5_500), strangers[5_500])]).toEqual([false, true]);
  });

  it('end after an hour', () => {
    let now = 0;
    const sessions = new Sessions(() => now, 5_000);
    const [late, inTime] = [sessions.begin(jid('juliet'), 'order'), sessions.begin(jid('juliet'), 'order')];
    now = 3_599_999;
    expect(sessions.take(inTime, jid('juliet'), 'order')).toBe(true);
    now = 3_600_000;
    expect(sessions.take(late, jid('juliet'), 'order')).toBe(false);
    sessions.begin(jid('romeo'), 'order');
    expect(sessions.size).toBe(1);
  });
});
