/** Telephone numbers: bound by a code that goes by SMS, then found by mail and by chat (row D2). */
import xml from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient, type TestClient } from '../servers/client.js';
import { setStage } from './stage.js';
import { DEADLINE, hasBody } from './stanzas.js';
import { mailText, SERVERS } from './world.js';

const NUMBER = '+15551234567';

describe.each(SERVERS)('a phone number on %s', (kind) => {
  const stage = setStage(kind, { sms: 'mail = "{number}@sms.example.net"\nprefixes = ["+1"]' });
  let romeo: TestClient | undefined;
  const peer = (): TestClient => {
    if (romeo === undefined) throw new Error('romeo is not there');
    return romeo;
  };
  beforeAll(async () => {
    romeo = await connectClient(stage.world.server, 'romeo');
  });
  afterAll(async () => romeo?.close());

  const here = (local = NUMBER): string => `${local}@${stage.world.server.component}`;
  const say = async (line: string, answer: RegExp, client = stage.juliet): Promise<string> => {
    client.received.length = 0;
    client.send(xml('message', { type: 'chat', to: stage.world.server.component }, xml('body', {}, line)));
    return (await client.waitFor((stanza) => answer.test(stanza.getChildText('body') ?? ''), DEADLINE)).getChildText('body') ?? '';
  };
  const chat = (client: TestClient, to: string, body: string): string => {
    const id = `id-${body.replace(/\W/g, '-')}`;
    client.send(xml('message', { type: 'chat', to, id }, xml('body', {}, body), xml('request', { xmlns: 'urn:xmpp:receipts' })));
    return id;
  };
  const codes = new Set<string>();
  const mails: string[] = [];
  const nextCode = async (): Promise<string> => {
    const isNew = ({ to, raw }: { to: readonly string[]; raw: string }): boolean => to.includes('15551234567@sms.example.net') && !codes.has(/Code: (\d{4} \d{4})/.exec(raw)?.[1] ?? '');
    const { raw } = await stage.world.outside.waitForMail(isNew, DEADLINE);
    mails.push(raw);
    const code = /Code: (\d{4} \d{4})/.exec(raw)?.[1] ?? '';
    codes.add(code);
    return code;
  };
  const post = (to: string, body: string): Promise<void> =>
    stage.world.post({ from: 'benvolio@montague.test', to }, mailText({ From: 'benvolio@montague.test', To: to, Subject: 'By number', 'Message-ID': `<${body.replace(/\W/g, '-')}@montague.test>` }, body));

  it('is nobody\'s at first, for mail and for chat', async () => {
    await expect(post(here(), 'to nobody')).rejects.toThrow(/550 5\.1\.1 .*phone number/);
    const id = chat(peer(), here(), 'to nobody by chat');
    const error = await peer().waitFor((stanza) => stanza.attrs.id === id && stanza.attrs.type === 'error', DEADLINE);
    expect(error.attrs.from).toBe(here());
    expect(error.getChild('error')?.getChild('item-not-found')).toBeDefined();
  });

  it('is bound by the code that was sent to it, and by no other', async () => {
    await say('phone +1 (555) 123-4567', /^A code goes to \+15551234567 now/);
    const code = await nextCode();
    expect(mails.at(-1)).toMatch(/^From: .*postmaster@.*\r\nTo: 15551234567@sms\.example\.net\r$/m);
    expect(mails.at(-1)).toMatch(/\r\n\r\nCode: \d{4} \d{4}\r\nWrite it to \S+ in chat within an hour\.\r\nIf you did not ask for it, ignore it\.\r\n$/);
    await say(`${code.startsWith('0') ? '1' : '0'}${code.slice(1)}`, /This is not the code. You have 4 more tries/);
    await expect(post(here(), 'too early')).rejects.toThrow(/550/);
    await say(code, /^\+15551234567 is your phone number now\.$/);
    expect(await say('phone', /\+1555/)).toBe(NUMBER);
    await say('phone +49 151 12345678', /no codes to numbers of this kind/);
  });

  it('gets mail to its owner, whose answer comes from the number', async () => {
    const { juliet, world } = stage;
    await post(here(), 'a mail by number');
    const mail = await juliet.waitFor(hasBody('a mail by number'), DEADLINE);
    expect(mail.getChildText('body')).toContain(`[to ${here()}]`);
    chat(juliet, mail.attrs.from ?? '', 'an answer by number');
    const { raw } = await world.outside.waitForMail((one) => one.raw.includes('an answer by number'), DEADLINE);
    expect(raw).toMatch(new RegExp(`^From: .*<?\\${here()}>?\\r$`, 'm'));
    expect(raw).not.toContain(`juliet@${world.server.component}`);
  });

  it('gets chat to its owner, who is seen as the number and not by name', async () => {
    const { juliet, world } = stage;
    chat(peer(), here(), 'a line by number');
    const line = await juliet.waitFor(hasBody('a line by number'), DEADLINE);
    expect(line.attrs.from).toBe(`romeo@${world.server.component}`);
    juliet.send(xml('message', { type: 'chat', to: line.attrs.from }, xml('received', { xmlns: 'urn:xmpp:receipts', id: line.attrs.id })));
    const receipt = await peer().waitFor((stanza) => stanza.getChild('received')?.attrs.id === 'id-a-line-by-number', DEADLINE);
    expect(receipt.attrs.from).toBe(here());
    chat(juliet, line.attrs.from ?? '', 'an answer in chat');
    const answer = await peer().waitFor(hasBody('an answer in chat'), DEADLINE);
    expect(answer.attrs.from).toBe(here());
    chat(juliet, line.attrs.from ?? '', 'and one more');
    expect((await peer().waitFor(hasBody('and one more'), DEADLINE)).attrs.from).toBe(here());
    expect(peer().received.map(String).join('\n')).not.toContain(world.server.users.juliet.jid);
  });

  it('is kept over a restart', async () => {
    await stage.world.gateway.kill();
    await stage.world.gateway.start();
    await post(here(), 'after the restart');
    await stage.juliet.waitFor(hasBody('after the restart'), DEADLINE);
    chat(stage.juliet, `romeo@${stage.world.server.component}`, 'still by number');
    expect((await peer().waitFor(hasBody('still by number'), DEADLINE)).attrs.from).toBe(here());
  });

  it('is seen when its owner answers from his mailbox', async () => {
    const { juliet, world } = stage;
    await say('mailbox benvolio@montague.test', /^A code goes/);
    const asked = await world.outside.waitForMail(({ to, raw }) => to.includes('benvolio@montague.test') && raw.includes('Code: '), DEADLINE);
    await say(/Code: (\d{4} \d{4})/.exec(asked.raw)?.[1] ?? '', /is your mailbox now/);
    chat(peer(), here(), '/mail a line by mail');
    const { raw } = await world.outside.waitForMail((one) => one.to.includes('benvolio@montague.test') && one.raw.includes('a line by mail'), DEADLINE);
    const id = /^Message-ID: (.*)\r$/m.exec(raw)?.[1] ?? '';
    const from = `romeo@${world.server.component}`;
    await world.post({ from: 'benvolio@montague.test', to: from }, mailText({ From: 'benvolio@montague.test', To: from, Subject: 'Re: by mail', 'Message-ID': '<out@montague.test>', 'In-Reply-To': id }, 'from the mailbox'));
    expect((await peer().waitFor(hasBody('from the mailbox'), DEADLINE)).attrs.from).toBe(here());
    expect(peer().received.map(String).join('\n')).not.toContain(`juliet@${world.server.component}`);
    await say('mailbox remove benvolio@montague.test', /no mailbox of yours/, juliet);
  });

  it('is found by who types it', async () => {
    const typed = await peer().request(xml('iq', { type: 'set', to: stage.world.server.component }, xml('query', { xmlns: 'jabber:iq:gateway' }, xml('prompt', {}, '+1 555 123-4567'))));
    expect(typed.getChild('query')?.getChildText('jid')).toBe(here());
  });

  it('passes to who shows that it is his, and the former owner is told', async () => {
    const { juliet } = stage;
    await say(`phone ${NUMBER}`, /^A code goes/, peer());
    juliet.received.length = 0;
    await say(await nextCode(), /is your phone number now/, peer());
    await juliet.waitFor(hasBody(`${NUMBER} is no phone number of yours any more: somebody else has shown that it is his.`), DEADLINE);
    chat(juliet, here(), 'to its new owner');
    await peer().waitFor(hasBody('to its new owner'), DEADLINE);
  });

  it('is nobody\'s when it was removed', async () => {
    await say(`phone remove ${NUMBER}`, /no phone number of yours any more/, peer());
    await expect(post(here(), 'too late')).rejects.toThrow(/550 5\.1\.1/);
    await say(`phone ${NUMBER}`, /^A code goes/);
    await say(await nextCode(), /is your phone number now/);
    await post(here(), 'in time');
    await say('unregister yes', /./);
    await expect.poll(() => post(`${NUMBER}@${stage.world.server.component}`, 'too late again').then(() => 'taken', (error: unknown) => String(error)), { timeout: DEADLINE }).toMatch(/550 5\.1\.1/);
  });
});
