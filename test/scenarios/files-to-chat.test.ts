/** Romeo mails pictures; Juliet's client gets each as a message that it can show, byte for byte, in order. */
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type xml from '@xmpp/xml';
import { mailOf } from '../web/mails.js';
import { claimPorts } from '../servers/ports.js';
import { DEADLINE, hasBody } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const ROMEO = 'romeo@montague.test';
const PICTURE = randomBytes(300_000);
const REPORT = randomBytes(70_000);
const LARGE = randomBytes(9_000_000);
const FILES = 'urn:xmpp:sfs:0';
const HOSTILE = ['../../etc/passwd', 'a\u202egpj.exe', 'what?is#this&<that>"\'%2f.txt', '阳台 ☂.pdf', `${'x'.repeat(4_000)}.bin`];

const sharing = (stanza: xml.Element): xml.Element | undefined => stanza.getChild('file-sharing', FILES);
const facts = (stanza: xml.Element): xml.Element | undefined => sharing(stanza)?.getChild('file', 'urn:xmpp:file:metadata:0');
const isFile = (name: string) => (stanza: xml.Element): boolean => facts(stanza)?.getChildText('name') === name;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

async function bytesAt(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

describe.each(SERVERS)('files from mail on %s', (kind) => {
  const stage = setStage(kind, { smtp_in: 'max_size = "80MiB"' });
  const post = (mail: Buffer): Promise<void> => stage.world.post({ from: ROMEO, to: `juliet@${stage.world.server.component}` }, mail.toString('latin1'));
  const file = (name: string): Promise<xml.Element> => stage.juliet.waitFor(isFile(name), DEADLINE);

  it('are on the upload service, each in a message that clients show', async () => {
    const forwarded = Buffer.from(mailText({ From: 'nurse@capulet.test', Subject: 'Where he is' }, 'In the garden.'));
    const files = [
      { name: 'balcony.png', type: 'image/png', bytes: PICTURE },
      { name: 'report.pdf', type: 'application/pdf', bytes: REPORT },
      { name: 'where.eml', type: 'message/rfc822', bytes: forwarded },
    ];
    await post(mailOf({ head: { Subject: 'Pictures', 'Message-ID': '<files-1@montague.test>' }, plain: 'See what I found.', files }));
    const text = await stage.juliet.waitFor(hasBody('See what I found.'), DEADLINE);
    expect(text.getChildText('body')).not.toContain('[file');
    expect(text.getChild('request', 'urn:xmpp:receipts')).toBeUndefined();
    const got = await Promise.all(files.map(({ name }) => file(name)));
    for (const [at, stanza] of got.entries()) {
      const url = stanza.getChildText('body') ?? '';
      const { type, bytes } = files[at] ?? { type: '', bytes: PICTURE };
      expect(stanza.getChild('x', 'jabber:x:oob')?.getChildText('url')).toBe(url);
      expect(sharing(stanza)?.getChild('sources')?.getChild('url-data')?.attrs.target).toBe(url);
      expect([facts(stanza)?.getChildText('media-type'), facts(stanza)?.getChildText('size')]).toEqual([type, String(bytes.length)]);
      expect(facts(stanza)?.getChildText('hash')).toBe(sha256(bytes));
      expect((await bytesAt(url)).equals(bytes)).toBe(true);
      expect(stanza.attrs.id).toBe(`${text.attrs.id}.${at + 2}`);
      expect(stanza.getChild('request', 'urn:xmpp:receipts') !== undefined).toBe(at === files.length - 1);
    }
    expect(sharing(got[0] as xml.Element)?.attrs.disposition).toBe('inline');
    expect(sharing(got[1] as xml.Element)?.attrs.disposition).toBe('attachment');
  });

  it('keep their order, and that of the texts behind them', async () => {
    await post(mailOf({ head: { 'Message-ID': '<files-2@montague.test>' }, plain: 'First, a large one.', files: [{ name: 'large.bin', type: 'application/octet-stream', bytes: LARGE }] }));
    await post(mailOf({ head: { 'Message-ID': '<files-3@montague.test>' }, plain: 'Second, words only.' }));
    await stage.juliet.waitFor(hasBody('Second, words only.'), DEADLINE);
    const told = stage.juliet.received.filter((stanza) => stanza.is('message')).map((stanza) => facts(stanza)?.getChildText('name') ?? stanza.getChildText('body') ?? '');
    const places = ['First, a large one.', 'large.bin', 'Second, words only.'].map((words) => told.findIndex((body) => body.includes(words)));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect((await bytesAt((await file('large.bin')).getChildText('body') ?? '')).equals(LARGE)).toBe(true);
  });

  it('may have names that nobody should use as a path', async () => {
    const files = HOSTILE.map((name, at) => ({ name, type: 'application/octet-stream', bytes: Buffer.from(`file ${at}`) }));
    await post(mailOf({ head: { 'Message-ID': '<files-4@montague.test>' }, plain: 'Hostile names.', files }));
    const first = await stage.juliet.waitFor(hasBody('Hostile names.'), DEADLINE);
    const isLast = (stanza: xml.Element): boolean => stanza.attrs.id === `${first.attrs.id}.${files.length + 1}`;
    await stage.juliet.waitFor(isLast, DEADLINE);
    for (const at of files.keys()) {
      const stanza = stage.juliet.received.find(({ attrs }) => attrs.id === `${first.attrs.id}.${at + 2}`);
      expect(facts(stanza as xml.Element)?.getChildText('name')).not.toMatch(/[/\\\u202e]/u);
      expect((await bytesAt(stanza?.getChildText('body') ?? '')).toString()).toBe(`file ${at}`);
    }
  });

  it('that are too large for the service are told in the text', async () => {
    const bytes = Buffer.alloc(44_000_000);
    await post(mailOf({ head: { 'Message-ID': '<files-5@montague.test>' }, plain: 'A film.', files: [{ name: 'film.mp4', type: 'video/mp4', bytes }] }));
    const stanza = await stage.juliet.waitFor(hasBody('A film.'), DEADLINE);
    expect(stanza.getChildText('body')).toContain('[file: film.mp4, 44 MB]');
  });
});

const [PORT = 0] = await claimPorts(1);
const PUBLIC_URL = `http://127.0.0.1:${PORT}`;

describe('files from mail, where the upload service refuses the gateway', () => {
  const stage = setStage('ejabberd', { web: `listen = "127.0.0.1:${PORT}"\npublic_url = "${PUBLIC_URL}"` }, 'smtp', { refuseUploads: true });

  it('are behind links of the gateway, which outlive a restart', async () => {
    const mail = mailOf({ head: { 'Message-ID': '<files-6@montague.test>' }, plain: 'Behind a link.', files: [{ name: 'balcony.png', type: 'image/png', bytes: PICTURE }] });
    await stage.world.post({ from: ROMEO, to: `juliet@${stage.world.server.component}` }, mail.toString('latin1'));
    const stanza = await stage.juliet.waitFor(isFile('balcony.png'), DEADLINE);
    const url = stanza.getChildText('body') ?? '';
    expect(url.startsWith(`${PUBLIC_URL}/f/`)).toBe(true);
    expect(facts(stanza)?.getChild('hash')).toBeUndefined();
    expect((await bytesAt(url)).equals(PICTURE)).toBe(true);
    expect(stage.world.gateway.log()).toContain('The upload service refuses: forbidden.');
    expect(stage.world.gateway.log()).not.toContain(url);
    await stage.world.gateway.stop();
    await stage.world.gateway.start();
    expect((await bytesAt(url)).equals(PICTURE)).toBe(true);
  });
});
