/** Juliet writes as people do in chat, line by line, and Romeo gets one mail. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { bodyOf, chat, condition, DEADLINE, errorText, hasBody, isErrorOn, mailTo, readSunk } from './stanzas.js';
import { uploadAs } from '../servers/upload.js';
import { waitUntil } from '../servers/wait.js';
import { setStage } from './stage.js';
import { SERVERS } from './world.js';

const STATES = 'http://jabber.org/protocol/chatstates';
/** Longer than a story: what comes before was let go by something else. */
const NEVER = 'burst = "1h"\nburst_longest = "1h"';

describe.each(SERVERS)('a burst of chat on %s', (kind) => {
  const stage = setStage(kind, { smtp_out: 'burst = "2s"\nburst_longest = "1m"' });
  const contact = (name: string): string => `${name}%montague.test@${stage.world.server.component}`;
  const say = (to: string, id: string, text: string, ...more: xml.Element[]): void => stage.juliet.send(chat(to, id, text, ...more));

  it('is one mail, with what was corrected in its place and without what was taken back', async () => {
    const to = contact('romeo');
    say(to, 'burst-line-number-1', 'Good night');
    say(to, 'burst-line-number-2', 'good nite');
    say(to, 'burst-line-number-3', 'I hate thee');
    say(to, 'burst-line-number-4', 'good night', xml('replace', { xmlns: 'urn:xmpp:message-correct:0', id: 'burst-line-number-2' }));
    say(to, 'burst-line-number-5', 'gone', xml('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'burst-line-number-3' }));
    say(to, 'burst-line-number-6', 'parting is such sweet sorrow');
    const sunk = await stage.world.outside.waitForMail(({ raw }) => raw.includes('sweet sorrow'), DEADLINE);
    const mail = await readSunk(sunk);
    expect(mail.text?.trim()).toBe('Good night\ngood night\nparting is such sweet sorrow');
    expect(mail.subject).toBe('Good night');
    expect(stage.world.outside.mails).toHaveLength(1);

    // It went out: now it can be corrected by another mail, and not be recalled.
    say(to, 'burst-line-number-7', 'parting is sorrow', xml('replace', { xmlns: 'urn:xmpp:message-correct:0', id: 'burst-line-number-6' }));
    say(to, 'burst-line-number-8', 'gone', xml('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'burst-line-number-1' }));
    const error = await stage.juliet.waitFor(isErrorOn('burst-line-number-8'), DEADLINE);
    expect(errorText(error)).toMatch(/cannot be recalled/);
    const correction = await readSunk(await stage.world.outside.waitForMail(({ raw }) => raw.includes('parting is sorrow'), DEADLINE));
    expect(correction.text).toContain('Correction: parting is sorrow');
    expect(correction.inReplyTo).toBe(mail.messageId);
    expect([correction.references].flat()).toEqual([mail.messageId]);
    expect(correction.subject).toBe('Re: Good night');
  });

  it('is one mail with all its files', async () => {
    const to = contact('laurence');
    const files = [randomBytes(300_000), randomBytes(2_000)];
    for (const [i, bytes] of files.entries()) {
      const url = await uploadAs(stage.juliet, `page-${i}.jpg`, 'image/jpeg', bytes);
      say(to, `burst-file-number-${i}`, url, xml('x', { xmlns: 'jabber:x:oob' }, xml('url', {}, url)));
    }
    say(to, 'burst-file-number-2', 'Both pages of the letter');
    const mail = await readSunk(await stage.world.outside.waitForMail(mailTo('laurence@montague.test'), DEADLINE));
    expect(mail.attachments.map(({ content }) => content.equals(files[0] ?? content) || content.equals(files[1] ?? content))).toEqual([true, true]);
    expect(mail.text?.trim()).toBe('Both pages of the letter');
    expect(stage.world.outside.mails.filter(mailTo('laurence@montague.test'))).toHaveLength(1);
  });

  it('sends nothing when all of it was taken back', async () => {
    const to = contact('mercutio');
    const before = stage.world.outside.mails.length;
    say(to, 'taken-back-line-1', 'a plague');
    say(to, 'taken-back-line-2', 'gone', xml('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'taken-back-line-1' }));
    stage.juliet.send(xml('message', { to, type: 'chat' }, xml('gone', { xmlns: STATES })));
    say(contact('benvolio'), 'taken-back-line-3', 'peace');
    await stage.world.outside.waitForMail(({ raw }) => raw.includes('peace'), DEADLINE);
    expect(stage.world.outside.mails).toHaveLength(before + 1);
  });

  it('tells every line of it that its mail was refused', async () => {
    const to = contact('nobody');
    stage.world.outside.behave('rcpt', (address) => (address.startsWith('nobody@') ? { answer: '550 5.1.1 No such person' } : 'accept'));
    say(to, 'refused-line-number-1', 'Are you there?');
    say(to, 'refused-line-number-2', 'Hello?');
    for (const id of ['refused-line-number-1', 'refused-line-number-2']) {
      const error = await stage.juliet.waitFor(isErrorOn(id), DEADLINE);
      expect(condition(error)).toBe('cancel item-not-found');
    }
  });

  it('is as long as its writer wants it', async () => {
    stage.juliet.send(chat(stage.world.server.component, 'burst-off', 'burst 0'));
    await stage.juliet.waitFor(hasBody('sent at once'), DEADLINE);
    const to = contact('tybalt');
    say(to, 'at-once-line-1', 'What, drawn');
    say(to, 'at-once-line-2', 'and talk of peace');
    await stage.world.outside.waitForMail(({ raw }) => raw.includes('What, drawn'), DEADLINE);
    await stage.world.outside.waitForMail((mail) => bodyOf(mail).trim() === 'and talk of peace', DEADLINE);
  });
});

describe.each(SERVERS)('a burst that waits on %s', (kind) => {
  const stage = setStage(kind, { smtp_out: NEVER });
  const state = (name: string): xml.Element => xml('message', { to: stage.world.romeo, type: 'chat' }, xml(name, { xmlns: STATES }));

  it('survives kill -9, and goes when its writer leaves', async () => {
    stage.juliet.send(chat(stage.world.romeo, 'kept-line-number-one', 'Wilt thou be gone?', xml('request', { xmlns: 'urn:xmpp:receipts' })));
    stage.juliet.send(chat(stage.world.romeo, 'kept-line-number-two', 'It is not yet near day'));
    await waitUntil('both lines are stored', () => stage.world.gateway.log().split('accepted a chat message').length === 3, DEADLINE);
    await stage.world.gateway.kill();
    await stage.world.gateway.start();
    expect(stage.world.outside.mails).toHaveLength(0);
    stage.juliet.send(state('gone'));
    const mail = await readSunk(await stage.world.outside.waitForMail(({ raw }) => raw.includes('near day'), DEADLINE));
    expect(mail.text?.trim()).toBe('Wilt thou be gone?\nIt is not yet near day');
  });
});

describe.each(SERVERS)('a burst to a relay that delivers, on %s', (kind) => {
  const stage = setStage(kind, { smtp_out: 'burst = "1s"' }, 'lmtp');

  it('has a receipt for each line that asked for one', async () => {
    const request = (): xml.Element => xml('request', { xmlns: 'urn:xmpp:receipts' });
    for (const id of ['receipt-line-number-1', 'receipt-line-number-2']) stage.juliet.send(chat(stage.world.romeo, id, `text of ${id}`, request()));
    for (const id of ['receipt-line-number-1', 'receipt-line-number-2']) {
      await stage.juliet.waitFor((stanza) => stanza.getChild('received', 'urn:xmpp:receipts')?.attrs.id === id, DEADLINE);
    }
    expect(stage.world.outside.mails).toHaveLength(1);
  });
});
