/** The server's optional module: ordinary chat to somebody who is offline reaches his mailbox, and his answer the writer's chat. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient, type TestClient } from '../servers/client.js';
import type { SunkMail } from '../servers/smtp-sink.js';
import { waitUntil } from '../servers/wait.js';
import { chat, DEADLINE, hasBody, readSunk } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const MAILBOX = 'romeo@montague.test';
const says = (words: string) => (mail: SunkMail): boolean => mail.to.includes(MAILBOX) && mail.raw.includes(words);

const ping = (to: string): xml.Element => xml('iq', { type: 'get', to }, xml('ping', { xmlns: 'urn:xmpp:ping' }));

/** Until the server knows that he has: what comes to a session that is just ending it may keep and bring back late. */
async function leaves(client: TestClient, asker: TestClient): Promise<void> {
  await client.close();
  await waitUntil(`nobody is ${client.jid}`, async () => (await asker.request(ping(client.jid))).attrs.type === 'error', DEADLINE);
}

describe.each(SERVERS)('the module on %s', (kind) => {
  const stage = setStage(kind, {}, 'smtp', { offlineCopies: true });
  const gateway = (): string => stage.world.server.component;
  const mailed = (words: string): Promise<SunkMail> => stage.world.outside.waitForMail(says(words), DEADLINE);
  let romeo: TestClient;

  const ask = async (line: string, answer: string): Promise<void> => {
    romeo.send(xml('message', { type: 'chat', to: gateway() }, xml('body', {}, line)));
    await romeo.waitFor(hasBody(answer), DEADLINE);
  };

  beforeAll(async () => {
    romeo = await connectClient(stage.world.server, 'romeo');
    await ask(`mailbox ${MAILBOX}`, 'A code goes to');
    await ask(/Code: (\d{4} \d{4})/.exec((await mailed('Code: ')).raw)?.[1] ?? '', 'is your mailbox now');
  });
  afterAll(() => romeo.close());

  it('hands over nothing of those who have not asked for it', async () => {
    const { juliet, world } = stage;
    await leaves(romeo, juliet);
    juliet.send(chat(world.server.users.romeo.jid, 'before-he-asked', 'Is he there?'));
    // It is kept by now.
    await juliet.request(ping(world.server.domain));
    romeo = await connectClient(world.server, 'romeo');
    await romeo.waitFor(hasBody('Is he there?'), DEADLINE);
    await ask('offline mailbox', 'go to your mailbox');
    expect(world.outside.mails.some(says('Is he there?'))).toBe(false);
  });

  it('brings what is written to an offline user to his mailbox, and his answer back into chat', async () => {
    const { juliet, world } = stage;
    await leaves(romeo, juliet);
    juliet.send(chat(world.server.users.romeo.jid, 'written-while-away', 'Thy window is dark.'));
    const mail = await readSunk(await mailed('Thy window is dark.'));
    expect(mail.from?.value[0]?.address).toBe(`juliet@${gateway()}`);
    const head = { From: MAILBOX, To: `juliet@${gateway()}`, Subject: `Re: ${mail.subject ?? ''}`, 'Message-ID': '<dark@montague.test>', 'In-Reply-To': mail.messageId ?? '' };
    await world.post({ from: MAILBOX, to: `juliet@${gateway()}` }, mailText(head, 'I am at friar Laurence.'));
    const answer = await juliet.waitFor(hasBody('friar Laurence'), DEADLINE);
    expect(answer.attrs.from).toBe(`romeo@${gateway()}`);
    expect(answer.getChild('reply', 'urn:xmpp:reply:0')?.attrs.id).toBe('written-while-away');

    romeo = await connectClient(world.server, 'romeo');
    await romeo.waitFor(hasBody('Thy window is dark.'), DEADLINE);
    juliet.send(chat(world.server.users.romeo.jid, 'he-is-back-again', 'There thou art.'));
    await romeo.waitFor(hasBody('There thou art.'), DEADLINE);
    expect(world.outside.mails.some(says('There thou art.'))).toBe(false);
  });

  it('is believed only where the server itself speaks', async () => {
    const { juliet, world } = stage;
    const copy = (id: string, attrs: Record<string, string>): xml.Element =>
      xml('message', { id, to: gateway(), ...attrs }, xml('offline', { xmlns: 'urn:stanzapost:offline:0' }), xml('forwarded', { xmlns: 'urn:xmpp:forward:0' },
        xml('message', { xmlns: 'jabber:client', from: world.server.users.juliet.jid, to: world.server.users.romeo.jid, type: 'chat' }, xml('body', {}, 'A forged copy.'))));
    juliet.send(copy('a-forged-copy', {}));
    juliet.send(chat(`friar%montague.test@${gateway()}`, 'after-the-forgery', 'What was that?'));
    await world.outside.waitForMail(({ raw }) => raw.includes('What was that?'), DEADLINE);
    expect(world.outside.mails.some(({ raw }) => raw.includes('A forged copy.'))).toBe(false);
  });

  it('loses nothing while the gateway is away', async () => {
    const { juliet, world } = stage;
    await leaves(romeo, juliet);
    await world.gateway.stop();
    juliet.send(chat(world.server.users.romeo.jid, 'the-gateway-is-away', 'Nobody copies this.'));
    await juliet.request(ping(world.server.domain));
    expect(juliet.received.some((stanza) => stanza.is('message') && stanza.attrs.type === 'error')).toBe(false);
    romeo = await connectClient(world.server, 'romeo');
    await romeo.waitFor(hasBody('Nobody copies this.'), DEADLINE);
    await world.gateway.start();
  });
});

describe.each(SERVERS)('what the module on %s hands over', (kind) => {
  const stage = setStage(kind, { limits: 'chat_inbox = "4/1h"' }, 'smtp', { offlineCopies: true });
  const gateway = (): string => stage.world.server.component;
  const mails = (words: string): number => stage.world.outside.mails.filter(says(words)).length;
  let romeo: TestClient;
  const ask = async (line: string, answer: string): Promise<void> => {
    romeo.send(xml('message', { type: 'chat', to: gateway() }, xml('body', {}, line)));
    await romeo.waitFor(hasBody(answer), DEADLINE);
  };
  /** What comes after it in the stream is answered after it. */
  const settled = async (): Promise<void> => {
    stage.juliet.send(chat(gateway(), 'is-it-all-done', 'burst'));
    await stage.juliet.waitFor(hasBody('Each line is sent at once.'), DEADLINE);
  };

  beforeAll(async () => {
    romeo = await connectClient(stage.world.server, 'romeo');
    await ask(`mailbox ${MAILBOX}`, 'A code goes to');
    const { raw } = await stage.world.outside.waitForMail(says('Code: '), DEADLINE);
    await ask(/Code: (\d{4} \d{4})/.exec(raw)?.[1] ?? '', 'is your mailbox now');
    await ask('offline mailbox', 'go to your mailbox');
  });
  afterAll(() => romeo.close());

  it('is mailed up to the limits; the rest stays with the server, no error comes, and nothing is lost', async () => {
    const { juliet, world } = stage;
    await leaves(romeo, juliet);
    const lines = Array.from({ length: 8 }, (_, i) => `line ${i} in the dark`);
    lines.forEach((line, i) => juliet.send(chat(world.server.users.romeo.jid, `in-the-dark-${i}`, line)));
    await world.outside.waitForMail(says('line 3 in the dark'), DEADLINE);
    await settled();
    expect(await world.gateway.metrics()).toContain('stanzapost_limit_refusals_total{limit="chat_inbox"} 4');
    romeo = await connectClient(world.server, 'romeo');
    for (const line of lines) await romeo.waitFor(hasBody(line), DEADLINE);
    expect(mails('in the dark')).toBe(4);
    expect(juliet.received.filter((stanza) => stanza.is('message') && stanza.attrs.type === 'error')).toEqual([]);
  });
});
