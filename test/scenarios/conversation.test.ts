/** Juliet in chat and Romeo at his mail program talk, and neither notices the other's world. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient, type TestClient } from '../servers/client.js';
import { chat, condition, DEADLINE, errorText, hasBody, isErrorOn, mailTo, readSunk } from './stanzas.js';
import { explainFailures, mailText, SERVERS, startWorld, type World } from './world.js';

const ROMEO = 'romeo@montague.test';

describe.each(SERVERS)('a conversation on %s', (kind) => {
  let world: World;
  let juliet: TestClient;

  explainFailures(() => world);
  beforeAll(async () => {
    world = await startWorld(kind);
    juliet = await connectClient(world.server, 'juliet');
  });
  afterAll(async () => {
    await juliet?.close();
    await world?.stop();
  });

  it('goes chat → mail → reply → chat, and stays one thread', async () => {
    juliet.send(chat(world.romeo, 'first-line-of-the-play', 'Wherefore art thou Romeo? 罗密欧 روميو 🌹'));
    const sunk = await world.outside.waitForMail(mailTo(ROMEO), DEADLINE);
    const mail = await readSunk(sunk);
    expect(mail.text?.trim()).toBe('Wherefore art thou Romeo? 罗密欧 روميو 🌹');
    expect(mail.from?.value).toMatchObject([{ address: `juliet@${world.server.component}` }]);
    expect(mail.headers.get('jabber-id')).toBe(world.server.users.juliet.jid);
    expect(mail.headers.get('mime-version')).toBe('1.0');
    expect(mail.date).toBeInstanceOf(Date);
    expect(sunk.from).toMatch(new RegExp(`^bounces\\+[0-9a-z]{26}@${world.server.component}$`));

    const reply = {
      From: `Romeo <${ROMEO}>`, To: `juliet@${world.server.component}`, Subject: `Re: ${mail.subject ?? ''}`,
      'Message-ID': '<answer-1@montague.test>', 'In-Reply-To': mail.messageId ?? '', References: mail.messageId ?? '',
      'Content-Type': 'text/plain; charset=utf-8', 'Content-Transfer-Encoding': '8bit',
    };
    const quoted = 'Call me but love. 🌙\n\nOn Mon, 2 Nov 2026 at 10:00, Juliet wrote:\n> Wherefore art thou Romeo?\n';
    await world.post({ from: ROMEO, to: `juliet@${world.server.component}` }, mailText(reply, quoted));
    const stanza = await juliet.waitFor(hasBody('Call me but love. 🌙'), DEADLINE);
    expect(stanza.attrs).toMatchObject({ from: world.romeo, type: 'chat' });
    expect(stanza.getChild('reply', 'urn:xmpp:reply:0')?.attrs.id).toBe('first-line-of-the-play');
    expect(stanza.getChildText('body')).not.toContain('> Wherefore');
    // Nothing to be told: the sender is verified, the subject is the conversation's.
    expect(stanza.getChildText('body')?.split('\n')[0]).toBe('Call me but love. 🌙');

    juliet.send(chat(world.romeo, 'third-line-of-the-play', 'How camest thou hither?', xml('reply', { xmlns: 'urn:xmpp:reply:0', to: world.romeo, id: String(stanza.attrs.id) })));
    const third = await readSunk(await world.outside.waitForMail(({ raw }) => raw.includes('camest'), DEADLINE));
    expect(third.inReplyTo).toBe('<answer-1@montague.test>');
    expect([third.references].flat()).toContain(mail.messageId);
    expect(third.subject).toMatch(/^Re: /);
  });

  it('shows the whole mail, with what was cut, to the one who got it, and to nobody else', async () => {
    const body = 'Short answer.\n\nOn Mon, 2 Nov 2026 at 10:00, Juliet wrote:\n> a long question\n> on two lines\n';
    await world.post({ from: ROMEO, to: `juliet@${world.server.component}` }, mailText({ From: ROMEO, To: 'juliet', 'Message-ID': '<cut@montague.test>' }, body));
    const stanza = await juliet.waitFor(hasBody('Short answer.'), DEADLINE);
    const [, id = ''] = /original ([0-9a-z]{26})/.exec(stanza.getChildText('body') ?? '') ?? [];
    expect(id).not.toBe('');
    juliet.send(chat(world.server.component, 'ask-original', `original ${id}`));
    expect((await juliet.waitFor(hasBody('on two lines'), DEADLINE)).attrs.from).toBe(world.server.component);

    const other = await connectClient(world.server, 'romeo');
    other.send(chat(world.server.component, 'spy', `original ${id}`));
    await other.waitFor(hasBody('There is no mail'), DEADLINE);
    await other.close();
  });

  it.each([
    ['Chinese', '但丁的玫瑰在维罗纳的阳台上。'],
    ['Arabic', 'يا روميو، لماذا أنت روميو؟ '],
    ['emoji', '👩‍👩‍👧‍👦🌹🏳️‍🌈é '],
  ])('carries 200 KB of %s byte for byte both ways', async (name, piece) => {
    const body = `begin ${name} ${piece.repeat(Math.floor(200_000 / Buffer.byteLength(piece)))}end ${name}.`;
    const before = new Set(world.outside.mails);
    juliet.send(chat(world.romeo, `long-text-in-${name}-out`, body));
    const sunk = await world.outside.waitForMail((mail) => !before.has(mail), DEADLINE);
    const read = await readSunk(sunk);
    expect((read.text ?? '').replace(/\n$/, '')).toBe(body);

    const mail = mailText(
      { From: ROMEO, To: 'juliet', 'Message-ID': `<long-${name}@montague.test>`, 'Content-Type': 'text/plain; charset=utf-8', 'Content-Transfer-Encoding': 'base64' },
      (Buffer.from(`back ${body}`).toString('base64').match(/.{1,76}/g) ?? []).join('\n'),
    );
    await world.post({ from: ROMEO, to: `juliet@${world.server.component}` }, mail);
    const stanza = await juliet.waitFor(hasBody(`back begin ${name}`), DEADLINE);
    expect(stanza.getChildText('body')?.slice(-body.length)).toBe(body);
  });

  it('reads HTML-only mail as text', async () => {
    const html = '<html><head><style>p{color:red}</style></head><body><p>See <a href="https://verona.test/map">the map</a>.</p><ul><li>one</li><li>two</li></ul></body></html>';
    const head = { From: ROMEO, To: 'juliet', 'Message-ID': '<html@montague.test>', 'Content-Type': 'text/html; charset=utf-8' };
    await world.post({ from: ROMEO, to: `juliet@${world.server.component}` }, mailText(head, html));
    const body = (await juliet.waitFor(hasBody('the map'), DEADLINE)).getChildText('body');
    expect(body).toContain('https://verona.test/map');
    expect(body).toContain('two');
    expect(body).not.toContain('color');
  });

  it('answers what is only encryption with an explanation, and mails nothing of it', async () => {
    const before = world.outside.mails.length;
    const omemo = xml('encrypted', { xmlns: 'eu.siacs.conversations.axolotl' }, xml('header', { sid: '1' }));
    juliet.send(chat(world.romeo, 'omemo-message-id', 'You received a message encrypted with OMEMO but your client does not support it.', omemo));
    const error = await juliet.waitFor(isErrorOn('omemo-message-id'), DEADLINE);
    expect(error.attrs.from).toBe(world.romeo);
    expect(errorText(error)).toMatch(/encrypt/i);
    juliet.send(chat(world.romeo, 'aesgcm-message-id', 'aesgcm://upload.example.test/x.jpg#0011'));
    await juliet.waitFor(isErrorOn('aesgcm-message-id'), DEADLINE);
    expect(world.outside.mails).toHaveLength(before);
  });

  it('never mails chat states, markers and receipts', async () => {
    const before = world.outside.mails.length;
    for (const [name, xmlns] of [['composing', 'http://jabber.org/protocol/chatstates'], ['displayed', 'urn:xmpp:chat-markers:0'], ['received', 'urn:xmpp:receipts']]) {
      juliet.send(xml('message', { to: world.romeo, type: 'chat', id: `state-${name}` }, xml(String(name), { xmlns, id: 'x' })));
    }
    juliet.send(chat(world.romeo, 'after-the-chat-states', 'after the states'));
    await world.outside.waitForMail(({ raw }) => raw.includes('after the states'), DEADLINE);
    expect(world.outside.mails).toHaveLength(before + 1);
  });

  it('refuses what is no mail address on the message itself', async () => {
    juliet.send(chat(`nonsense@${world.server.component}`, 'to-no-address', 'hello'));
    const error = await juliet.waitFor(isErrorOn('to-no-address'), DEADLINE);
    expect(condition(error)).toMatch(/jid-malformed|item-not-found/);
  });
});
