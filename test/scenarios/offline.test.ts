/** Messages to somebody who is away wait, and come home in order; or go as the user has said (rows A3, E2, E7). */
import { beforeAll, describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient, type ClientOptions, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { become, befriend, killServer } from './attendance.js';
import { command } from './commands.js';
import { chat, DEADLINE, hasBody, isErrorOn, condition, mailTo } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const SENDERS = ['romeo', 'mercutio', 'benvolio'];
const LONG = 40_000;
const QUOTA = 80;

interface Held {
  readonly recipient: string;
  readonly held?: { readonly why: string; readonly user: string };
}

describe.each(SERVERS)('who is away on %s', (kind) => {
  const stage = setStage(kind, { offline: `quota = ${QUOTA}\nkeep = "4s"`, smtp_out: 'warn = "1s"' });
  let count = 0;

  const waiting = async (user = 'juliet'): Promise<Held[]> => {
    const { out } = await command(stage.world.gateway, 'queue', 'list', '--json', '--limit', '1000', '--config', stage.world.gateway.configPath);
    return (JSON.parse(out) as Held[]).filter(({ recipient }) => recipient.startsWith(`${user}@`));
  };
  const post = async (body: string, to = 'juliet', sender = 'romeo'): Promise<void> => {
    const from = `${sender}@montague.test`;
    await stage.world.post({ from, to: `${to}@${stage.world.server.component}` }, mailText({ From: from, To: to, 'Message-ID': `<${++count}.${kind}@montague.test>` }, body));
  };
  const postMany = async (words: string, many: number): Promise<string[]> => {
    const bodies = Array.from({ length: many }, (_, i) => `${words} ${i}.`);
    for (const [i, body] of bodies.entries()) await post(body, 'juliet', SENDERS[i % SENDERS.length]);
    return bodies;
  };
  const comes = async (options?: ClientOptions): Promise<TestClient> => (stage.juliet = await connectClient(stage.world.server, 'juliet', { live: true, ...options }));
  const leaves = async (): Promise<void> => {
    await waitUntil('all of it is home', async () => (await waiting()).length === 0, DEADLINE);
    await stage.juliet.close();
    await become(stage, '1 0');
  };
  const bodies = (client: TestClient, words: string): string[] => client.received.filter(hasBody(words)).map((stanza) => stanza.getChildText('body') ?? '');
  const all = (client: TestClient, words: string, many: number): Promise<unknown> =>
    waitUntil(`all ${many} of "${words}" are there`, () => new Set(bodies(client, words)).size === many, LONG).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${bodies(client, words).length}`);
    });
  const says = async (line: string): Promise<string> => {
    const before = stage.juliet.received.length;
    stage.juliet.send(chat(stage.world.server.component, `says-${++count}`, line));
    const answer = await stage.juliet.waitFor((stanza) => stage.juliet.received.indexOf(stanza) >= before && stanza.is('message') && stanza.attrs.from === stage.world.server.component, DEADLINE);
    return answer.getChildText('body') ?? '';
  };

  beforeAll(async () => {
    await befriend(stage.juliet, stage.world.server.component);
    await become(stage, '1 1');
    expect(await says('keep 1')).toBe('Messages wait for you for 1 days.');
    await leaves();
  });

  it('gets what waited in order, over all senders, with stamps, and not with a negative priority', async () => {
    const sent = await postMany('waited', 12);
    const held = await waiting();
    expect(held).toHaveLength(12);
    expect(held[0]?.held).toEqual({ why: 'away', user: stage.world.server.users.juliet.jid });
    const client = await comes({ presence: xml('presence', {}, xml('priority', {}, '-1')) });
    await client.request(xml('iq', { type: 'get', to: stage.world.server.component }, xml('ping', { xmlns: 'urn:xmpp:ping' })));
    expect(await waiting()).toHaveLength(12);
    client.send(xml('presence'));
    await all(client, 'waited', 12);
    expect(bodies(client, 'waited')).toEqual(sent);
    expect(client.received.filter(hasBody('waited')).every((stanza) => stanza.getChild('delay', 'urn:xmpp:delay') !== undefined)).toBe(true);
    await waitUntil('nothing waits', async () => (await waiting()).length === 0, DEADLINE);
  }, LONG);

  it('who goes half way gets the rest the next time, in order', async () => {
    await leaves();
    const sent = await postMany('half way', 60);
    const first = await comes();
    await first.waitFor(hasBody('half way 5.'), DEADLINE);
    first.destroy();
    const seen = bodies(first, 'half way');
    await become(stage, '1 0');
    expect((await waiting()).length).toBeGreaterThan(0);
    const second = await comes();
    await waitUntil('nothing waits', async () => (await waiting()).length === 0, LONG);
    const later = bodies(second, 'half way');
    expect(new Set([...seen, ...later])).toEqual(new Set(sent));
    // What the XMPP server kept of the chunk under way comes first, and comes again in its place.
    const last = [...new Set([...later].reverse())].reverse();
    expect(last).toEqual(sent.slice(-last.length));
  }, LONG);

  it('loses nothing when the gateway is killed while they wait, and while they go home', async () => {
    await leaves();
    const sent = await postMany('killed', 60);
    await stage.world.gateway.kill();
    await stage.world.gateway.start();
    await become(stage, '1 0');
    expect(await waiting()).toHaveLength(60);
    const client = await comes();
    await client.waitFor(hasBody('killed 3.'), DEADLINE);
    await stage.world.gateway.kill();
    await stage.world.gateway.start();
    await all(client, 'killed', 60);
    expect([...new Set(bodies(client, 'killed'))]).toEqual(sent);
  }, LONG);

  it('loses nothing when the XMPP server is killed', async () => {
    await leaves();
    const sent = await postMany('server', 30);
    await killServer(stage);
    await become(stage, '1 0');
    expect(await waiting()).toHaveLength(30);
    const client = await comes();
    await all(client, 'server', 30);
    expect([...new Set(bodies(client, 'server'))]).toEqual(sent);
  }, LONG);

  it('has policies, by chat command', async () => {
    expect(await says('offline refuse')).toContain('refused');
    await leaves();
    await expect(post('refused while away')).rejects.toThrow(/550 5\.2\.1/);
    const romeo = await connectClient(stage.world.server, 'romeo');
    romeo.send(chat(`juliet@${stage.world.server.component}`, 'chat-while-away', 'refused while away'));
    expect(condition(await romeo.waitFor(isErrorOn('chat-while-away'), DEADLINE))).toBe('cancel service-unavailable');
    await romeo.close();
    await comes();
    await become(stage, '1 1');
    expect(await says('offline pass')).toContain('handed to your chat server');
    await leaves();
    await post('kept by the server');
    await waitUntil('it is with the server', async () => (await waiting()).length === 0, DEADLINE);
    await (await comes()).waitFor(hasBody('kept by the server'), DEADLINE);
    await become(stage, '1 1');
    expect(await says('offline nonsense')).toContain('one of auto');
    await says('offline auto');
    expect(await says('quiet 00:00-23:59 UTC')).toBe('Messages wait from 00:00 to 23:59 UTC.');
    await post('in quiet hours');
    await waitUntil('it waits', async () => (await waiting()).length === 1, DEADLINE);
    expect(await says('quiet off')).toBe('You have no quiet hours.');
    await stage.juliet.close();
    await become(stage, '1 0');
    await (await comes()).waitFor(hasBody('in quiet hours'), DEADLINE);
  }, LONG);

  it('refuses the newest when too much waits, by mail and by chat', async () => {
    await leaves();
    const sent = await postMany('quota', QUOTA);
    await expect(post('one too many')).rejects.toThrow(/452 4\.2\.2/);
    const romeo = await connectClient(stage.world.server, 'romeo');
    romeo.send(chat(`juliet@${stage.world.server.component}`, 'one-too-many-chats', 'one too many'));
    expect(condition(await romeo.waitFor(isErrorOn('one-too-many-chats'), DEADLINE))).toBe('wait resource-constraint');
    await romeo.close();
    const client = await comes();
    await all(client, 'quota', QUOTA);
    expect(bodies(client, 'quota')).toEqual(sent);
  }, LONG);

  it('a report waits for who is offline', async () => {
    stage.world.outside.behave('rcpt', (to) => (to.startsWith('nobody') ? { answer: '550 5.1.1 no such user' } : 'accept'));
    await waitUntil('all of it is home', async () => (await waiting()).length === 0, DEADLINE);
    stage.world.gateway.signal('SIGSTOP');
    stage.juliet.send(chat(stage.world.romeo.replace('romeo', 'nobody'), 'to-be-reported', 'Where are you?'));
    await stage.juliet.close();
    stage.world.gateway.signal('SIGCONT');
    await become(stage, '1 0');
    // The welcome waits as well, and says nothing of the report.
    await waitUntil('the report waits', async () => (await waiting()).some(({ recipient, held }) => recipient.includes('/') && held?.why === 'away'), DEADLINE);
    await (await comes()).waitFor(isErrorOn('to-be-reported'), DEADLINE);
  }, LONG);

  it('tells the sender when nobody came for it', async () => {
    const romeo = await connectClient(stage.world.server, 'romeo');
    await befriend(romeo, stage.world.server.component);
    await become(stage, '2 2');
    await romeo.close();
    await become(stage, '2 1');
    const before = stage.world.outside.mails.length;
    await post('nobody comes for it', 'romeo', 'tybalt');
    // Not by the command, which may take longer to start than the message is kept.
    expect(await stage.world.gateway.metrics()).toContain('stanzapost_queue_waiting{outlet="xmpp"} 1\n');
    const told = await stage.world.outside.waitForMail(mailTo('tybalt@montague.test'), DEADLINE);
    expect(told.raw).toContain('Status: 5.4.7');
    expect(stage.world.outside.mails.slice(before).filter(mailTo('tybalt@montague.test'))).toHaveLength(1);
  }, LONG);
});
