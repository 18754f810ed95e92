/** Messages of a real client through a real server to the intake, and every refusal back on the very message. */
import xml, { type Element } from '@xmpp/xml';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.js';
import { newMessageId } from '../../src/message.js';
import { Handover } from '../../src/xmpp/handover.js';
import { Messages } from '../../src/xmpp/messages.js';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { deliveryTo } from './deliveries.js';
import { online, RecordingCommands, RecordingIntake, recordingLog, startEdge, type Running } from './harness.js';
import { SERVERS } from './servers.js';

describe('a message nested deeper than the stack', () => {
  it.each([['chat', 1], ['error', 0]])('of type %s is answered by %i errors', async (type, errors) => {
    const sent: Element[] = [];
    const send = (stanzas: Element | readonly Element[]) => void sent.push(...[stanzas].flat());
    const handover = new Handover({ window: 1, windowSize: 1 }, { connected: true, full: false, send, ping: () => Promise.resolve(true) });
    const gateway = { domain: 'mail.example.test', home: 'example.test', separator: '%' } as const;
    const messages = new Messages({ gateway, intake: new RecordingIntake(), commands: new RecordingCommands(), log: recordingLog().log, clock: Date.now, handover, maxStanza: 512_000, send });
    let body = xml('i', {}, 'x');
    for (let depth = 0; depth < 50_000; depth++) body = xml('i', {}, body);
    const html = xml('html', { xmlns: 'http://jabber.org/protocol/xhtml-im' }, xml('body', { xmlns: 'http://www.w3.org/1999/xhtml' }, body));
    await messages.take(xml('message', { type, id: 'd1', from: 'juliet@example.test/a', to: `ann%shop.example@${gateway.domain}` }, html));
    expect(sent.map(({ attrs }) => [attrs.id, attrs.type])).toEqual(Array.from({ length: errors }, () => ['d1', 'error']));
  });
});

describe.each(SERVERS)('messages on $name', ({ launch }) => {
  let server: XmppServer;
  let one: Running;
  let juliet: TestClient;

  beforeAll(async () => {
    server = await launch();
    one = await online(startEdge(server, { maxAccepting: 20 }));
    juliet = await connectClient(server, 'juliet');
  });
  afterEach(() => {
    one.intake.accepted.length = 0;
    one.intake.answer = () => 'stored';
    juliet.received.length = 0;
  });
  afterAll(async () => {
    await juliet.close();
    await one.edge.stop(2_000);
    await server.dispose();
  });

  const contact = (local = 'ann%shop.example') => `${local}@${server.component}`;
  const write = (id: string, text: string, to = contact()) => juliet.send(xml('message', { type: 'chat', id, to }, xml('body', {}, text)));
  const answerTo = (id: string) => juliet.waitFor((stanza) => stanza.is('message') && stanza.attrs.id === id, 15_000);
  const errorOf = (stanza: Element) => [stanza.getChild('error')?.attrs.type, stanza.getChild('error')?.getChildElements()[0]?.name];

  it('hands a message in at once', async () => {
    write('m1', 'hello, 世界 🎉');
    await waitUntil('it is accepted', () => one.intake.accepted.length === 1, 15_000);
    const [message] = one.intake.accepted;
    expect(message).toMatchObject({ source: 'xmpp', text: 'hello, 世界 🎉', ids: { stanza: 'm1' }, addressedAs: contact() });
    expect(message?.returnTo).toMatchObject({ local: 'juliet', domain: server.domain });
  });

  it.each([
    ['a policy', 'f1', 'x%forbidden.example', 'stored' as const, ['auth', 'forbidden']],
    ['no address', 'f2', 'nobody%127.0.0.1', 'stored' as const, undefined],
    ['the store', 'f3', 'ann%shop.example', Failure.temporary('storage', 'disk full'), ['wait', 'resource-constraint']],
    ['too much', 'f4', 'ann%shop.example', Failure.permanent('too-large', 'too large'), ['modify', 'policy-violation']],
  ])('tells the sender when %s refuses it', async (_who, id, local, result, expected) => {
    one.intake.answer = () => result;
    write(id, 'text', contact(local));
    const answer = await answerTo(id);
    expect(answer.attrs).toMatchObject({ type: 'error', from: contact(local) });
    if (expected !== undefined) expect(errorOf(answer)).toEqual(expected);
  });

  it('tells the sender when the intake breaks', async () => {
    one.intake.answer = () => Promise.reject(new Error('a bug'));
    write('b1', 'text');
    expect(errorOf(await answerTo('b1'))).toEqual(['wait', 'resource-constraint']);
  });

  it('says nothing on a repeat, and answers no error', async () => {
    one.intake.answer = () => 'repeat';
    write('r1', 'text');
    juliet.send(xml('message', { type: 'error', id: 'r2', to: contact('nobody%127.0.0.1') }, xml('body', {}, 'text'), xml('error', { type: 'cancel' })));
    write('r3', 'text', contact('nobody%127.0.0.1'));
    await answerTo('r3');
    expect(juliet.received.filter((stanza) => stanza.is('message'))).toHaveLength(1);
  });

  it('answers who writes to the gateway', async () => {
    write('c1', 'help', server.component);
    const answer = await juliet.waitFor((stanza) => stanza.getChildText('body') === 'you said: help', 15_000);
    expect(answer.attrs).toMatchObject({ type: 'chat', from: server.component });
    expect(one.commands.said[0]?.from).toMatchObject({ local: 'juliet' });
  });

  it('answers with a text of any length, in parts', async () => {
    const long = Array.from({ length: 15_000 }, (_, n) => `line ${n} of a long <mail> & more 世界`).join('\n');
    const short = one.commands.answer;
    one.commands.answer = () => long;
    write('c2', 'original 1', server.component);
    await waitUntil('the last part', () => juliet.received.some((stanza) => stanza.getChildText('body')?.startsWith('(2/2)')), 10_000);
    one.commands.answer = short;
    const texts = juliet.received.filter((stanza) => stanza.attrs.from === server.component).map((stanza) => stanza.getChildText('body') ?? '');
    expect(texts.map((text) => text.replace(/^\(\d\/2\)\n/, '')).join('')).toBe(long);
  });

  it('stops reading while too much is being stored, and loses nothing', async () => {
    const held: (() => void)[] = [];
    one.intake.answer = () => new Promise((resolve) => held.push(() => resolve('stored')));
    const text = 'x'.repeat(2_000);
    for (let n = 0; n < 300; n++) write(`p${n}`, text);
    await waitUntil('it stops reading', () => one.intake.accepted.length >= 20, 15_000);
    await expect(waitUntil('all came', () => one.intake.accepted.length === 300, 500)).rejects.toThrow('all came');
    one.intake.answer = () => 'stored';
    held.forEach((release) => release());
    await waitUntil('all came', () => one.intake.accepted.length === 300, 15_000);
    expect(one.intake.accepted.map((message) => message.ids.stanza)).toEqual(Array.from({ length: 300 }, (_, n) => `p${n}`));
  });

  it('hands over to a user, and fails for one who does not exist', async () => {
    const good = deliveryTo(server, 'juliet', 'good news');
    const bad = deliveryTo(server, 'tybalt', 'bad news');
    const [first, second] = await Promise.all([one.edge.deliver(good), one.edge.deliver(bad)]);
    expect(first).toEqual({ state: 'handed-over' });
    expect(second.state).toBe('failed');
    const got = await juliet.waitFor((stanza) => stanza.attrs.id === good.message.id, 15_000);
    expect(got.attrs.from).toBe(contact());
    expect(one.intake.reports).toHaveLength(0);
  });

  it('reports an error and a receipt that come after the pong', async () => {
    const id = newMessageId(Date.now());
    const error = xml('error', { type: 'cancel' }, xml('gone', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' }));
    juliet.send(xml('message', { type: 'error', id: `${id}.2`, to: contact() }, error));
    juliet.send(xml('message', { to: contact() }, xml('received', { xmlns: 'urn:xmpp:receipts', id })));
    await waitUntil('both are reported', () => one.intake.reports.length === 2, 15_000);
    expect(one.intake.reports.map((report) => [report.id, report.state])).toEqual([[id, 'failed'], [id, 'delivered']]);
    expect(one.intake.reports[0]?.recipient).toMatchObject({ local: 'juliet', resource: '' });
  });

  it('stops in time though something is never stored', async () => {
    one.intake.answer = () => new Promise(() => undefined);
    write('s1', 'text');
    await waitUntil('it came', () => one.intake.accepted.length === 1, 15_000);
    const before = Date.now();
    await one.edge.stop(1_000);
    expect(Date.now() - before).toBeLessThan(5_000);
  });
});
