/** More than two: a mail to several is answered to all of them from chat, and a message from chat goes to several. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient, type TestClient } from '../servers/client.js';
import type { SunkMail } from '../servers/smtp-sink.js';
import { chat, condition, DEADLINE, errorText, hasBody, isErrorOn, readSunk } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const ADDRESS = 'http://jabber.org/protocol/address';
const ROMEO = 'romeo@montague.test';

const says = (address: string, words: string) => (mail: SunkMail): boolean => mail.to.includes(address) && mail.raw.includes(words);

describe.each(SERVERS)('several people on %s', (kind) => {
  const stage = setStage(kind);
  let nurse: TestClient;
  const gateway = (): string => stage.world.server.component;
  const contact = (local: string): string => `${local}%montague.test@${gateway()}`;

  beforeAll(async () => {
    nurse = await connectClient(stage.world.server, 'romeo');
  });
  afterAll(() => nurse.close());

  const addresses = (...all: Record<string, string>[]): xml.Element => xml('addresses', { xmlns: ADDRESS }, ...all.map((attrs) => xml('address', attrs)));
  const sent = (address: string, words: string): Promise<SunkMail> => stage.world.outside.waitForMail(says(address, words), DEADLINE);

  it('tells who else got a mail, and answers all of them after /all', async () => {
    const { juliet, world } = stage;
    const head = {
      From: `Romeo <${ROMEO}>`, To: `juliet@${gateway()}, "Mercutio" <mercutio@montague.test>`, Cc: `romeo@${gateway()}, benvolio@montague.test`,
      Bcc: 'spy@montague.test', Subject: 'The feast', 'Message-ID': '<feast@montague.test>',
    };
    await world.post({ from: ROMEO, to: [`juliet@${gateway()}`, `romeo@${gateway()}`] }, mailText(head, 'Who comes tonight?'));
    const stanza = await juliet.waitFor(hasBody('Who comes tonight?'), DEADLINE);
    const other = world.server.users.romeo.jid;
    expect(stanza.getChildText('body')).toBe(`to: Mercutio <mercutio@montague.test>, cc: romeo@${gateway()}, benvolio@montague.test\nSubject: The feast\n\nWho comes tonight?`);
    expect(stanza.getChild('addresses', ADDRESS)?.getChildElements().map(({ attrs }) => attrs)).toEqual([
      { type: 'to', jid: contact('mercutio'), desc: 'Mercutio', delivered: 'true' },
      { type: 'cc', jid: other, delivered: 'true' },
      { type: 'cc', jid: contact('benvolio'), delivered: 'true' },
    ]);
    expect(stanza.toString()).not.toContain('spy');
    await nurse.waitFor(hasBody('Who comes tonight?'), DEADLINE);

    juliet.send(chat(contact('romeo'), 'answer-to-all-of-them', '/all I shall be there.'));
    const notice = await juliet.waitFor(hasBody('now go to'), DEADLINE);
    expect(notice.attrs.from).toBe(contact('romeo'));
    expect(notice.getChildText('body')).toBe(`[Answers in this conversation now go to ${ROMEO}, mercutio@montague.test; cc: romeo@${gateway()}, benvolio@montague.test. Write /one to answer only ${ROMEO}.]`);
    const mails = await Promise.all(['romeo', 'mercutio', 'benvolio'].map((local) => sent(`${local}@montague.test`, 'I shall be there.')));
    for (const mail of mails) expect(mail.to).toHaveLength(1);
    const read = await Promise.all(mails.map(readSunk));
    for (const { headers, inReplyTo, references, subject, messageId } of read) {
      expect(headers.get('to')).toMatchObject({ text: `"Romeo" <${ROMEO}>, "Mercutio" <mercutio@montague.test>` });
      expect(headers.get('cc')).toMatchObject({ text: `romeo@${gateway()}, benvolio@montague.test` });
      expect({ inReplyTo, references: [references].flat(), subject, messageId }).toEqual({ inReplyTo: '<feast@montague.test>', references: ['<feast@montague.test>'], subject: 'Re: The feast', messageId: read[0]?.messageId });
    }
    const copy = await nurse.waitFor(hasBody('I shall be there.'), DEADLINE);
    expect(copy.attrs.from).toBe(`juliet@${gateway()}`);
    expect(copy.getChild('addresses', ADDRESS)?.toString()).toContain(world.server.users.juliet.jid);
    expect(world.outside.mails.flatMap(({ to }) => to).filter((to) => to.endsWith(`@${gateway()}`))).toEqual([]);

    // Somebody else of them answers that, to all: the conversation goes on, and so does the mark.
    const answer = { From: 'mercutio@montague.test', To: `juliet@${gateway()}, ${ROMEO}`, Cc: `romeo@${gateway()}, benvolio@montague.test`, Subject: 'AW: [verona]  The   Feast', 'Message-ID': '<mab@montague.test>', 'In-Reply-To': read[0]?.messageId ?? '' };
    await world.post({ from: 'mercutio@montague.test', to: [`juliet@${gateway()}`, `romeo@${gateway()}`] }, mailText(answer, 'Queen Mab was with you.'));
    const mab = await juliet.waitFor(hasBody('Queen Mab was with you.'), DEADLINE);
    expect(mab.attrs.from).toBe(contact('mercutio'));
    expect(mab.getChild('reply', 'urn:xmpp:reply:0')?.attrs.id).toBe('answer-to-all-of-them');
    expect(mab.getChildText('thread')).toBe(stanza.getChildText('thread'));
    expect(mab.getChildText('body')).not.toMatch(/to:|Subject:/);
    expect((await nurse.waitFor(hasBody('Queen Mab was with you.'), DEADLINE)).getChild('reply', 'urn:xmpp:reply:0')).toBeDefined();
    juliet.send(chat(contact('mercutio'), 'second-answer-to-all', 'Peace, he speaks of nothing.'));
    expect((await readSunk(await sent('benvolio@montague.test', 'Peace, he speaks'))).inReplyTo).toBe('<mab@montague.test>');

    juliet.send(chat(contact('mercutio'), 'no-more-to-all', '/one'));
    await juliet.waitFor(hasBody('go to mercutio@montague.test only'), DEADLINE);
    juliet.send(chat(contact('mercutio'), 'answer-to-one-only', 'Only between us.'));
    await sent('mercutio@montague.test', 'Only between us.');
    juliet.send(chat(contact('benvolio'), 'after-the-secret', 'Something else.'));
    await sent('benvolio@montague.test', 'Something else.');
    expect(world.outside.mails.filter(({ raw }) => raw.includes('Only between us.'))).toHaveLength(1);
  });

  it('sends one message to several by XEP-0033, and nobody learns who got it blind', async () => {
    const { juliet, world } = stage;
    const info = await juliet.request(xml('iq', { type: 'get', to: gateway() }, xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' })));
    expect(info.toString()).toContain(ADDRESS);
    const all = addresses(
      { type: 'to', jid: contact('paris'), desc: 'Count Paris' },
      { type: 'cc', uri: 'mailto:tybalt@montague.test' },
      { type: 'cc', jid: world.server.users.romeo.jid },
      { type: 'bcc', uri: 'mailto:laurence@montague.test' },
      { type: 'to', jid: contact('capulet'), delivered: 'true' },
    );
    juliet.send(chat(gateway(), 'to-several-people', 'The wedding is on Thursday.', all));
    const mails = await Promise.all(['paris', 'tybalt', 'laurence'].map((local) => sent(`${local}@montague.test`, 'The wedding')));
    for (const mail of mails) {
      const { headers, messageId } = await readSunk(mail);
      expect(headers.get('to')).toMatchObject({ text: '"Count Paris" <paris@montague.test>, capulet@montague.test' });
      expect(headers.get('cc')).toMatchObject({ text: `tybalt@montague.test, romeo@${gateway()}` });
      expect(messageId).toBe((await readSunk(mails[0]!)).messageId);
      expect(mail.raw).not.toMatch(/laurence|bcc/i);
    }
    expect((await nurse.waitFor(hasBody('The wedding'), DEADLINE)).toString()).not.toMatch(/laurence|bcc/i);
    expect(world.outside.mails.some(({ to }) => to.includes('capulet@montague.test'))).toBe(false);

    juliet.send(chat(gateway(), 'one-is-forbidden', 'To a stranger too.', addresses({ type: 'to', jid: contact('paris') }, { type: 'to', jid: 'somebody@elsewhere.example' })));
    const refusal = await juliet.waitFor(isErrorOn('one-is-forbidden'), DEADLINE);
    expect(errorText(refusal)).toContain('somebody%elsewhere.example');
    juliet.send(chat(gateway(), 'too-many-of-them', 'To a crowd.', addresses(...Array.from({ length: 51 }, (_, i) => ({ type: 'to', jid: contact(`guest${i}`) })))));
    expect(condition(await juliet.waitFor(isErrorOn('too-many-of-them'), DEADLINE))).toBe('modify not-acceptable');
    expect(world.outside.mails.some(({ raw }) => /To a stranger|To a crowd/.test(raw))).toBe(false);
  });

  it('says which of several was refused outside', async () => {
    const { juliet, world } = stage;
    world.outside.behave('rcpt', (address) => (address.startsWith('prince') ? { answer: '550 5.1.1 No such prince' } : 'accept'));
    juliet.send(chat(gateway(), 'one-of-two-fails', 'Let us part.', addresses({ type: 'to', jid: contact('prince') }, { type: 'to', jid: contact('paris') })));
    const error = await juliet.waitFor(isErrorOn('one-of-two-fails'), DEADLINE);
    expect(error.attrs.from).toBe(gateway());
    expect(errorText(error)).toMatch(/^prince@montague\.test: .*No such prince/);
    await sent('paris@montague.test', 'Let us part.');
  });
});
