/** Whom Juliet has blocked: by command, in the chat itself, through her client, or at her own server. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createTransport } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { chat, DEADLINE, hasBody, mailTo } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const BLOCKING = 'urn:xmpp:blocking';
const REFUSED = /550.5\.7\.1|550[ -]5\.7\.1/;

describe.each(SERVERS)('blocking on %s', (kind) => {
  const stage = setStage(kind);
  const at = (name: string): string => `${name}@${stage.world.server.component}`;
  const contact = (name: string): string => at(`${name}%montague.test`);
  let count = 0;
  const post = (name: string, body: string, { to = [at('juliet')], envelope = name }: { to?: readonly string[]; envelope?: string } = {}) => {
    const head = { From: `${name}@montague.test`, To: 'juliet', 'Message-ID': `<blocking-${++count}@montague.test>` };
    return stage.world.post({ from: `${envelope}@montague.test`, to }, mailText(head, body));
  };
  const iq = (type: 'get' | 'set', to: string, payload: xml.Element) => stage.juliet.request(xml('iq', { type, to }, payload));
  const items = (...jids: string[]) => jids.map((jid) => xml('item', { jid }));
  const gatewayList = async () => (await iq('get', stage.world.server.component, xml('blocklist', { xmlns: BLOCKING }))).getChild('blocklist', BLOCKING)?.getChildren('item').map(({ attrs }) => attrs.jid as string);

  it('/block in his chat refuses him at RCPT and by his From, and /unblock takes him again', async () => {
    await post('tybalt', 'I hate the word.');
    await stage.juliet.waitFor(hasBody('I hate the word'), DEADLINE);
    stage.juliet.send(chat(contact('tybalt'), 'b1', '/block'));
    expect((await stage.juliet.waitFor(hasBody('tybalt@montague.test is blocked'), DEADLINE)).attrs.from).toBe(contact('tybalt'));
    await expect(post('tybalt', 'by envelope: never seen')).rejects.toThrow(REFUSED);
    await expect(post('tybalt', 'by From: never seen', { envelope: 'benvolio' })).rejects.toThrow(REFUSED);
    stage.juliet.send(chat(contact('tybalt'), 'b2', '/unblock'));
    await stage.juliet.waitFor(hasBody('no longer blocked'), DEADLINE);
    await post('tybalt', 'Have at thee, coward!');
    await stage.juliet.waitFor(hasBody('Have at thee'), DEADLINE);
    expect(stage.juliet.received.filter(hasBody('never seen'))).toEqual([]);
    expect(stage.world.outside.mails.filter(mailTo('tybalt@montague.test'))).toEqual([]);
  });

  it('loses no other recipient his mail, and tells the sender whose mail was not taken', async () => {
    const romeo = await connectClient(stage.world.server, 'romeo');
    stage.juliet.send(chat(stage.world.server.component, 'b3', 'block sampson@montague.test'));
    await stage.juliet.waitFor(hasBody('sampson@montague.test is blocked'), DEADLINE);
    // Both are recipients when the From is seen.
    await post('sampson', 'by SMTP', { to: [at('juliet'), at('romeo')], envelope: 'abram' });
    await romeo.waitFor(hasBody('by SMTP'), DEADLINE);
    const dsn = await stage.world.outside.waitForMail(mailTo('abram@montague.test'), DEADLINE);
    expect(dsn.raw).toMatch(/Final-Recipient:.*juliet@/i);
    expect(dsn.raw).not.toMatch(/Final-Recipient:.*romeo@/i);
    const lmtp = createTransport({ host: '127.0.0.1', port: stage.world.gateway.lmtpPort, lmtp: true, name: 'mx.montague.test', ignoreTLS: true } as Parameters<typeof createTransport>[0]);
    const sent: unknown = await lmtp.sendMail({ envelope: { from: 'abram@montague.test', to: [at('juliet'), at('romeo')] }, raw: mailText({ From: 'sampson@montague.test', 'Message-ID': '<lmtp@montague.test>' }, 'by LMTP') });
    lmtp.close();
    expect(sent).toMatchObject({ accepted: [at('romeo')], rejected: [at('juliet')] });
    await romeo.waitFor(hasBody('by LMTP'), DEADLINE);
    await romeo.close();
    expect(stage.world.outside.mails.filter(mailTo('abram@montague.test'))).toHaveLength(1);
    expect(stage.juliet.received.filter((stanza) => hasBody('by SMTP')(stanza) || hasBody('by LMTP')(stanza))).toEqual([]);
  });

  it('through the client: XEP-0191 to the gateway, and an XEP-0377 report to the contact', async () => {
    const { component } = stage.world.server;
    expect((await iq('set', component, xml('block', { xmlns: BLOCKING }, items(contact('gregory'))))).attrs.type).toBe('result');
    expect(await gatewayList()).toContain(contact('gregory'));
    await expect(post('gregory', 'no')).rejects.toThrow(REFUSED);
    const report = xml('report', { xmlns: 'urn:xmpp:reporting:1', reason: 'urn:xmpp:reporting:spam' }, xml('text', {}, 'Cheap\npotions'));
    await iq('set', contact('apothecary'), xml('block', { xmlns: BLOCKING }, xml('item', { jid: contact('apothecary') }, report)));
    await expect(post('apothecary', 'no')).rejects.toThrow(REFUSED);
    const { file, args, cwd } = stage.world.gateway.command(['queue', 'incidents', 'apothecary@montague.test']);
    expect((await promisify(execFile)(file, [...args], { cwd })).stdout).toMatch(/Reported as spam: Cheap potions/);
    const other = xml('block', { xmlns: BLOCKING }, items(contact('gregory')));
    expect((await iq('set', contact('apothecary'), other)).attrs.type).toBe('error');
    const wide = at('%*.test');
    await iq('set', component, xml('block', { xmlns: BLOCKING }, items(wide)));
    expect(await gatewayList()).toContain(wide);
    await expect(post('peter', 'no')).rejects.toThrow(REFUSED);
    const still = await iq('set', component, xml('unblock', { xmlns: BLOCKING }, items(contact('gregory'))));
    expect([still.attrs.type, still.getChild('error')?.getChildText('text')]).toEqual(['error', expect.stringContaining('still blocked, by @*.test') as string]);
    expect((await iq('set', component, xml('unblock', { xmlns: BLOCKING }, items(wide)))).attrs.type).toBe('result');
    expect(await gatewayList()).not.toEqual(expect.arrayContaining([wide]));
    await iq('set', component, xml('unblock', { xmlns: BLOCKING }));
    expect(await gatewayList()).toEqual([]);
    await post('gregory', 'The heads of the maids?');
    await stage.juliet.waitFor(hasBody('The heads of the maids'), DEADLINE);
    const info = await iq('get', component, xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' }));
    const features = info.getChild('query')?.getChildren('feature').map(({ attrs }) => attrs.var as string);
    expect(features).toEqual(expect.arrayContaining([BLOCKING, 'urn:xmpp:reporting:1', 'urn:xmpp:reporting:0']));
  });

  it('at her own server: noticed by the first mail that comes back, and no longer honoured when it is gone', async () => {
    const own = stage.world.server.users.juliet.jid;
    await stage.juliet.request(xml('iq', { type: 'set' }, xml('block', { xmlns: BLOCKING }, items(contact('peter')))));
    await post('peter', 'Perhaps you have learned it without book');
    await stage.world.outside.waitForMail(mailTo('peter@montague.test'), DEADLINE);
    await waitUntil('the block is noticed', async () => (await gatewayList())?.includes(contact('peter')), DEADLINE);
    await expect(post('peter', 'no')).rejects.toThrow(REFUSED);
    // Nobody else is held up.
    await post('potpan', "Where's Potpan?");
    await stage.juliet.waitFor(hasBody("Where's Potpan"), DEADLINE);
    await stage.juliet.request(xml('iq', { type: 'set', to: own }, xml('unblock', { xmlns: BLOCKING }, items(contact('peter')))));
    await waitUntil('his mail is taken again', () => post('peter', 'I pray, can you read?').then(() => true, (error: unknown) => (/5\.7\.1/.test(String(error)) ? undefined : Promise.reject(error as Error))), DEADLINE);
    await stage.juliet.waitFor(hasBody('can you read'), DEADLINE);
  });
});
