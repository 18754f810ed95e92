/** The page and the badge of a user, from his word in the chat to the bytes at the public address, and back to nothing. */
import xml from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import { claimPorts } from '../servers/ports.js';
import { waitUntil } from '../servers/wait.js';
import { png } from '../web/mails.js';
import { setStage } from './stage.js';
import { chat, DEADLINE } from './stanzas.js';
import { SERVERS } from './world.js';

const [PORT = 0] = await claimPorts(1);
const PUBLIC_URL = `http://127.0.0.1:${PORT}/chat`;

describe.each(SERVERS)('how somebody looks on the web, on %s', (kind) => {
  const stage = setStage(kind, { web: `listen = "127.0.0.1:${PORT}"\npublic_url = "${PUBLIC_URL}"` });
  const say = async (line: string, answer: RegExp): Promise<string> => {
    const { juliet, world } = stage;
    juliet.received.length = 0;
    juliet.send(chat(world.server.component, `looks-${line}`, line));
    return (await juliet.waitFor((stanza) => answer.test(stanza.getChildText('body') ?? ''), DEADLINE)).getChildText('body') ?? '';
  };

  it('is shown by consent, and hidden again', async () => {
    const id = /\/u\/([a-z2-7]{26})/.exec(await say('presence link', /Whoever has this link/))?.[1] ?? '';
    await say('presence write on', /Strangers may write/);
    const page = await fetch(`${PUBLIC_URL}/u/${id}`);
    const text = await page.text();
    expect(page.status).toBe(200);
    expect(text).toMatch(/<title>(Online|Offline)<\/title>/);
    expect(text).toContain('href="xmpp:juliet@example.test?message"');
    // Every link of the page leads somewhere, also below the path of the public address.
    const own = [...text.matchAll(/(?:src|href)="(?!xmpp:|mailto:|data:)([^"]+)"/g)].map(([, href = '']) => new URL(href, page.url).href);
    expect(own).toEqual([`${PUBLIC_URL}/page.js`, `${PUBLIC_URL}/u/${id}/embed`]);
    for (const href of own) expect((await fetch(href)).status).toBe(200);

    const badge = await fetch(`${PUBLIC_URL}/badge/${id}.svg`);
    expect([badge.status, badge.headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8']);
    expect((await fetch(badge.url, { headers: { 'if-none-match': badge.headers.get('etag') ?? '' } })).status).toBe(304);
    const picture = new Uint8Array(await (await fetch(`${PUBLIC_URL}/badge/${id}.png?style=card`)).arrayBuffer());
    expect(Buffer.from(picture).toString('latin1', 1, 4)).toBe('PNG');

    const german = await fetch(`${PUBLIC_URL}/u/${id}`, { headers: { 'accept-language': 'de-DE, en;q=0.5' } });
    expect([german.headers.get('vary'), german.headers.get('content-language')]).toEqual(['accept-language', 'de']);
    expect(await german.text()).toContain('>Mit mir chatten</a>');

    await say('presence nobody', /published to nobody/);
    for (const path of [`/u/${id}`, `/badge/${id}.svg`]) {
      const [hidden, never] = await Promise.all([path, path.replace(id, 'a'.repeat(26))].map(async (one) => {
        const answer = await fetch(PUBLIC_URL + one);
        return [answer.status, [...answer.headers].filter(([name]) => name !== 'date'), await answer.text()];
      }));
      expect(hidden).toEqual(never);
      expect(hidden?.[0]).toBe(404);
    }
  });

  it('is with the picture on cards, once he shows it', async () => {
    const photo = xml('PHOTO', {}, xml('TYPE', {}, 'image/png'), xml('BINVAL', {}, png(60, 40).toString('base64')));
    await stage.juliet.request(xml('iq', { type: 'set' }, xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'Juliet Capulet'), photo)));
    const id = /\/u\/([a-z2-7]{26})/.exec(await say('presence link', /Whoever has this link/))?.[1] ?? '';
    const card = async (ending = 'svg'): Promise<Buffer> => Buffer.from(await (await fetch(`${PUBLIC_URL}/badge/${id}.${ending}?style=card`)).arrayBuffer());
    expect((await card()).toString()).not.toMatch(/<image|Juliet/);
    const without = await card('png');
    await say('presence show all', /picture/);
    await waitUntil('the card has name and picture', async () => /Juliet Capulet.*<image [^>]*href="data:image\/png;base64,/s.test((await card()).toString()), DEADLINE);
    expect((await card('png')).equals(without)).toBe(false);
    const shown = await say('presence show status', /status/);
    expect(shown).not.toMatch(/picture/);
    expect((await card()).toString()).not.toMatch(/<image|Juliet/);
  });
});
