/** Romeo's name and face reach Juliet's client with his first mail, and hers his mail program. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { drawInitials } from '../../src/xmpp/draw.js';
import { startSlixmpp } from '../servers/slixmpp.js';
import { chat, DEADLINE, hasBody, readSunk } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const ROMEO = 'romeo@montague.test';

describe.each(SERVERS)('people on %s', (kind) => {
  const stage = setStage(kind);
  const post = (head: Record<string, string>, body: string, from = ROMEO) =>
    stage.world.post({ from, to: `juliet@${stage.world.server.component}` }, mailText({ From: from, To: 'juliet', ...head }, body));
  const card = async (jid: string) => {
    const answer = await stage.juliet.request(xml('iq', { type: 'get', to: jid }, xml('vCard', { xmlns: 'vcard-temp' })));
    const found = answer.getChild('vCard', 'vcard-temp');
    return { name: found?.getChildText('FN'), photo: Buffer.from(found?.getChild('PHOTO')?.getChildText('BINVAL') ?? '', 'base64') };
  };

  it('a contact has the name and the face of his mails', async () => {
    stage.juliet.send(xml('presence', { type: 'subscribe', to: stage.world.romeo }));
    const drawn = await drawInitials('R', stage.world.romeo);
    const looks = (bytes: Buffer, nick?: string) => (stanza: xml.Element) =>
      stanza.is('presence') && stanza.attrs.from === stage.world.romeo && (nick === undefined || stanza.getChildText('nick') === nick) &&
      stanza.getChild('x', 'vcard-temp:x:update')?.getChildText('photo') === createHash('sha1').update(bytes).digest('hex');
    await stage.juliet.waitFor(looks(drawn), DEADLINE);
    expect((await card(stage.world.romeo)).name).toBe(ROMEO);

    await post({ From: `"Romeo Montague" <${ROMEO}>`, 'Message-ID': '<name@montague.test>' }, 'My name is my enemy.');
    expect((await stage.juliet.waitFor(hasBody('my enemy'), DEADLINE)).getChildText('nick')).toBe('Romeo Montague');
    const initials = await drawInitials('RM', stage.world.romeo);
    await stage.juliet.waitFor(looks(initials, 'Romeo Montague'), DEADLINE);
    expect(await card(stage.world.romeo)).toEqual({ name: 'Romeo Montague', photo: initials });

    const face = await drawInitials('!', 'a face of his own');
    const folded = face.toString('base64').match(/.{1,70}/g)?.join('\r\n ') ?? '';
    await post({ From: `"Romeo Montague" <${ROMEO}>`, Face: folded, 'Message-ID': '<face@montague.test>' }, 'Here is my face.');
    await stage.juliet.waitFor(looks(face), DEADLINE);
    expect((await card(stage.world.romeo)).photo).toEqual(face);

    await stage.world.gateway.stop();
    await stage.world.gateway.start();
    expect(await card(stage.world.romeo)).toEqual({ name: 'Romeo Montague', photo: face });
  });

  // A mail is answered when its author is known: no story needs to wait for that.
  it('a client that others wrote finds name and picture', async () => {
    const tybalt = `tybalt%montague.test@${stage.world.server.component}`;
    await post({ From: '"Tybalt C." <tybalt@montague.test>', 'Message-ID': '<tybalt@montague.test>' }, 'What, drawn, and talk of peace?', 'tybalt@montague.test');
    const client = await startSlixmpp(stage.world.server, 'romeo');
    const portrait = await client.portrait(tybalt, DEADLINE);
    await client.close();
    const drawn = await drawInitials('TC', tybalt);
    const base64 = drawn.toString('base64');
    expect(portrait).toMatchObject({ name: 'Tybalt C.', photo: base64, avatar: base64, id: createHash('sha1').update(drawn).digest('hex') });
  });

  it('no name is believed that nobody proved, nor one that is an address', async () => {
    await post({ From: '"Lady Capulet" <lady@lax.test>', 'Message-ID': '<forged@lax.test>' }, 'A forged word.', 'lady@lax.test');
    expect((await stage.juliet.waitFor(hasBody('A forged word'), DEADLINE)).getChildText('nick')).toBeNull();
    await post({ From: '"prince@verona.test" <nurse@montague.test>', 'Message-ID': '<address@montague.test>' }, 'An honest word.', 'nurse@montague.test');
    await stage.juliet.waitFor(hasBody('An honest word'), DEADLINE);
    expect((await card(`lady%lax.test@${stage.world.server.component}`)).name).toBe('lady@lax.test');
    expect((await card(`nurse%montague.test@${stage.world.server.component}`)).name).toBe('nurse@montague.test');
  });

  it("the chat user's own name stands in From", async () => {
    await stage.juliet.request(xml('iq', { type: 'set' }, xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'Juliet Capulet'))));
    stage.juliet.send(chat(`paris%montague.test@${stage.world.server.component}`, 'by-vcard-name', 'By my vCard.'));
    const mail = await readSunk(await stage.world.outside.waitForMail(({ raw }) => raw.includes('By my vCard'), DEADLINE));
    expect(mail.from?.value[0]?.name).toBe('Juliet Capulet');
    const nick = xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Jule');
    stage.juliet.send(chat(`paris%montague.test@${stage.world.server.component}`, 'by-nick-of-message', 'By my nick.', nick));
    const other = await readSunk(await stage.world.outside.waitForMail(({ raw }) => raw.includes('By my nick'), DEADLINE));
    expect(other.from?.value[0]?.name).toBe('Jule');
  });
});
