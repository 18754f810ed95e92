/** What cannot be said in chat goes to a mailbox, and the answer to that mail is chat again (rows A1, A3). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { generateKeyPairSync } from 'node:crypto';
import xml from '@xmpp/xml';
import { isFailure } from '../../src/failure.js';
import { dkimKey, dkimSign } from '../../src/smtp-out/dkim.js';
import { connectClient, type TestClient } from '../servers/client.js';
import type { SunkMail } from '../servers/smtp-sink.js';
import { become } from './attendance.js';
import { chat, DEADLINE, errorText, hasBody, isErrorOn, readSunk } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const REPLY = 'urn:xmpp:reply:0';
/** Where Romeo reads his mail. */
const MAILBOX = 'romeo@montague.test';

const says = (words: string) => (mail: SunkMail): boolean => mail.to.includes(MAILBOX) && mail.raw.includes(words);

describe.each(SERVERS)('a mailbox of a chat user on %s', (kind) => {
  const stage = setStage(kind, { smtp_out: 'burst = "1s"' });
  let romeo: TestClient;
  const gateway = (): string => stage.world.server.component;
  const contact = (local: string): string => `${local}@${gateway()}`;
  const mailed = (words: string): Promise<SunkMail> => stage.world.outside.waitForMail(says(words), DEADLINE);

  beforeAll(async () => {
    romeo = await connectClient(stage.world.server, 'romeo');
  });
  afterAll(() => romeo.close());

  it('is bound', async () => {
    const ask = (line: string): void => romeo.send(xml('message', { type: 'chat', to: gateway() }, xml('body', {}, line)));
    stage.juliet.send(chat(contact('rosaline'), 'no-mailbox-is-known', '/mail Art thou there?'));
    expect(errorText(await stage.juliet.waitFor(isErrorOn('no-mailbox-is-known'), DEADLINE))).toContain('No mailbox');
    ask(`mailbox ${MAILBOX}`);
    const code = /Code: (\d{4} \d{4})/.exec((await mailed('Code: ')).raw)?.[1] ?? '';
    ask(code);
    await romeo.waitFor(hasBody('is your mailbox now'), DEADLINE);
  });

  it('gets what another one writes with /mail, as one mail, and the answer is chat from the contact', async () => {
    const { juliet, world } = stage;
    juliet.send(chat(contact('romeo'), 'mailed-on-request-1', '/mail The feast is tonight.'));
    juliet.send(chat(contact('romeo'), 'mailed-on-request-2', '/mail Come masked.'));
    const mail = await mailed('The feast');
    const read = await readSunk(mail);
    expect(read.from?.value[0]?.address).toBe(contact('juliet'));
    expect(read.text).toContain('The feast is tonight.\nCome masked.');
    expect(read.headers.get('x-stanzapost-loop')).toBe(`${gateway()}; forwarded`);
    expect(mail.from).toMatch(/^bounces\+[0-9a-z]{26}@/);

    const answer = { From: `Romeo <${MAILBOX}>`, To: contact('juliet'), Subject: `Re: ${read.subject ?? ''}`, 'Message-ID': '<answer@montague.test>', 'In-Reply-To': read.messageId ?? '' };
    await world.post({ from: MAILBOX, to: contact('juliet') }, mailText(answer, 'I shall be there.\n\n> The feast is tonight.'));
    const told = await juliet.waitFor(hasBody('I shall be there.'), DEADLINE);
    expect(told.attrs.from).toBe(contact('romeo'));
    expect(told.getChild('reply', REPLY)?.attrs).toMatchObject({ id: 'mailed-on-request-2', to: world.server.users.juliet.jid });
    expect(told.toString()).not.toContain(MAILBOX);

    juliet.send(chat(contact('romeo'), 'mailed-on-request-3', '/mail Until tonight.'));
    const next = await readSunk(await mailed('Until tonight.'));
    expect([next.inReplyTo, next.references]).toEqual(['<answer@montague.test>', [read.messageId, '<answer@montague.test>']]);
    expect(next.subject).toBe(`Re: ${read.subject ?? ''}`);
    expect(romeo.received.some(hasBody('feast'))).toBe(false);
  });

  it('answers in the name of its owner only: not who forges it, and not a new mail', async () => {
    const { juliet, world } = stage;
    const id = (await readSunk(await mailed('Until tonight.'))).messageId ?? '';
    const head = (from: string, more: Record<string, string> = {}): Record<string, string> => ({ From: from, To: contact('juliet'), Subject: 'Hm', ...more });
    await world.post({ from: 'tybalt@montague.test', to: contact('juliet') }, mailText(head('tybalt@montague.test', { 'In-Reply-To': id }), 'Tybalt answers.'));
    expect((await juliet.waitFor(hasBody('Tybalt answers.'), DEADLINE)).attrs.from).toBe(`tybalt%montague.test@${gateway()}`);
    await world.post({ from: MAILBOX, to: contact('juliet') }, mailText(head(MAILBOX), 'Something new.'));
    expect((await juliet.waitFor(hasBody('Something new.'), DEADLINE)).attrs.from).toBe(`romeo%montague.test@${gateway()}`);
    await world.post({ from: 'x@lax.test', to: contact('juliet') }, mailText(head(MAILBOX.replace('montague', 'lax'), { 'In-Reply-To': id }), 'A forgery.'));
    expect((await juliet.waitFor(hasBody('A forgery.'), DEADLINE)).attrs.from).toBe(`romeo%lax.test@${gateway()}`);
  });

  /** The gateway sees it. */
  const leave = async (): Promise<void> => {
    await romeo.close();
    await become(stage, '1 0');
  };
  const comeBack = async (): Promise<void> => {
    romeo = await connectClient(stage.world.server, 'romeo');
    await become(stage, '1 1');
  };

  it('shows the gateway who is online', async () => {
    romeo.send(xml('presence', { type: 'subscribe', to: gateway() }));
    await romeo.waitFor((stanza) => stanza.is('presence') && stanza.attrs.type === 'subscribe', DEADLINE);
    romeo.send(xml('presence', { type: 'subscribed', to: gateway() }));
    await become(stage, '1 1');
  });

  it('gets what is written to him in chat while he is offline, and nothing while he is online', async () => {
    const { juliet, world } = stage;
    juliet.send(chat(contact('romeo'), 'while-he-is-online', 'Thou art here.'));
    await romeo.waitFor(hasBody('Thou art here.'), DEADLINE);
    await leave();
    juliet.send(chat(contact('romeo'), 'while-he-is-away', 'Thou art gone.'));
    await mailed('Thou art gone.');
    expect(world.outside.mails.some(says('Thou art here.'))).toBe(false);
    await comeBack();
  });

  it('gets mails from outside, if he wants that, as they came: their signatures hold', async () => {
    const { world } = stage;
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = dkimKey('montague.test', 's', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    if (isFailure(key)) throw new Error(key.text);
    const post = (id: string, words: string, more: Record<string, string> = {}): Promise<void> => {
      const head = { From: 'benvolio@montague.test', To: contact('romeo'), Subject: 'News', 'Message-ID': `<${id}@montague.test>`, ...more };
      return world.post({ from: 'benvolio@montague.test', to: contact('romeo') }, dkimSign(Buffer.from(mailText(head, words)), key, Date.now()).toString());
    };
    romeo.send(xml('message', { type: 'chat', to: gateway() }, xml('body', {}, 'offline mailbox')));
    await romeo.waitFor(hasBody('go to your mailbox'), DEADLINE);
    await leave();

    await post('news-1', 'The prince is angry.');
    const { raw, from } = await mailed('The prince is angry.');
    expect(from).toMatch(/^bounces\+/);
    const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
    const { results } = await dkimVerify(Buffer.from(raw, 'latin1'), { resolver: () => Promise.resolve([[record]]) });
    expect(results.map(({ status }) => status.result)).toEqual(['pass']);
    expect(raw).toMatch(/^Received: by mail\.example\.test [^]*?\r\nDelivered-To: romeo@mail\.example\.test\r\nX-Stanzapost-Loop: mail\.example\.test; forwarded\r\nReceived: /);

    world.outside.behave('rcpt', (address) => (address === MAILBOX ? { answer: `550 5.1.1 <${MAILBOX}> has moved to Mantua` } : 'accept'));
    await post('news-2', 'Tybalt is dead.');
    const dsn = await world.outside.waitForMail(({ to }) => to.includes('benvolio@montague.test'), DEADLINE);
    world.outside.behave('rcpt', 'accept');
    expect(dsn.from).toBe('');
    expect(dsn.raw).toMatch(/Final-Recipient: rfc822; ?romeo@mail\.example\.test/i);
    expect(dsn.raw).not.toMatch(/romeo@montague|Mantua/);

    // What a gateway has forwarded is not forwarded again: it waits.
    await post('news-3', 'Round and round.', { 'X-Stanzapost-Loop': 'mail.other.test; forwarded' });
    await post('news-4', 'Thy father asks for thee.');
    await comeBack();
    await romeo.waitFor(hasBody('Round and round.'), DEADLINE);
    expect(world.outside.mails.some(says('Round and round.'))).toBe(false);
  });

  it('that takes no mail is an error on the very message, and its address is told to nobody', async () => {
    const { juliet, world } = stage;
    world.outside.behave('rcpt', () => ({ answer: `550 5.1.1 <${MAILBOX}> has moved to Mantua` }));
    juliet.send(chat(contact('romeo'), 'into-a-closed-mailbox', '/mail Art thou gone?'));
    const error = await juliet.waitFor(isErrorOn('into-a-closed-mailbox'), DEADLINE);
    world.outside.behave('rcpt', 'accept');
    expect(error.attrs.from).toBe(contact('romeo'));
    expect(errorText(error)).toContain('could not be forwarded');
    expect(error.toString()).not.toMatch(/montague|Mantua/);
  });
});
