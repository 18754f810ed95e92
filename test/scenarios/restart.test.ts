/** Promises 1, 3, 4 and 5 while processes die: what was accepted arrives, in order, rarely twice. */
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { bodyOf, chat, DEADLINE, hasBody, mailTo } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const ROMEO = 'romeo@montague.test';
const LONG = 30_000;

describe.each(SERVERS)('when things die on %s', (kind) => {
  const stage = setStage(kind, { smtp_out: 'retry = ["1s"]' });
  const toJuliet = (): { from: string; to: string } => ({ from: ROMEO, to: `juliet@${stage.world.server.component}` });
  const mail = (id: string, body: string): string => mailText({ From: ROMEO, To: 'juliet', 'Message-ID': `<${id}@montague.test>` }, body);
  const bodies = (text: string): string[] => stage.juliet.received.filter(hasBody(text)).map((s) => s.getChildText('body') ?? '');

  it('keeps a mail that was answered 250 through kill -9, with no XMPP server to take it (promise 1)', async () => {
    await stage.juliet.close();
    await stage.world.server.stop();
    await stage.world.post(toJuliet(), mail('kept', 'kept through kill -9'));
    await stage.world.gateway.kill();
    await stage.world.server.start();
    stage.juliet = await connectClient(stage.world.server, 'juliet');
    await stage.world.gateway.start();
    await stage.juliet.waitFor(hasBody('kept through kill -9'), DEADLINE);
  }, LONG);

  it('keeps a chat message through kill -9 once it is stored, with no relay to take it (promise 1)', async () => {
    stage.world.outside.behave('mail', () => ({ answer: '451 4.3.0 not now' }));
    stage.juliet.send(chat(stage.world.romeo, 'chat-kept-through-kill', 'chat kept through kill -9'));
    await waitUntil('it was tried', () => stage.world.outside.seen.filter((line) => line.startsWith('mail bounces')).length > 0, DEADLINE);
    await stage.world.gateway.kill();
    stage.world.outside.behave('mail', 'accept');
    await stage.world.gateway.start();
    await stage.world.outside.waitForMail(({ raw }) => raw.includes('chat kept through kill'), DEADLINE);
  }, LONG);

  it('sends again what a dying server never took, though the socket had taken it (promise 3)', async () => {
    const count = 60;
    const { pid } = stage.world.server;
    if (pid === undefined) throw new Error('the server does not run');
    process.kill(pid, 'SIGSTOP');
    for (let i = 0; i < count; i++) await stage.world.post(toJuliet(), mail(`unread-${i}`, `unread ${i}.`));
    // Juliet is there before it is sent again: what goes through a server's offline store is not ours to promise.
    stage.world.gateway.signal('SIGSTOP');
    await stage.world.server.kill();
    await stage.world.server.start();
    stage.juliet = await connectClient(stage.world.server, 'juliet');
    stage.world.gateway.signal('SIGCONT');
    const arrived = (): Set<string> => new Set(bodies('unread '));
    await waitUntil('all of it arrived', () => arrived().size === count, LONG).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${arrived().size} of ${count}`);
    });
  }, 2 * LONG);

  it('takes the same message once (promise 4)', async () => {
    // Nobody has written from there: an answer at this pace would be a machine's.
    const contact = `repeat%montague.test@${stage.world.server.component}`;
    const line = chat(contact, 'the-same-stanza-id-twice', 'said once');
    stage.juliet.send(line);
    stage.juliet.send(line);
    stage.juliet.send(chat(contact, 'marker-after-repeat-1', 'marker after the repeat'));
    await stage.world.outside.waitForMail(({ raw }) => raw.includes('marker after the repeat'), DEADLINE);
    expect(stage.world.outside.mails.filter((sunk) => bodyOf(sunk).includes('said once'))).toHaveLength(1);

    await stage.world.post(toJuliet(), mail('twice', 'mailed once'));
    await stage.world.post(toJuliet(), mail('twice', 'mailed once'));
    await stage.world.post(toJuliet(), mail('marker', 'marker mail'));
    await stage.juliet.waitFor(hasBody('marker mail'), DEADLINE);
    expect(bodies('mailed once')).toHaveLength(1);
  }, LONG);

  it('keeps the order of a pair through retries (promise 5)', async () => {
    let refusals = 3;
    stage.world.outside.behave('mail', () => (refusals-- > 0 ? { answer: '450 4.2.0 wait a little' } : 'accept'));
    const to = `ordered%montague.test@${stage.world.server.component}`;
    for (let i = 0; i < 8; i++) stage.juliet.send(chat(to, `ordered-message-${i}`, `ordered line ${i}.`));
    await stage.world.outside.waitForMail((sunk) => bodyOf(sunk).includes('ordered line 7.'), DEADLINE);
    const lines = stage.world.outside.mails.filter(mailTo('ordered@montague.test')).map((sunk) => bodyOf(sunk).trim());
    expect(lines).toEqual(Array.from({ length: 8 }, (_, i) => `ordered line ${i}.`));
  }, LONG);

  it('keeps subscriptions through a restart, answers probes, and forgets who leaves', async () => {
    const presenceOf = (type: string | undefined) => (s: xml.Element): boolean => s.is('presence') && s.attrs.from === stage.world.romeo && s.attrs.type === type;
    // Prosody tells only a client that has asked for its roster of `subscribed` (RFC 6121 §3.1.6).
    await stage.juliet.request(xml('iq', { type: 'get' }, xml('query', { xmlns: 'jabber:iq:roster' })));
    stage.juliet.send(xml('presence', { to: stage.world.romeo, type: 'subscribe' }));
    await stage.juliet.waitFor(presenceOf('subscribed'), DEADLINE);
    await stage.juliet.waitFor(presenceOf(undefined), DEADLINE);
    stage.juliet.received.length = 0;
    await stage.world.gateway.stop();
    await stage.juliet.waitFor(presenceOf('unavailable'), DEADLINE);
    stage.juliet.received.length = 0;
    await stage.world.gateway.start();
    await stage.juliet.waitFor(presenceOf(undefined), DEADLINE);
    stage.juliet.send(xml('presence', { to: stage.world.romeo, type: 'unsubscribe' }));
    await stage.juliet.waitFor(presenceOf('unavailable'), DEADLINE);
    stage.juliet.received.length = 0;
    await stage.world.gateway.stop();
    await stage.world.gateway.start();
    stage.juliet.send(chat(stage.world.romeo, 'marker-after-leaving', 'marker after leaving'));
    await stage.world.outside.waitForMail(({ raw }) => raw.includes('marker after leaving'), DEADLINE);
    expect(stage.juliet.received.some(presenceOf(undefined))).toBe(false);
  }, LONG);
});
