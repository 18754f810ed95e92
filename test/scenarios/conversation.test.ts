/** Juliet in chat and Romeo at his mail program talk, and neither notices the other's world. */
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { withoutFallback } from '../../src/translate/stanza-fallback.js';
import { connectClient } from '../servers/client.js';
import { chat, condition, DEADLINE, errorText, hasBody, isErrorOn, mailTo, readSunk } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const ROMEO = 'romeo@montague.test';

describe.each(SERVERS)('a conversation on %s', (kind) => {
  const stage = setStage(kind, { smtp_in: 'long_text = 0' });

  it('goes chat → mail → reply → chat, and stays one thread', async () => {
    stage.juliet.send(chat(stage.world.romeo, 'first-line-of-the-play', 'Wherefore art thou Romeo? 罗密欧 روميو 🌹'));
    const sunk = await stage.world.outside.waitForMail(mailTo(ROMEO), DEADLINE);
    const mail = await readSunk(sunk);
    expect(mail.text?.trim()).toBe('Wherefore art thou Romeo? 罗密欧 روميو 🌹');
    expect(mail.from?.value).toMatchObject([{ address: `juliet@${stage.world.server.component}` }]);
    expect(mail.headers.get('jabber-id')).toBe(stage.world.server.users.juliet.jid);
    expect(mail.headers.get('mime-version')).toBe('1.0');
    expect(mail.date).toBeInstanceOf(Date);
    expect(sunk.from).toMatch(new RegExp(`^bounces\\+[0-9a-z]{26}@${stage.world.server.component}$`));

    const reply = {
      From: `Romeo <${ROMEO}>`, To: `juliet@${stage.world.server.component}`, Subject: `Re: ${mail.subject ?? ''}`,
      'Message-ID': '<answer-1@montague.test>', 'In-Reply-To': mail.messageId ?? '', References: mail.messageId ?? '',
      'Content-Type': 'text/plain; charset=utf-8', 'Content-Transfer-Encoding': '8bit',
    };
    const quoted = 'Call me but love. 🌙\n\nOn Mon, 2 Nov 2026 at 10:00, Juliet wrote:\n> Wherefore art thou Romeo?\n';
    await stage.world.post({ from: ROMEO, to: `juliet@${stage.world.server.component}` }, mailText(reply, quoted));
    const stanza = await stage.juliet.waitFor(hasBody('Call me but love. 🌙'), DEADLINE);
    expect(stanza.attrs).toMatchObject({ from: stage.world.romeo, type: 'chat' });
    expect(stanza.getChild('reply', 'urn:xmpp:reply:0')?.attrs.id).toBe('first-line-of-the-play');
    // What the mail itself quoted is gone; for clients that cannot show what is answered, its first words stand there, marked.
    const answer = stanza.getChildText('body') ?? '';
    expect(answer.match(/> Wherefore/g)).toHaveLength(1);
    // Nothing to be told: the sender is verified, the subject is the conversation's.
    expect(withoutFallback(answer, stanza, 'urn:xmpp:reply:0').split('\n')[0]).toBe('Call me but love. 🌙');

    stage.juliet.send(chat(stage.world.romeo, 'third-line-of-the-play', 'How camest thou hither?', xml('reply', { xmlns: 'urn:xmpp:reply:0', to: stage.world.romeo, id: String(stanza.attrs.id) })));
    const third = await readSunk(await stage.world.outside.waitForMail(({ raw }) => raw.includes('camest'), DEADLINE));
    expect(third.inReplyTo).toBe('<answer-1@montague.test>');
    expect([third.references].flat()).toContain(mail.messageId);
    expect(third.subject).toMatch(/^Re: /);
  });

  it('shows the whole mail, with what was cut, to the one who got it, and to nobody else', async () => {
    const body = 'Short answer.\n\nOn Mon, 2 Nov 2026 at 10:00, Juliet wrote:\n> a long question\n> on two lines\n';
    await stage.world.post({ from: ROMEO, to: `juliet@${stage.world.server.component}` }, mailText({ From: ROMEO, To: 'juliet', 'Message-ID': '<cut@montague.test>' }, body));
    const stanza = await stage.juliet.waitFor(hasBody('Short answer.'), DEADLINE);
    const [, id = ''] = /original ([0-9a-z]{26})/.exec(stanza.getChildText('body') ?? '') ?? [];
    expect(id).not.toBe('');
    stage.juliet.send(chat(stage.world.server.component, 'ask-original', `original ${id}`));
    expect((await stage.juliet.waitFor(hasBody('on two lines'), DEADLINE)).attrs.from).toBe(stage.world.server.component);

    const other = await connectClient(stage.world.server, 'romeo');
    other.send(chat(stage.world.server.component, 'spy', `original ${id}`));
    await other.waitFor(hasBody('There is no mail'), DEADLINE);
    await other.close();
  });

  it.each([
    ['Chinese', '但丁的玫瑰在维罗纳的阳台上。'],
    ['Arabic', 'يا روميو، لماذا أنت روميو؟ '],
    ['emoji', '👩‍👩‍👧‍👦🌹🏳️‍🌈é '],
  ])('carries 200 KB of %s byte for byte both ways', async (name, piece) => {
    const body = `begin ${name} ${piece.repeat(Math.floor(200_000 / Buffer.byteLength(piece)))}end ${name}.`;
    // A correspondent for each: answers that come as fast as a test's are taken for two machines.
    const writer = `${name.toLowerCase()}@montague.test`;
    const before = new Set(stage.world.outside.mails);
    stage.juliet.send(chat(`${writer.replace('@', '%')}@${stage.world.server.component}`, `long-text-in-${name}-out`, body));
    const sunk = await stage.world.outside.waitForMail((mail) => !before.has(mail), DEADLINE);
    const read = await readSunk(sunk);
    expect((read.text ?? '').replace(/\n$/, '')).toBe(body);

    const mail = mailText(
      { From: writer, To: 'juliet', 'Message-ID': `<long-${name}@montague.test>`, 'Content-Type': 'text/plain; charset=utf-8', 'Content-Transfer-Encoding': 'base64' },
      (Buffer.from(`back ${body}`).toString('base64').match(/.{1,76}/g) ?? []).join('\n'),
    );
    await stage.world.post({ from: writer, to: `juliet@${stage.world.server.component}` }, mail);
    const stanza = await stage.juliet.waitFor(hasBody(`back begin ${name}`), DEADLINE);
    expect(stanza.getChildText('body')?.slice(-body.length)).toBe(body);
  });

  it('reads HTML-only mail as text', async () => {
    const html = '<html><head><style>p{color:red}</style></head><body><p>See <a href="https://verona.test/map">the map</a>.</p><ul><li>one</li><li>two</li></ul></body></html>';
    const head = { From: ROMEO, To: 'juliet', 'Message-ID': '<html@montague.test>', 'Content-Type': 'text/html; charset=utf-8' };
    await stage.world.post({ from: ROMEO, to: `juliet@${stage.world.server.component}` }, mailText(head, html));
    const body = (await stage.juliet.waitFor(hasBody('the map'), DEADLINE)).getChildText('body');
    expect(body).toContain('https://verona.test/map');
    expect(body).toContain('two');
    expect(body).not.toContain('color');
  });

  it('answers what is only encryption with an explanation, and mails nothing of it', async () => {
    const before = stage.world.outside.mails.length;
    const omemo = xml('encrypted', { xmlns: 'eu.siacs.conversations.axolotl' }, xml('header', { sid: '1' }));
    stage.juliet.send(chat(stage.world.romeo, 'omemo-message-id', 'You received a message encrypted with OMEMO but your client does not support it.', omemo));
    const error = await stage.juliet.waitFor(isErrorOn('omemo-message-id'), DEADLINE);
    expect(error.attrs.from).toBe(stage.world.romeo);
    expect(errorText(error)).toMatch(/encrypt/i);
    stage.juliet.send(chat(stage.world.romeo, 'aesgcm-message-id', 'aesgcm://upload.example.test/x.jpg#0011'));
    await stage.juliet.waitFor(isErrorOn('aesgcm-message-id'), DEADLINE);
    expect(stage.world.outside.mails).toHaveLength(before);
  });

  it('never mails chat states, markers and receipts', async () => {
    const before = stage.world.outside.mails.length;
    const mercutio = `mercutio%montague.test@${stage.world.server.component}`;
    for (const [name, xmlns] of [['composing', 'http://jabber.org/protocol/chatstates'], ['displayed', 'urn:xmpp:chat-markers:0'], ['received', 'urn:xmpp:receipts']]) {
      stage.juliet.send(xml('message', { to: mercutio, type: 'chat', id: `state-${name}` }, xml(String(name), { xmlns, id: 'x' })));
    }
    stage.juliet.send(chat(mercutio, 'after-the-chat-states', 'after the states'));
    await stage.world.outside.waitForMail(({ raw }) => raw.includes('after the states'), DEADLINE);
    expect(stage.world.outside.mails).toHaveLength(before + 1);
  });

  it('refuses what is no mail address on the message itself', async () => {
    stage.juliet.send(chat(`nonsense%127.0.0.1@${stage.world.server.component}`, 'to-no-address', 'hello'));
    const error = await stage.juliet.waitFor(isErrorOn('to-no-address'), DEADLINE);
    expect(condition(error)).toMatch(/jid-malformed|item-not-found/);
  });
});
