/** Promises 1, 3, 4 and 5 while processes die: what was accepted arrives, in order, rarely twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { bodyOf, chat, DEADLINE, hasBody, mailTo } from './stanzas.js';
import { explainFailures, mailText, SERVERS, startWorld, type World } from './world.js';

const ROMEO = 'romeo@montague.test';
const LONG = 30_000;

describe.each(SERVERS)('when things die on %s', (kind) => {
  let world: World;
  let juliet: TestClient;
  const toJuliet = (): { from: string; to: string } => ({ from: ROMEO, to: `juliet@${world.server.component}` });
  const mail = (id: string, body: string): string => mailText({ From: ROMEO, To: 'juliet', 'Message-ID': `<${id}@montague.test>` }, body);
  const bodies = (text: string): string[] => juliet.received.filter(hasBody(text)).map((s) => s.getChildText('body') ?? '');

  explainFailures(() => world);
  beforeAll(async () => {
    world = await startWorld(kind, { smtp_out: 'retry = ["1s"]' });
    juliet = await connectClient(world.server, 'juliet');
  });
  afterAll(async () => {
    await juliet?.close();
    await world?.stop();
  });

  it('keeps a mail that was answered 250 through kill -9, with no XMPP server to take it (promise 1)', async () => {
    await juliet.close();
    await world.server.stop();
    await world.post(toJuliet(), mail('kept', 'kept through kill -9'));
    await world.gateway.kill();
    await world.server.start();
    juliet = await connectClient(world.server, 'juliet');
    await world.gateway.start();
    await juliet.waitFor(hasBody('kept through kill -9'), DEADLINE);
  }, LONG);

  it('keeps a chat message through kill -9 once it is stored, with no relay to take it (promise 1)', async () => {
    world.outside.behave('mail', () => ({ answer: '451 4.3.0 not now' }));
    juliet.send(chat(world.romeo, 'chat-kept-through-kill', 'chat kept through kill -9'));
    await waitUntil('it was tried', () => world.outside.seen.filter((line) => line.startsWith('mail bounces')).length > 0, DEADLINE);
    await world.gateway.kill();
    world.outside.behave('mail', 'accept');
    await world.gateway.start();
    await world.outside.waitForMail(({ raw }) => raw.includes('chat kept through kill'), DEADLINE);
  }, LONG);

  it('sends again what a dying server never took, though the socket had taken it (promise 3)', async () => {
    const count = 60;
    const { pid } = world.server;
    if (pid === undefined) throw new Error('the server does not run');
    process.kill(pid, 'SIGSTOP');
    for (let i = 0; i < count; i++) await world.post(toJuliet(), mail(`unread-${i}`, `unread ${i}.`));
    // Juliet is there before it is sent again: what goes through a server's offline store is not ours to promise.
    world.gateway.signal('SIGSTOP');
    await world.server.kill();
    await world.server.start();
    juliet = await connectClient(world.server, 'juliet');
    world.gateway.signal('SIGCONT');
    const arrived = (): Set<string> => new Set(bodies('unread '));
    await waitUntil('all of it arrived', () => arrived().size === count, LONG).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${arrived().size} of ${count}`);
    });
  }, 2 * LONG);

  it('takes the same message once (promise 4)', async () => {
    const line = chat(world.romeo, 'the-same-stanza-id-twice', 'said once');
    juliet.send(line);
    juliet.send(line);
    juliet.send(chat(world.romeo, 'marker-after-repeat-1', 'marker after the repeat'));
    await world.outside.waitForMail(({ raw }) => raw.includes('marker after the repeat'), DEADLINE);
    expect(world.outside.mails.filter((sunk) => bodyOf(sunk).includes('said once'))).toHaveLength(1);

    await world.post(toJuliet(), mail('twice', 'mailed once'));
    await world.post(toJuliet(), mail('twice', 'mailed once'));
    await world.post(toJuliet(), mail('marker', 'marker mail'));
    await juliet.waitFor(hasBody('marker mail'), DEADLINE);
    expect(bodies('mailed once')).toHaveLength(1);
  }, LONG);

  it('keeps the order of a pair through retries (promise 5)', async () => {
    let refusals = 3;
    world.outside.behave('mail', () => (refusals-- > 0 ? { answer: '450 4.2.0 wait a little' } : 'accept'));
    const to = `ordered%montague.test@${world.server.component}`;
    for (let i = 0; i < 8; i++) juliet.send(chat(to, `ordered-message-${i}`, `ordered line ${i}.`));
    await world.outside.waitForMail((sunk) => bodyOf(sunk).includes('ordered line 7.'), DEADLINE);
    const lines = world.outside.mails.filter(mailTo('ordered@montague.test')).map((sunk) => bodyOf(sunk).trim());
    expect(lines).toEqual(Array.from({ length: 8 }, (_, i) => `ordered line ${i}.`));
  }, LONG);

  it('keeps subscriptions through a restart, answers probes, and forgets who leaves', async () => {
    const presenceOf = (type: string | undefined) => (s: xml.Element): boolean => s.is('presence') && s.attrs.from === world.romeo && s.attrs.type === type;
    // Prosody tells only a client that has asked for its roster of `subscribed` (RFC 6121 §3.1.6).
    await juliet.request(xml('iq', { type: 'get' }, xml('query', { xmlns: 'jabber:iq:roster' })));
    juliet.send(xml('presence', { to: world.romeo, type: 'subscribe' }));
    await juliet.waitFor(presenceOf('subscribed'), DEADLINE);
    await juliet.waitFor(presenceOf(undefined), DEADLINE);
    juliet.received.length = 0;
    await world.gateway.stop();
    await juliet.waitFor(presenceOf('unavailable'), DEADLINE);
    juliet.received.length = 0;
    await world.gateway.start();
    await juliet.waitFor(presenceOf(undefined), DEADLINE);
    juliet.send(xml('presence', { to: world.romeo, type: 'unsubscribe' }));
    await juliet.waitFor(presenceOf('unavailable'), DEADLINE);
    juliet.received.length = 0;
    await world.gateway.stop();
    await world.gateway.start();
    juliet.send(chat(world.romeo, 'marker-after-leaving', 'marker after leaving'));
    await world.outside.waitForMail(({ raw }) => raw.includes('marker after leaving'), DEADLINE);
    expect(juliet.received.some(presenceOf(undefined))).toBe(false);
  }, LONG);
});
