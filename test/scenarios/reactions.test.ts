/** Reactions of Juliet's in chat reach Romeo's mail program as reactions, and his her chat. */
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { withoutFallback } from '../../src/translate/stanza-fallback.js';
import type { SunkMail } from '../servers/smtp-sink.js';
import { chat, DEADLINE, errorText, hasBody, isErrorOn, readSunk } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

/** One for each story: answers that come as fast as a test's are taken for two machines. */
const [ROMEO, LADY, BENVOLIO, MERCUTIO] = ['romeo@montague.test', 'lady@montague.test', 'benvolio@montague.test', 'mercutio@montague.test'] as const;
const NS = 'urn:xmpp:reactions:0';

describe.each(SERVERS)('reactions on %s', (kind) => {
  const stage = setStage(kind);
  const jidOf = (writer: string) => `${writer.replace('@', '%')}@${stage.world.server.component}`;
  const post = (from: string, head: Record<string, string>, body: string) =>
    stage.world.post({ from, to: `juliet@${stage.world.server.component}` }, mailText({ From: from, To: 'juliet', 'MIME-Version': '1.0', ...head }, body));
  const react = (to: string, id: string, about: string, ...emoji: string[]) =>
    stage.juliet.send(xml('message', { type: 'chat', to: jidOf(to), id }, xml('reactions', { xmlns: NS, id: about }, emoji.map((one) => xml('reaction', {}, one)))));
  const reactionOf = (mail: SunkMail): string => {
    const encoded = /Content-Disposition: reaction\r\n(?:[\w-]+: .*\r\n)*\r\n([A-Za-z0-9+/=]+)\r\n/.exec(mail.raw)?.[1] ?? '';
    return Buffer.from(encoded, 'base64').toString().trim();
  };
  const reactionsFrom = (count: number) => (stanza: xml.Element) => stanza.getChild('reactions', NS)?.getChildren('reaction').length === count;

  it('a reaction in chat is a reaction mail to that very mail, each emoji once', async () => {
    const { outside } = stage.world;
    await post(ROMEO, { 'Message-ID': '<older@montague.test>' }, 'An older line.');
    await post(ROMEO, { 'Message-ID': '<balcony@montague.test>', Subject: 'Balcony' }, 'But soft, what light through yonder window breaks?');
    const older = await stage.juliet.waitFor(hasBody('An older line'), DEADLINE);
    const line = await stage.juliet.waitFor(hasBody('But soft'), DEADLINE);
    react(ROMEO, 'first-reaction-of-juliet', String(line.attrs.id), '🌹');
    const first = await outside.waitForMail(({ raw }) => reactionOf({ raw } as SunkMail) === '🌹', DEADLINE);
    const read = await readSunk(first);
    expect(read.inReplyTo).toBe('<balcony@montague.test>');
    expect(read.subject).toBe('Re: Balcony');
    expect(read.text).toContain('Reacted with 🌹 to “But soft, what light through yonder window breaks?”');

    react(ROMEO, 'second-reaction-of-juliet', String(line.attrs.id), '🌹', '👍🏽');
    await outside.waitForMail(({ raw }) => reactionOf({ raw } as SunkMail) === '👍🏽', DEADLINE);
    const count = outside.mails.length;
    react(ROMEO, 'third-reaction-of-juliet', String(line.attrs.id));
    react(ROMEO, 'fourth-reaction-of-juliet', String(older.attrs.id), '🎉');
    expect((await readSunk(await outside.waitForMail(({ raw }) => reactionOf({ raw } as SunkMail) === '🎉', DEADLINE))).inReplyTo).toBe('<older@montague.test>');
    expect(outside.mails).toHaveLength(count + 1);
  });

  it('one to nothing that is known is answered with an error', async () => {
    react(LADY, 'reaction-to-the-unknown', 'nobody-knows-this-id', '👍');
    expect(errorText(await stage.juliet.waitFor(isErrorOn('reaction-to-the-unknown'), DEADLINE))).toMatch(/reacted to is not known/);
  });

  it('a reaction mail, and one of Gmail, is a reaction in chat to the very message', async () => {
    stage.juliet.send(chat(jidOf(BENVOLIO), 'deny-thy-father-and-name', 'Deny thy father and refuse thy name.'));
    const sent = await readSunk(await stage.world.outside.waitForMail(({ raw }) => raw.includes('Deny thy father'), DEADLINE));
    const answer = { 'In-Reply-To': sent.messageId ?? '', Subject: 'Re: x' };
    await post(BENVOLIO, { ...answer, 'Message-ID': '<rfc9078@montague.test>', 'Content-Type': 'text/plain; charset=utf-8', 'Content-Disposition': 'Reaction', 'Content-Transfer-Encoding': '8bit' }, '👍');
    const first = await stage.juliet.waitFor(reactionsFrom(1), DEADLINE);
    expect(first.attrs).toMatchObject({ from: jidOf(BENVOLIO), type: 'chat' });
    expect(first.getChild('reactions', NS)?.attrs.id).toBe('deny-thy-father-and-name');
    expect(first.getChild('body')).toBeUndefined();

    const gmail = '--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n🌹\n\nRomeo reacted via Gmail\n--b\nContent-Type: text/vnd.google.email-reaction+json; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{"emoji":"🌹","version":1}\n--b\nContent-Type: text/html\n\n<p>x</p>\n--b--';
    await post(BENVOLIO, { ...answer, 'Message-ID': '<gmail@montague.test>', 'Content-Type': 'multipart/alternative; boundary=b' }, gmail);
    const both = await stage.juliet.waitFor(reactionsFrom(2), DEADLINE);
    expect(both.getChild('reactions', NS)?.getChildren('reaction').map((one) => one.getText())).toEqual(['👍', '🌹']);

    await post(BENVOLIO, { ...answer, 'In-Reply-To': '<nothing@montague.test>', 'Message-ID': '<lost@montague.test>', 'Content-Type': 'multipart/alternative; boundary=b' }, gmail);
    expect((await stage.juliet.waitFor(hasBody('reacted via Gmail'), DEADLINE)).getChild('reactions')).toBeUndefined();
  });

  it('an answer by mail quotes what it answers, for clients that cannot show it', async () => {
    stage.juliet.send(chat(jidOf(MERCUTIO), 'what-is-in-a-name-line', "What's in a name?"));
    const sent = await readSunk(await stage.world.outside.waitForMail(({ raw }) => raw.includes('in a name'), DEADLINE));
    await post(MERCUTIO, { 'In-Reply-To': sent.messageId ?? '', 'Message-ID': '<rose@montague.test>', Subject: 'Roses' }, 'A rose.');
    const stanza = await stage.juliet.waitFor(hasBody('A rose.'), DEADLINE);
    const body = stanza.getChildText('body') ?? '';
    expect(body).toBe("> What's in a name?\nSubject: Roses\n\nA rose.");
    expect(withoutFallback(body, stanza, 'urn:xmpp:reply:0')).toBe('Subject: Roses\n\nA rose.');
  });
});
