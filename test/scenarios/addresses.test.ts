/** A chat user's own mail address: asked for, granted, written by and written to, given up. Juliet is the operator. */
import xml from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient, type TestClient } from '../servers/client.js';
import { chat, DEADLINE, hasBody, mailTo, readSunk } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

describe.each(SERVERS)('an own address on %s', (kind) => {
  const stage = setStage(kind);
  let romeo: TestClient;
  beforeAll(async () => {
    romeo = await connectClient(stage.world.server, 'romeo');
  });
  afterAll(() => romeo.close());

  const say = async (client: TestClient, line: string, answer: RegExp): Promise<string> => {
    client.received.length = 0;
    client.send(chat(stage.world.server.component, `say-${Math.random()}`, line));
    return told(client, answer);
  };
  const told = async (client: TestClient, words: RegExp): Promise<string> =>
    (await client.waitFor((stanza) => stanza.attrs.from === stage.world.server.component && words.test(stanza.getChildText('body') ?? ''), DEADLINE)).getChildText('body') ?? '';
  // A correspondent for each step: whoever answers one and the same within the second is taken for a machine.
  const write = (to: string | readonly string[], text: string, author: string, head: Record<string, string> = {}): Promise<void> =>
    stage.world.post({ from: `${author}@montague.test`, to }, mailText({ From: `${author}@montague.test`, To: [to].flat().join(', '), 'Message-ID': `<${Math.random()}@x.test>`, ...head }, text));
  const contact = (author: string): string => `${author}%montague.test@${stage.world.server.component}`;
  const sent = (text: string) => stage.world.outside.waitForMail(({ raw }) => raw.includes(text), DEADLINE);

  it('is not that of a user of the server, nor one that looks like it, nor an operator’s', async () => {
    await say(romeo, 'address juliet', /^This name is in use/);
    await say(romeo, 'address ju1iet', /^This name is in use/);
    await say(romeo, 'address post.master', /^This name is kept for the operator/);
    await say(romeo, 'address j', /2 to 40/);
    await say(romeo, 'address romeo', /plain address already/);
    expect(await say(romeo, 'address', /own/)).toBe('You have no address of your own. Write "address NAME" for one.');
  });

  it('is granted by an operator, and never to two', async () => {
    const { juliet } = stage;
    juliet.received.length = 0;
    await say(romeo, 'address Montecchi', /You have asked for montecchi@mail\.example\.test/);
    expect(await told(juliet, /wants the mail address/)).toBe(
      'romeo@example.test wants the mail address montecchi@mail.example.test. The server knows no user of that name. Write: address grant montecchi\nor: address refuse montecchi',
    );
    await expect(write('montecchi@mail.example.test', 'too early', 'tybalt').then(() => 'taken')).resolves.toBe('taken');
    await say(juliet, 'address monteccni', /You have asked for/);
    await say(juliet, 'address m0ntecchi', /^This name is in use, or looks like/);
    await say(romeo, 'address grant montecchi', /does not serve you/);
    romeo.received.length = 0;
    await say(juliet, 'address grant montecchi', /^romeo@example\.test has montecchi@mail\.example\.test now\.$/);
    await told(romeo, /^Your own address is montecchi@/);
    await say(juliet, 'address montecchi', /^This name is in use/);
    expect(await say(juliet, 'address list', /montecchi/)).toBe('juliet@example.test wants monteccni@mail.example.test\nromeo@example.test has montecchi@mail.example.test');
  });

  it('is written to like any address, and answered by', async () => {
    await write('Montecchi@mail.example.test', 'to the own address', 'tybalt');
    const stanza = await romeo.waitFor(hasBody('to the own address'), DEADLINE);
    expect(stanza.getChildText('body')).toBe('to the own address');
    romeo.send(chat(contact('tybalt'), 'a1', 'an answer by the own address'));
    const answer = await sent('an answer by the own address');
    expect(answer.raw).toMatch(/^From: .*montecchi@mail\.example\.test>?\r$/m);
    expect(answer.raw).not.toMatch(/romeo@|Jabber-ID/);
    expect(answer.from).toMatch(/^bounces\+.*@mail\.example\.test$/);
  });

  it('is written by, but a mail to the plain address is answered by that', async () => {
    romeo.send(chat(contact('paris'), 'p1', 'a first letter'));
    expect((await sent('a first letter')).raw).toMatch(/^From: .*montecchi@mail\.example\.test>?\r$/m);
    await write('romeo@mail.example.test', 'to the plain address', 'benvolio');
    expect((await romeo.waitFor(hasBody('to the plain address'), DEADLINE)).getChildText('body')).toBe('to the plain address');
    romeo.send(chat(contact('benvolio'), 'a2', 'an answer by the plain one'));
    expect((await sent('an answer by the plain one')).raw).toMatch(/^From: .*romeo@mail\.example\.test>?\r$/m);
    await say(romeo, 'identity plain', /^You write as romeo@/);
    await write('montecchi@mail.example.test', 'once more to the own', 'mercutio');
    await romeo.waitFor(hasBody('once more to the own'), DEADLINE);
    romeo.send(chat(contact('mercutio'), 'a3', 'by the own one all the same'));
    expect((await sent('by the own one all the same')).raw).toMatch(/^From: .*montecchi@mail\.example\.test>?\r$/m);
    await say(romeo, 'identity own', /^You write as montecchi@/);
  });

  it('stands in a conversation of several, whose answers reach each once', async () => {
    const { juliet } = stage;
    const alias = await say(juliet, 'alias new ball', /^juliet\+ball/);
    await write(['montecchi@mail.example.test', alias, 'juliet@mail.example.test'], 'to all of you', 'escalus', { Cc: 'paris@montague.test' });
    await romeo.waitFor(hasBody('to all of you'), DEADLINE);
    await juliet.waitFor(hasBody('to all of you'), DEADLINE);
    romeo.send(chat(contact('escalus'), 'g1', '/all an answer to everybody'));
    const copy = await stage.world.outside.waitForMail((mail) => mailTo('paris@montague.test')(mail) && mail.raw.includes('an answer to everybody'), DEADLINE);
    const { from, to, cc } = await readSunk(copy);
    expect(from?.text).toContain('montecchi@mail.example.test');
    expect([to, cc].flat().map((field) => field?.text).join(' ')).not.toMatch(/romeo@|montecchi@/);
    expect(copy.raw).toContain(alias);
    await juliet.waitFor(hasBody('an answer to everybody'), DEADLINE);
    romeo.send(chat(contact('escalus'), 'g2', 'and another'));
    await juliet.waitFor(hasBody('and another'), DEADLINE);
    expect(juliet.received.filter((stanza) => stanza.getChildText('body')?.endsWith('an answer to everybody'))).toHaveLength(1);
    romeo.send(chat(contact('escalus'), 'g3', '/one'));
    await romeo.waitFor(hasBody('go to escalus@montague.test only'), DEADLINE);
  });

  it('is set by a form too', async () => {
    const { server } = stage.world;
    const command = (action: xml.Element[] = []) => xml('iq', { type: 'set', to: server.component }, xml('command', { xmlns: 'http://jabber.org/protocol/commands', node: 'address', action: 'execute' }, ...action));
    const answer = await romeo.request(command());
    const form = answer.getChild('command')?.getChild('x', 'jabber:x:data');
    expect(form?.getChildren('field').find(({ attrs }) => attrs.var === 'address')?.getChildText('value')).toBe('montecchi');
  });

  it('is given up, and nobody else gets it', async () => {
    const { juliet } = stage;
    await say(romeo, 'alias remove montecchi', /Write "address none"/);
    await say(romeo, 'address none', /It stays yours/);
    await expect(write('montecchi@mail.example.test', 'too late', 'tybalt')).rejects.toThrow(/550 5\.1\.1 .*no longer in use/);
    await say(juliet, 'address montecchi', /^This name is in use/);
    await say(romeo, 'identity', /^You write as romeo@/);
    await say(romeo, 'address montecchi', /^Your own address is montecchi@/);
    await write('montecchi@mail.example.test', 'in time again', 'tybalt');
    await romeo.waitFor(hasBody('in time again'), DEADLINE);
    romeo.received.length = 0;
    await say(juliet, 'address refuse montecchi', /nobody's now/);
    await told(romeo, /has taken the address montecchi@/);
  });
});
