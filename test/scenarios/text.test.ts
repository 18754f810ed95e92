/** What is written in one world reads as if it were written in the other: styling, subjects, invitations, Outlook's files, charsets. */
import { describe, expect, it } from 'vitest';
import type xml from '@xmpp/xml';
import { mailOf } from '../web/mails.js';
import { tnef } from '../translate/tnef-writer.js';
import { chat, DEADLINE, hasBody, readSunk } from './stanzas.js';
import { setStage } from './stage.js';
import { SERVERS } from './world.js';

const ROMEO = 'romeo@montague.test';
const FILE = 'urn:xmpp:file:metadata:0';

const fileName = (stanza: xml.Element): string | undefined => stanza.getChild('file-sharing', 'urn:xmpp:sfs:0')?.getChild('file', FILE)?.getChildText('name') ?? undefined;

const CALENDAR = [
  'BEGIN:VCALENDAR', 'PRODID:-//Example//Calendar//EN', 'VERSION:2.0', 'METHOD:REQUEST', 'BEGIN:VEVENT', 'UID:ball@montague.test', 'DTSTART:20270212T190000Z', 'DTEND:20270212T220000Z',
  'SUMMARY:Masked ball', 'LOCATION:Capulet\\, the great hall', `ORGANIZER;CN=Romeo:mailto:${ROMEO}`, 'END:VEVENT', 'END:VCALENDAR', '',
].join('\r\n');

/** Beside the text in the alternative, and again as a file, as calendar services send it. */
const INVITATION = Buffer.from(
  [
    `From: ${ROMEO}`, 'To: juliet', 'Subject: Invitation: Masked ball', 'Message-ID: <text-2@montague.test>', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="m"', '',
    '--m', 'Content-Type: multipart/alternative; boundary="a"', '',
    '--a', 'Content-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes', '', 'You have been invited.',
    '--a', 'Content-Type: text/html; charset="UTF-8"', '', '<p>You have been <b>invited</b>.</p>',
    '--a', 'Content-Type: text/calendar; charset="UTF-8"; method=REQUEST', 'Content-Transfer-Encoding: 7bit', '', CALENDAR,
    '--a--', '--m', 'Content-Type: application/ics; name="invite.ics"', 'Content-Disposition: attachment; filename="invite.ics"', 'Content-Transfer-Encoding: base64', '',
    Buffer.from(CALENDAR).toString('base64').replace(/.{76}/g, '$&\r\n'), '--m--', '',
  ].join('\r\n'),
);

describe.each(SERVERS)('text on %s', (kind) => {
  const stage = setStage(kind, { smtp_out: 'burst = "0"' });
  const post = (mail: Buffer): Promise<void> => stage.world.post({ from: ROMEO, to: `juliet@${stage.world.server.component}` }, mail.toString('latin1'));
  const heard = async (words: string): Promise<string> => (await stage.juliet.waitFor(hasBody(words), DEADLINE)).getChildText('body') ?? '';
  const bytesOf = async (name: string): Promise<Buffer> => {
    const url = (await stage.juliet.waitFor((stanza) => fileName(stanza) === name, DEADLINE)).getChildText('body') ?? '';
    return Buffer.from(await (await fetch(url)).arrayBuffer());
  };

  it('styled in chat is styled in mail, and plain for who wants it plain', async () => {
    const body = 'Subject: The balcony\n> what light is that?\nIt is the *east*, see https://verona.test/?a=1&b=<2>';
    stage.juliet.send(chat(stage.world.romeo, 'text-styled-1', body));
    const sunk = await stage.world.outside.waitForMail(({ raw }) => raw.includes('balcony'), DEADLINE);
    expect(sunk.raw).toMatch(/^Content-Type: multipart\/alternative/im);
    const mail = await readSunk(sunk);
    expect(mail.subject).toBe('The balcony');
    expect(mail.text?.trim()).toBe('> what light is that?\nIt is the *east*, see https://verona.test/?a=1&b=<2>');
    const html = String(mail.html);
    expect(html).toMatch(/<blockquote type="cite"[^>]*>\s*<div dir="auto">what light is that\?<\/div>\s*<\/blockquote>/);
    expect(html).toContain('It is the <b>east</b>, see <a href="https://verona.test/?a=1&amp;b=');
    expect(html).not.toContain('<2>');
  });

  it('of an invitation is told, and the invitation is a file', async () => {
    await post(INVITATION);
    const body = await heard('You have been invited.');
    expect(body).toContain('Invitation: Masked ball\nWhen: Friday, 12 February 2027, 19:00–22:00 (UTC)\nWhere: Capulet, the great hall\nInvited by: Romeo');
    expect((await bytesOf('invite.ics')).toString().replace(/\s+$/, '')).toBe(CALENDAR.trimEnd());
  });

  it('and files that Outlook packed are there', async () => {
    const plan = Buffer.alloc(200_000, 'a plan, ');
    const packed = tnef({ codePage: 1252, body: Buffer.from('The plan is inside.'), files: [{ title: 'PLAN~1.PDF', long: 'Plan für Verona.pdf', type: 'application/pdf', bytes: plan }, { title: 'NOTE.TXT', bytes: Buffer.from('Burn this.') }] });
    await post(mailOf({ head: { From: ROMEO, To: 'juliet', Subject: 'plan', 'Message-ID': '<text-3@montague.test>' }, plain: '', files: [{ name: 'winmail.dat', type: 'application/ms-tnef', bytes: packed }] }));
    expect(await heard('The plan is inside.')).not.toContain('[file');
    expect((await bytesOf('Plan für Verona.pdf')).equals(plan)).toBe(true);
    expect((await bytesOf('NOTE.TXT')).toString()).toBe('Burn this.');
    expect(stage.juliet.received.some((stanza) => fileName(stanza) === 'winmail.dat')).toBe(false);
  });

  it('in a charset that nobody declared is read', async () => {
    // "Что за свет блеснул в окне? Это восток, а Джульетта — солнце." in windows-1251.
    const words = Buffer.from('d7f2ee20e7e020f1e2e5f220e1ebe5f1ededf3eb20e220eeeaede53f20ddf2ee20e2eef1f2eeea2c20e020c4e6f3ebfce5f2f2e0209720f1eeebedf6e52e', 'hex');
    await post(Buffer.from(`From: ${ROMEO}\r\nTo: juliet\r\nSubject: light\r\nMessage-ID: <text-4@montague.test>\r\nContent-Transfer-Encoding: base64\r\n\r\n${words.toString('base64')}\r\n`));
    expect(await heard('восток')).toContain('Это восток, а Джульетта — солнце.');
  });

  it('is as much of a mail as its reader wants', async () => {
    const { juliet, world } = stage;
    const letter = (n: number): Promise<void> =>
      post(Buffer.from(`From: ${ROMEO}\r\nTo: juliet\r\nSubject: stars\r\nMessage-ID: <text-5-${n}@montague.test>\r\n\r\nLetter ${n} begins.\r\n\r\n${'Two of the fairest stars in all the heaven.\r\n\r\n'.repeat(60)}Letter ${n} ends.\r\n`));
    const set = async (shown: string): Promise<void> => {
      juliet.send(chat(world.server.component, `text-${shown}`, `text ${shown}`));
      await juliet.waitFor((stanza) => stanza.attrs.from === world.server.component && (stanza.getChildText('body') ?? '') !== '', DEADLINE);
      juliet.received.length = 0;
    };
    juliet.received.length = 0;
    await set('short');
    await letter(1);
    const short = await heard('Letter 1 begins.');
    expect(short).toContain('[… goes on');
    expect(short).not.toContain('Letter 1 ends.');
    await set('whole');
    await letter(2);
    const whole = await heard('Letter 2 begins.');
    expect(whole).toContain('Letter 2 ends.');
    expect(whole).not.toContain('goes on');
  });
});
