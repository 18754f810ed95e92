/** A user who leaves: what waited for him comes, his addresses and mailboxes are gone, his contacts go, and he begins anew. */
import xml from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient, type TestClient } from '../servers/client.js';
import { setStage } from './stage.js';
import { DEADLINE, hasBody } from './stanzas.js';
import { mailText, SERVERS } from './world.js';

describe.each(SERVERS)('unregistering on %s', (kind) => {
  const stage = setStage(kind);
  let romeo: TestClient;
  let alias = '';
  const gateway = (): string => stage.world.server.component;
  const contact = (): string => `ann%montague.test@${gateway()}`;
  const ask = async (line: string, answer: string): Promise<string> => {
    romeo.send(xml('message', { type: 'chat', to: gateway() }, xml('body', {}, line)));
    return (await romeo.waitFor(hasBody(answer), DEADLINE)).getChildText('body') ?? '';
  };
  const post = (name: string, words: string, to = `romeo@${gateway()}`) =>
    stage.world.post({ from: `${name}@montague.test`, to }, mailText({ From: `${name}@montague.test`, To: to, Subject: words, 'Message-ID': `<${words.replace(/\W/g, '-')}@montague.test>` }, words));
  const refusal = (mail: Promise<unknown>): Promise<string> => mail.then(() => 'accepted', (error: unknown) => (error as { response: string }).response);
  const went = (from: string, type: string) => romeo.waitFor(({ name, attrs }) => name === 'presence' && attrs.type === type && attrs.from === from, DEADLINE);

  beforeAll(async () => {
    romeo = await connectClient(stage.world.server, 'romeo');
    // Who has not asked for his roster hears no answers to subscriptions (RFC 6121 §2.2).
    await romeo.request(xml('iq', { type: 'get' }, xml('query', { xmlns: 'jabber:iq:roster' })));
    romeo.send(xml('presence', { type: 'subscribe', to: contact() }));
    await romeo.waitFor(({ name, attrs }) => name === 'presence' && attrs.type === undefined && attrs.from === contact(), DEADLINE);
    await ask('mailbox romeo@montague.test', 'A code goes to');
    const code = /Code: (\d{4} \d{4})/.exec((await stage.world.outside.waitForMail(({ raw }) => raw.includes('Code: '), DEADLINE)).raw)?.[1] ?? '';
    await ask(code, 'is your mailbox now');
    alias = await ask('alias new shop', 'romeo+shop');
    await ask('strangers ask', 'asked about somebody new');
  });
  afterAll(() => romeo.close());

  it('says what is forgotten, and lets go what waited: for him to be there, and for his answer', async () => {
    await ask('quiet 00:00-23:59', '23:59');
    await post('ann', 'held while he sleeps');
    await post('paris', 'held for his answer');
    expect(await ask('unregister yes', 'not registered')).toMatch(/^You were not registered\. Forgotten: your settings, one mailbox, one address, one decision on who may write to you, one contact\. Mail to the addresses you had here is refused, and nobody else gets them\. [3-9] messages that waited for you go now\.$/);
    for (const words of ['held while he sleeps', 'held for his answer']) await romeo.waitFor(hasBody(words), DEADLINE);
    expect(stage.world.outside.mails.filter(({ to }) => to.includes('paris@montague.test'))).toEqual([]);
  });

  it('takes his contacts and itself away', async () => {
    for (const type of ['unsubscribed', 'unavailable']) await went(contact(), type);
    await went(gateway(), 'unavailable');
  });

  it('refuses his address at RCPT, before and after a crash, and has it for nobody', async () => {
    expect(await refusal(post('ann', 'to an address given up', alias))).toMatch(/^550 5\.1\.1 This address is no longer in use\./);
    await stage.world.gateway.kill();
    await stage.world.gateway.start();
    expect(await refusal(post('ann', 'to an address given up, again', alias))).toMatch(/^550 5\.1\.1 This address is no longer in use\./);
    expect(await ask('alias', 'no further address')).toBe('You have no further address. Write "alias new NOTE" for one.');
    await ask(`alias on ${alias}`, 'You have no such address.');
  });

  it('begins anew: with no mailbox, with what everybody has, and leaves nothing when he goes again', async () => {
    await ask('mailbox', 'no mailbox');
    await ask('strangers', 'You take mail from everybody.');
    await post('benvolio', 'comes unasked now');
    await romeo.waitFor(hasBody('comes unasked now'), DEADLINE);
    await ask('register', 'You are registered.');
    expect(await ask('unregister yes', 'no longer registered')).toBe('You are no longer registered. What little else was kept of you is gone.');
    expect(await ask('unregister yes', 'Nothing is kept')).toBe('Nothing is kept of you here.');
  });
});
