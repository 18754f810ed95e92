/** The mail address that somebody publishes, set by a real client on real servers: an address to write to (row A1). */
import xml, { type Element } from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Jid } from '../../src/address.js';
import { CardMails } from '../../src/xmpp/card-mail.js';
import { IqCaller } from '../../src/xmpp/iq.js';
import { connectClient, type TestClient } from '../servers/client.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { online, startEdge, type Running } from './harness.js';
import { SERVERS } from './servers.js';

const VCARD4 = 'urn:ietf:params:xml:ns:vcard-4.0';
const user = (local: string): Jid => ({ kind: 'jid', local, domain: 'example.test', resource: 'balcony' });

describe.each(SERVERS)('the mail address in a vCard on $name', ({ launch }) => {
  let server: XmppServer;
  let one: Running;
  let juliet: TestClient;
  let romeo: TestClient;

  beforeAll(async () => {
    server = await launch();
    [one, juliet, romeo] = await Promise.all([online(startEdge(server)), connectClient(server, 'juliet'), connectClient(server, 'romeo')]);
  });
  afterAll(async () => {
    await Promise.all([juliet.close(), romeo.close()]);
    await one.edge.stop(2_000);
    await server.dispose();
  });

  it('is found where the client wrote it: in the vCard (XEP-0054)', async () => {
    const card = xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'Juliet'), xml('EMAIL', {}, xml('INTERNET'), xml('USERID', {}, ' juliet@capulet.test ')));
    expect((await juliet.request(xml('iq', { type: 'set' }, card))).attrs.type).toBe('result');
    expect(await one.edge.cardMails.mailOf(user('juliet'))).toEqual({ kind: 'mail', local: 'juliet', domain: 'capulet.test' });
  });

  it('is found where the client wrote it: in the vCard4 that it publishes (XEP-0292)', async () => {
    const card = xml('vcard', { xmlns: VCARD4 }, xml('fn', {}, xml('text', {}, 'Romeo')), xml('email', {}, xml('text', {}, 'romeo@montague.test')));
    const open = xml('publish-options', {}, xml('x', { xmlns: 'jabber:x:data', type: 'submit' }, field('FORM_TYPE', 'http://jabber.org/protocol/pubsub#publish-options', 'hidden'), field('pubsub#access_model', 'open')));
    const publish = xml('pubsub', { xmlns: 'http://jabber.org/protocol/pubsub' }, xml('publish', { node: 'urn:xmpp:vcard4' }, xml('item', { id: 'current' }, card)), open);
    expect((await romeo.request(xml('iq', { type: 'set' }, publish))).attrs.type).toBe('result');
    expect(await one.edge.cardMails.mailOf(user('romeo'))).toEqual({ kind: 'mail', local: 'romeo', domain: 'montague.test' });
  });

  it('is none of somebody who is not there', async () => {
    expect(await one.edge.cardMails.mailOf(user('nobody'))).toBeUndefined();
  });
});

describe('what a vCard says', () => {
  function answering(card: Element | undefined): { mails: CardMails; asked: () => number; time: { now: number } } {
    let asked = 0;
    const time = { now: 0 };
    const iq: IqCaller = new IqCaller((stanza) => {
      asked++;
      const { id, from, to } = stanza.attrs;
      const isOurs = card !== undefined && stanza.getChildElements()[0]?.getNS() === card.attrs.xmlns;
      const answer = xml('iq', { id, from: to, to: from, type: isOurs ? 'result' : 'error' }, isOurs ? card : undefined);
      setImmediate(() => iq.answered(answer));
      return undefined;
    });
    return { mails: new CardMails(iq, 'gw.example', () => time.now), asked: () => asked, time };
  }
  const email4 = (text: string, pref?: string) => xml('email', {}, pref && xml('parameters', {}, xml('pref', {}, xml('integer', {}, pref))), xml('text', {}, text));

  it('is read strictly, the preferred one first', async () => {
    const card = xml('vcard', { xmlns: VCARD4 }, email4('Juliet <j@x.example>'), email4('old@x.example', '2'), email4('mailto:new@x.example', '1'), email4('a@b.example, c@d.example', '0'));
    expect(await answering(card).mails.mailOf(user('juliet'))).toMatchObject({ local: 'new', domain: 'x.example' });
    const old = xml('vCard', { xmlns: 'vcard-temp' }, xml('EMAIL', {}, xml('USERID', {}, 'one@x.example')), xml('EMAIL', {}, xml('PREF'), xml('USERID', {}, 'two@x.example')));
    expect(await answering(old).mails.mailOf(user('juliet'))).toMatchObject({ local: 'two' });
    for (const text of ['j@x.example\nBcc: e@evil.example', 'j@[127.0.0.1]', '', 'j', '@x.example', 'j\u202e@x.example']) {
      expect(await answering(xml('vcard', { xmlns: VCARD4 }, email4(text))).mails.mailOf(user('juliet'))).toBeUndefined();
    }
  });

  it.each([['an answer', xml('vcard', { xmlns: VCARD4 }, email4('j@x.example'))], ['that there is none', undefined]])('is kept for a day: %s', async (_name, card) => {
    const { mails, asked, time } = answering(card);
    await mails.mailOf(user('juliet'));
    const first = asked();
    time.now = 86_400_000 - 1;
    await mails.mailOf(user('juliet'));
    expect(asked()).toBe(first);
    time.now++;
    await mails.mailOf(user('juliet'));
    expect(asked()).toBe(2 * first);
  });
});

function field(name: string, value: string, type?: string): Element {
  return xml('field', { var: name, ...(type && { type }) }, xml('value', {}, value));
}
