/** Chat users write to each other through the gateway: by the contacts that stand for them there, and it stays chat. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient, type TestClient } from '../servers/client.js';
import { setStage } from './stage.js';
import { chat, condition, DEADLINE, hasBody, isErrorOn } from './stanzas.js';
import { SERVERS } from './world.js';

const REPLY = 'urn:xmpp:reply:0';
const RECEIPTS = 'urn:xmpp:receipts';
const isPresence = (from: string, type?: string) => (stanza: xml.Element): boolean =>
  stanza.is('presence') && (stanza.attrs.from ?? '').split('/')[0] === from && stanza.attrs.type === type;

describe.each(SERVERS)('chat users on %s', (kind) => {
  const stage = setStage(kind);
  let romeo: TestClient;
  const gateway = (): string => stage.world.server.component;
  const contact = (local: string): string => `${local}@${gateway()}`;

  beforeAll(async () => {
    romeo = await connectClient(stage.world.server, 'romeo');
  });
  afterAll(() => romeo.close());

  it('write to each other by the contacts that stand for them, and answer', async () => {
    const { juliet } = stage;
    juliet.send(chat(contact('romeo'), 'juliet-writes-first', 'Wherefore art thou?', xml('request', { xmlns: RECEIPTS })));
    const first = await romeo.waitFor(hasBody('Wherefore'), DEADLINE);
    expect(first.attrs.from).toBe(contact('juliet'));
    expect(first.getChildText('body')).toBe('Wherefore art thou?');
    romeo.send(xml('message', { to: contact('juliet') }, xml('received', { xmlns: RECEIPTS, id: first.attrs.id })));
    const receipt = await juliet.waitFor((stanza) => stanza.getChild('received', RECEIPTS) !== undefined, DEADLINE);
    expect([receipt.attrs.from, receipt.getChild('received', RECEIPTS)?.attrs.id]).toEqual([contact('romeo'), 'juliet-writes-first']);

    const id = first.attrs.id ?? '';
    romeo.send(chat(contact('juliet'), 'romeo-answers', 'Call me but love.', xml('reply', { xmlns: REPLY, id, to: contact('juliet') })));
    const answer = await juliet.waitFor(hasBody('Call me but love.'), DEADLINE);
    expect(answer.attrs.from).toBe(contact('romeo'));
    expect(answer.getChild('reply', REPLY)?.attrs).toMatchObject({ id: 'juliet-writes-first', to: stage.world.server.users.juliet.jid });
    expect(answer.getChildText('thread')).toBe(first.getChildText('thread'));

    juliet.send(chat(contact('romeo'), 'juliet-on-herself', 'My ears have not yet drunk.', xml('reply', { xmlns: REPLY, id: 'juliet-writes-first', to: juliet.jid })));
    const more = await romeo.waitFor(hasBody('My ears'), DEADLINE);
    expect(more.getChild('reply', REPLY)?.attrs).toMatchObject({ id, to: contact('juliet') });
    expect(stage.world.outside.mails).toEqual([]);
  });

  it('correct, react, and share files', async () => {
    const { juliet } = stage;
    juliet.send(chat(contact('romeo'), 'to-be-corrected', 'Good nigth'));
    const wrong = await romeo.waitFor(hasBody('Good nigth'), DEADLINE);
    juliet.send(chat(contact('romeo'), 'the-correction-itself', 'Good night', xml('replace', { xmlns: 'urn:xmpp:message-correct:0', id: 'to-be-corrected' })));
    const right = await romeo.waitFor(hasBody('Good night'), DEADLINE);
    expect(right.getChild('replace', 'urn:xmpp:message-correct:0')?.attrs.id).toBe(wrong.attrs.id);

    const reactions = (id: string, ...emoji: string[]): xml.Element => xml('reactions', { xmlns: 'urn:xmpp:reactions:0', id }, emoji.map((one) => xml('reaction', {}, one)));
    const reacted = (count: number) => (stanza: xml.Element): boolean => stanza.getChild('reactions', 'urn:xmpp:reactions:0')?.getChildren('reaction').length === count;
    romeo.send(xml('message', { to: contact('juliet'), type: 'chat', id: 'romeo-reacts' }, reactions(wrong.attrs.id ?? '', '🌹', '💋')));
    expect((await juliet.waitFor(reacted(2), DEADLINE)).getChild('reactions', 'urn:xmpp:reactions:0')?.attrs.id).toBe('to-be-corrected');
    romeo.send(xml('message', { to: contact('juliet'), type: 'chat', id: 'romeo-reacts-no-more' }, reactions(wrong.attrs.id ?? '')));
    await juliet.waitFor(reacted(0), DEADLINE);

    const url = 'https://files.example/letter.pdf';
    juliet.send(chat(contact('romeo'), 'a-file-for-romeo', url, xml('x', { xmlns: 'jabber:x:oob' }, xml('url', {}, url))));
    const file = await romeo.waitFor(hasBody(url), DEADLINE);
    expect([file.getChildText('body'), file.getChild('x', 'jabber:x:oob')?.getChildText('url')]).toEqual([url, url]);
  });

  it('keep their order', async () => {
    const { juliet } = stage;
    const lines = Array.from({ length: 50 }, (_, i) => `line ${i} of many`);
    lines.forEach((line, i) => juliet.send(chat(contact('romeo'), `one-of-many-lines-${i}`, line)));
    await romeo.waitFor(hasBody('line 49 of many'), DEADLINE);
    expect(romeo.received.flatMap((stanza) => (hasBody('of many')(stanza) ? [stanza.getChildText('body')] : []))).toEqual(lines);
  });

  it('are told on the very message that nobody is there, and cannot write to themselves', async () => {
    const { juliet } = stage;
    juliet.send(chat(contact('rosaline'), 'to-nobody-at-all', 'Fair Rosaline?'));
    const error = await juliet.waitFor(isErrorOn('to-nobody-at-all'), DEADLINE);
    expect([error.attrs.from, condition(error)]).toEqual([contact('rosaline'), 'cancel service-unavailable']);
    juliet.send(chat(contact('juliet'), 'to-myself-alone', 'Ay me.'));
    expect(condition(await juliet.waitFor(isErrorOn('to-myself-alone'), DEADLINE))).toBe('cancel item-not-found');
    juliet.send(xml('message', { to: contact('romeo'), type: 'chat', id: 'take-it-back' }, xml('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'juliet-writes-first' })));
    expect(condition(await juliet.waitFor(isErrorOn('take-it-back'), DEADLINE))).toBe('cancel feature-not-implemented');
  });

  it('have contacts with a name and no more presence than a mail address has', async () => {
    const { juliet } = stage;
    await romeo.request(xml('iq', { type: 'set' }, xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'Romeo Montague'))));
    const info = await juliet.request(xml('iq', { type: 'get', to: contact('romeo') }, xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' })));
    expect(info.getChild('query')?.getChild('identity')?.attrs).toMatchObject({ category: 'account', name: 'Romeo Montague' });
    const card = await juliet.request(xml('iq', { type: 'get', to: contact('romeo') }, xml('vCard', { xmlns: 'vcard-temp' })));
    expect(card.getChild('vCard')?.getChild('EMAIL')?.getChildText('USERID')).toBe(contact('romeo'));
    juliet.send(xml('presence', { type: 'subscribe', to: contact('romeo') }));
    expect((await juliet.waitFor(isPresence(contact('romeo')), DEADLINE)).getChild('show')).toBeUndefined();
    const typed = await juliet.request(xml('iq', { type: 'set', to: gateway() }, xml('query', { xmlns: 'jabber:iq:gateway' }, xml('prompt', {}, contact('romeo')))));
    expect(typed.getChild('query')?.getChildText('jid')).toBe(contact('romeo'));
  });
});
