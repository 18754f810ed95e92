/** Disposable and restricted addresses, and by which of them somebody writes. */
import xml from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import { DEADLINE, hasBody } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

describe.each(SERVERS)('an alias on %s', (kind) => {
  const stage = setStage(kind);
  const say = async (line: string, answer: RegExp): Promise<string> => {
    const { juliet, world } = stage;
    juliet.received.length = 0;
    juliet.send(xml('message', { type: 'chat', to: world.server.component }, xml('body', {}, line)));
    return (await juliet.waitFor((stanza) => stanza.attrs.from === world.server.component && answer.test(stanza.getChildText('body') ?? ''), DEADLINE)).getChildText('body') ?? '';
  };
  const write = (to: string, from: string, text: string, head: Record<string, string> = {}): Promise<void> =>
    stage.world.post({ from, to }, mailText({ From: from, To: to, 'Message-ID': `<${Math.random()}@x.test>`, ...head }, text));
  const sent = (text: string) => stage.world.outside.waitForMail(({ raw }) => raw.includes(text), DEADLINE);
  const chat = (text: string): void => stage.juliet.send(xml('message', { type: 'chat', to: stage.world.romeo }, xml('body', {}, text)));

  it('takes mail, says so, and is what the answer comes from', async () => {
    const { world, juliet } = stage;
    const alias = await say('alias new Shop of Verona', /@/);
    expect(alias).toMatch(/^juliet\+shop[a-z2-9]{6}@mail\.example\.test$/);
    await write(alias, 'romeo@montague.test', 'by the alias');
    const stanza = await juliet.waitFor(hasBody('by the alias'), DEADLINE);
    expect(stanza.getChildText('body')).toBe(`[to ${alias}]\n\nby the alias`);
    expect(stanza.attrs.from).toBe(world.romeo);
    chat('an answer by the alias');
    const answer = await sent('an answer by the alias');
    expect(answer.raw).toContain(alias);
    expect(answer.raw).toMatch(new RegExp(`^From: .*${alias.replace('+', '\\+')}>?\r$`, 'm'));
    expect(answer.raw).not.toMatch(/Jabber-ID|juliet@/);
    expect(answer.from).toMatch(/^bounces\+/);
  });

  it('is answered from no longer when the last mail came by the plain address', async () => {
    const { juliet, world } = stage;
    const alias = await say('alias new', /@/);
    await write(alias, 'benvolio@montague.test', 'to the alias first');
    await juliet.waitFor(hasBody('to the alias first'), DEADLINE);
    await write(`juliet@${world.server.component}`, 'benvolio@montague.test', 'by the plain one');
    expect((await juliet.waitFor(hasBody('by the plain one'), DEADLINE)).getChildText('body')).not.toContain(alias);
    juliet.send(xml('message', { type: 'chat', to: `benvolio%montague.test@${world.server.component}` }, xml('body', {}, 'an answer by the plain one')));
    expect((await sent('an answer by the plain one')).raw).toMatch(/^From: .*juliet@mail\.example\.test>?\r$/m);
  });

  it('is switched off and on, ends, and is listed', async () => {
    const alias = await say('alias new', /@/);
    await say(`alias off ${alias}`, /switched off/);
    await expect(write(alias, 'romeo@montague.test', 'too late')).rejects.toThrow(/550 5\.2\.1 .*switched off/);
    await say(`alias on ${alias.split('@')[0]}`, /anyone may write to it$/);
    await write(alias, 'romeo@montague.test', 'in time');
    await stage.juliet.waitFor(hasBody('in time'), DEADLINE);
    await say(`alias expire ${alias} 30d`, /it ends/);
    expect(await say('alias', new RegExp(alias.replace('+', '\\+')))).toMatch(/Shop of Verona/);
    await expect(write(`juliet+nobodymade@${stage.world.server.component}`, 'romeo@montague.test', 'x').then(() => 'taken')).resolves.toBe('taken');
  });

  it('takes mail from whom it is for only', async () => {
    const alias = await say('alias new verona', /@/);
    await say(`alias allow ${alias} lax.test`, /only lax\.test may write to it/);
    await expect(write(alias, 'romeo@montague.test', 'not for me')).rejects.toThrow(/550 5\.7\.1/);
    await expect(write(alias, 'x@lax.test', 'forged')).rejects.toThrow(/550 5\.7\.1/);
    await say(`alias allow ${alias} montague.test`, /only montague\.test/);
    await write(alias, 'romeo@montague.test', 'for me');
    await stage.juliet.waitFor(hasBody('for me'), DEADLINE);
    await say(`alias allow ${alias} list feud.montague.test`, /only the list feud\.montague\.test/);
    await expect(write(alias, 'romeo@montague.test', 'no list')).rejects.toThrow(/550 5\.7\.1/);
    await write(alias, 'romeo@montague.test', 'from the list', { 'List-Id': 'The feud <feud.montague.test>' });
    await stage.juliet.waitFor(hasBody('from the list'), DEADLINE);
  });

  it('is written by on wish', async () => {
    const alias = await say('alias new letters', /@/);
    await say(`identity ${alias}`, new RegExp(`^You write as ${alias.replace('+', '\\+')};`));
    stage.juliet.send(xml('message', { type: 'chat', to: `paris%montague.test@${stage.world.server.component}` }, xml('body', {}, 'a letter by the alias')));
    expect((await sent('a letter by the alias')).raw).toContain(`${alias}`);
    await say('identity plain', /^You write as juliet@mail\.example\.test;/);
  });
});
