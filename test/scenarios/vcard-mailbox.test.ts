/** Row A1: chat to somebody who is offline, and has bound no mailbox, goes to the mail address that he publishes in his vCard. */
import xml, { type Element } from '@xmpp/xml';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectClient } from '../servers/client.js';
import { become, befriend } from './attendance.js';
import { setStage } from './stage.js';
import { chat, DEADLINE, hasBody, readSunk } from './stanzas.js';
import { mailText, SERVERS } from './world.js';

const field = (name: string, value: string): Element => xml('field', { var: name }, xml('value', {}, value));
/** XEP-0292, open to everybody. */
const vcard4 = (address: string): Element =>
  xml('pubsub', { xmlns: 'http://jabber.org/protocol/pubsub' },
    xml('publish', { node: 'urn:xmpp:vcard4' }, xml('item', { id: 'current' }, xml('vcard', { xmlns: 'urn:ietf:params:xml:ns:vcard-4.0' }, xml('email', {}, xml('text', {}, address))))),
    xml('publish-options', {}, xml('x', { xmlns: 'jabber:x:data', type: 'submit' }, field('FORM_TYPE', 'http://jabber.org/protocol/pubsub#publish-options'), field('pubsub#access_model', 'open'))));
const vcard = (address: string): Element => xml('vCard', { xmlns: 'vcard-temp' }, xml('EMAIL', {}, xml('INTERNET'), xml('USERID', {}, address)));

describe.each(SERVERS.flatMap((kind) => [[kind, 'XEP-0054', vcard], [kind, 'XEP-0292', vcard4]] as const))('on %s, the address of a vCard (%s)', (kind, _, card) => {
  const stage = setStage(kind);
  const gateway = (): string => stage.world.server.component;

  beforeAll(async () => {
    const romeo = await connectClient(stage.world.server, 'romeo');
    await befriend(romeo, gateway());
    await become(stage, '1 1');
    expect((await romeo.request(xml('iq', { type: 'set' }, card('romeo@montague.test')))).attrs.type).toBe('result');
    await romeo.close();
    await become(stage, '1 0');
  });

  it('gets what another one writes to him while he is offline, and its answer comes back', async () => {
    const { juliet, world } = stage;
    juliet.send(chat(`romeo@${gateway()}`, 'to-a-published-address', 'Thou art not in thy chamber.'));
    const mail = await world.outside.waitForMail(({ to, raw }) => to.includes('romeo@montague.test') && raw.includes('thy chamber'), DEADLINE);
    const read = await readSunk(mail);
    expect(read.from?.value[0]?.address).toBe(`juliet@${gateway()}`);
    const head = { From: 'romeo@montague.test', To: `juliet@${gateway()}`, Subject: `Re: ${read.subject ?? ''}`, 'Message-ID': '<chamber@montague.test>', 'In-Reply-To': read.messageId ?? '' };
    await world.post({ from: 'romeo@montague.test', to: `juliet@${gateway()}` }, mailText(head, 'I am in the orchard.'));
    // Nobody has proven that the address is his: the answer is the mail contact's.
    expect((await juliet.waitFor(hasBody('in the orchard'), DEADLINE)).attrs.from).toBe(`romeo%montague.test@${gateway()}`);
  });
});
