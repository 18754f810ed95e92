/** What was cut from a mail is one click away: its page, the mail as it came, and its files. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { claimPorts } from '../servers/ports.js';
import { DEADLINE, hasBody } from './stanzas.js';
import { setStage } from './stage.js';
import { SERVERS } from './world.js';
import { mailOf } from '../web/mails.js';

const [PORT = 0] = await claimPorts(1);
const PUBLIC_URL = `http://127.0.0.1:${PORT}/post`;
const ROMEO = 'romeo@montague.test';
const HISTORY = Array.from({ length: 40 }, (_, i) => `> line ${i} of what was said before`).join('\n');
const FILM = randomBytes(3_000_000);

describe.each(SERVERS)('pages of mails on %s', (kind) => {
  const stage = setStage(kind, { web: `listen = "127.0.0.1:${PORT}"\npublic_url = "${PUBLIC_URL}"\nlink_expiry = "2d"` });

  const post = (mail: Buffer, from = ROMEO): Promise<void> => stage.world.post({ from, to: `juliet@${stage.world.server.component}` }, mail.toString('latin1'));
  const linkWith = async (words: string): Promise<string> => {
    const body = (await stage.juliet.waitFor(hasBody(words), DEADLINE)).getChildText('body') ?? '';
    return new RegExp(`(?<= )${PUBLIC_URL}/m/[0-9a-z-]+$`, 'm').exec(body)?.[0] ?? `no link in: ${body}`;
  };

  it('shows the whole mail behind the link in the chat, and all its bytes', async () => {
    const mail = mailOf({
      head: { To: `juliet@${stage.world.server.component}`, Bcc: 'nurse@capulet.test', 'Message-ID': '<cut-page@montague.test>' },
      plain: `Short answer.\n\nOn Mon, 2 Nov 2026 at 10:00, Juliet wrote:\n${HISTORY}\n`,
      files: [{ name: 'film.mp4', type: 'video/mp4', bytes: FILM }],
    });
    await post(mail);
    const link = await linkWith('Short answer.');
    const page = await (await fetch(link)).text();
    for (const told of ['A &lt;b&gt;ball', '✓ verified', 'Romeo Montague', 'line 39 of what was said before', 'film.mp4', '3.0 MB']) expect(page).toContain(told);
    expect(page).not.toContain('nurse');

    const raw = Buffer.from(await (await fetch(`${link}/mail.eml`)).arrayBuffer()).toString('latin1');
    const sent = mail.toString('latin1').replace('Bcc: nurse@capulet.test\r\n', '');
    expect(raw.endsWith(sent)).toBe(true);
    expect(raw.slice(0, -sent.length)).toMatch(/^Received: /);

    const [, path = ''] = /href="([^"]+\/film\.mp4)"/.exec(page) ?? [];
    const file = await fetch(new URL(path, link));
    expect([file.status, file.headers.get('content-type'), file.headers.get('content-length')]).toEqual([200, 'video/mp4', '3000000']);
    expect(Buffer.from(await file.arrayBuffer()).equals(FILM)).toBe(true);
    const part = await fetch(new URL(path, link), { headers: { range: 'bytes=2999990-' } });
    expect(Buffer.from(await part.arrayBuffer()).equals(FILM.subarray(-10))).toBe(true);
  });

  it('marks a mail for which nobody vouches, and shows its HTML harmless', async () => {
    const html = `<p>Look <b>here</b><script>alert(1)</script></p><blockquote>${'<p>On Mon, 2 Nov 2026, Juliet wrote: quoted</p>'.repeat(5)}</blockquote>`;
    const plain = `Look here\n\nOn Mon, 2 Nov 2026 at 10:00, Juliet wrote:\n${HISTORY}\n`;
    await post(mailOf({ head: { From: 'forger@lax.test', To: 'juliet', 'Message-ID': '<forged@lax.test>' }, plain, html }), 'forger@lax.test');
    const link = await linkWith('forger@lax.test');
    const page = await (await fetch(link)).text();
    expect(page).toContain('<strong>Not verified.</strong>');
    expect(page).toContain('<iframe class="');
    const frame = await fetch(`${link}/html`);
    expect(frame.headers.get('content-security-policy')).toMatch(/^sandbox .*default-src 'none'/);
    expect(await frame.text()).toMatch(/<p>Look <b>here<\/b><\/p><blockquote>/);
  });

  it('keeps its links over a restart, and tells nothing of them in its log', async () => {
    const again = `Again.\n\nOn Mon, 2 Nov 2026 at 10:00, Juliet wrote:\n${HISTORY}\n`;
    await post(mailOf({ head: { To: 'juliet', 'Message-ID': '<again@montague.test>' }, plain: again }));
    const link = await linkWith('Again.');
    await stage.world.gateway.stop();
    await stage.world.gateway.start();
    expect((await fetch(link)).status).toBe(200);
    const [wrong, cut] = await Promise.all([fetch(`${link}x`), fetch(link.slice(0, -1))]);
    expect([wrong.status, cut.status]).toEqual([404, 404]);
    expect(stage.world.gateway.log()).not.toContain(link.split('-').at(-1));
  });
});
