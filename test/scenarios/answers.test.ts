/** Promise 2: every delivery ends in an answer, on the very message, and no answer is answered. */
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { waitUntil } from '../servers/wait.js';
import { chat, condition, DEADLINE, errorText, isErrorOn, mailTo, readSunk } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

describe.each(SERVERS)('answers on %s', (kind) => {
  const stage = setStage(kind, { smtp_out: 'retry = ["1s"]\nwarn = "1s"\nexpire = "8s"' });

  it('tells the chat user what the mail server said, on that very message', async () => {
    stage.world.outside.behave('rcpt', (to) => (to.startsWith('nobody') ? { answer: '550 5.1.1 There is no nobody here' } : 'accept'));
    stage.juliet.send(chat(`nobody%montague.test@${stage.world.server.component}`, 'to-nobody-at-all', 'hello nobody'));
    const error = await stage.juliet.waitFor(isErrorOn('to-nobody-at-all'), DEADLINE);
    expect(error.attrs).toMatchObject({ from: `nobody%montague.test@${stage.world.server.component}`, to: stage.juliet.jid });
    expect(condition(error)).toBe('cancel item-not-found');
    expect(errorText(error)).toContain('There is no nobody here');
  });

  it('answers a message written to the \\40 spelling from that spelling', async () => {
    const spelt = `nobody\\40montague.test@${stage.world.server.component}`;
    stage.juliet.send(chat(spelt, 'to-nobody-escaped', 'hello nobody'));
    expect((await stage.juliet.waitFor(isErrorOn('to-nobody-escaped'), DEADLINE)).attrs.from).toBe(spelt);
  });

  it('tries again what fails for now, says that it is delayed, and gives up with an answer', async () => {
    stage.world.outside.behave('data', () => ({ answer: '451 4.3.0 Come back later' }));
    stage.juliet.send(chat(`late%montague.test@${stage.world.server.component}`, 'to-late-recipient', 'hello late'));
    const from = `late%montague.test@${stage.world.server.component}`;
    const notice = await stage.juliet.waitFor((s) => s.is('message') && s.attrs.from === from && s.attrs.type !== 'error', DEADLINE);
    expect(notice.getChildText('body')).toMatch(/delayed/i);
    const error = await stage.juliet.waitFor(isErrorOn('to-late-recipient'), 25_000);
    stage.world.outside.behave('data', 'accept');
    expect(condition(error)).toBe('cancel remote-server-timeout');
    expect(errorText(error)).toContain('Come back later');
    expect(stage.world.outside.seen.filter((line) => line === 'rcpt late@montague.test').length).toBeGreaterThan(2);
  });

  it('turns a DSN that comes back into an error on the message it speaks of, once', async () => {
    stage.juliet.send(chat(`forwarded%montague.test@${stage.world.server.component}`, 'bounces-later-id', 'hello far away'));
    const sent = await stage.world.outside.waitForMail(mailTo('forwarded@montague.test'), DEADLINE);
    const dsn = mailText(
      { From: 'MAILER-DAEMON@montague.test', To: sent.from, Subject: 'anything at all', 'Auto-Submitted': 'auto-replied', 'MIME-Version': '1.0', 'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b' },
      '--b\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.montague.test\n\nFinal-Recipient: rfc822; other@far.test\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox is full\n--b--',
    );
    await stage.world.post({ from: '', to: sent.from }, dsn);
    const error = await stage.juliet.waitFor(isErrorOn('bounces-later-id'), DEADLINE);
    expect(errorText(error)).toContain('Mailbox is full');
    await stage.world.post({ from: '', to: sent.from }, dsn);
    stage.juliet.send(chat(`marker%montague.test@${stage.world.server.component}`, 'after-second-dsn', 'marker'));
    await stage.world.outside.waitForMail(mailTo('marker@montague.test'), DEADLINE);
    expect(stage.juliet.received.filter(isErrorOn('bounces-later-id'))).toHaveLength(1);
  });

  it('gives a receipt only when a DSN says that it was delivered', async () => {
    stage.juliet.send(chat(`receipt%montague.test@${stage.world.server.component}`, 'wants-a-receipt-1', 'did you get it?', xml('request', { xmlns: 'urn:xmpp:receipts' })));
    const sent = await stage.world.outside.waitForMail(mailTo('receipt@montague.test'), DEADLINE);
    const isReceipt = (s: xml.Element): boolean => s.getChild('received', 'urn:xmpp:receipts')?.attrs.id === 'wants-a-receipt-1';
    expect(stage.juliet.received.some(isReceipt)).toBe(false);
    const dsn = mailText(
      { From: 'MAILER-DAEMON@montague.test', To: sent.from, Subject: 'delivered', 'MIME-Version': '1.0', 'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b' },
      '--b\n\nDelivered.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.montague.test\n\nFinal-Recipient: rfc822; receipt@montague.test\nAction: delivered\nStatus: 2.0.0\n--b--',
    );
    await stage.world.post({ from: '', to: sent.from }, dsn);
    expect((await stage.juliet.waitFor(isReceipt, DEADLINE)).attrs.from).toBe(`receipt%montague.test@${stage.world.server.component}`);
  });

  it('sends a DSN to a verified sender when the XMPP server refuses the message', async () => {
    const head = { From: 'romeo@montague.test', To: 'ghost', Subject: 'Are you there?', 'Message-ID': '<ghost@montague.test>' };
    await stage.world.post({ from: 'romeo+ghost@montague.test', to: `ghost@${stage.world.server.component}` }, mailText(head, 'hello ghost'));
    const sunk = await stage.world.outside.waitForMail(mailTo('romeo+ghost@montague.test'), DEADLINE);
    expect(sunk.from).toBe('');
    expect(sunk.raw).toMatch(/^Content-Type: multipart\/report; report-type=delivery-status/im);
    expect(sunk.raw).toMatch(/^Auto-Submitted: auto-replied/im);
    expect(sunk.raw).toMatch(/^Action: failed\r$/m);
    expect(sunk.raw).toMatch(/^Status: 5\.\d+\.\d+\r$/m);
    expect(sunk.raw).toMatch(/^Final-Recipient: rfc822; ?ghost@/m);
    expect((await readSunk(sunk)).text).toContain('Are you there?');
    // The server does not know this user, or says so: the next mail is put off at RCPT.
    await expect(stage.world.post({ from: 'romeo@montague.test', to: `ghost@${stage.world.server.component}` }, mailText(head, 'again'))).rejects.toThrow(/4\.2\.1|5\.1\.1/);
  });

  it.each([
    ['a null return path', '', {}],
    ['an automatic mail', 'robot@montague.test', { 'Auto-Submitted': 'auto-generated' }],
    ['an unverified sender', 'forger@lax.test', {}],
  ])('sends no DSN for %s', async (name, from, more) => {
    const local = `phantom-${from.length}`;
    const head = { From: from === 'forger@lax.test' ? from : 'robot@montague.test', To: local, 'Message-ID': `<${local}@montague.test>`, ...more };
    const before = stage.world.outside.mails.length;
    await stage.world.post({ from, to: `${local}@${stage.world.server.component}` }, mailText(head, `to nobody: ${name}`));
    await waitUntil('the XMPP server refused it', async () => (await stage.world.gateway.metrics()) !== '' && stage.world.gateway.log().includes(local), DEADLINE);
    stage.juliet.send(chat(`marker%montague.test@${stage.world.server.component}`, `marker-after-${local}`, `marker after ${local}`));
    await stage.world.outside.waitForMail(({ raw }) => raw.includes(`marker after ${local}`), DEADLINE);
    expect(stage.world.outside.mails).toHaveLength(before + 1);
  });
});
