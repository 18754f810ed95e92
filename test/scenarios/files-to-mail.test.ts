/** Juliet sends pictures; Romeo gets them in his mail, and never what her server's neighbours keep to themselves. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { startWeb } from '../files/harness.js';
import { chat, condition, DEADLINE, errorText, isErrorOn, mailTo, readSunk } from './stanzas.js';
import { setStage } from './stage.js';
import { SERVERS } from './world.js';

const PICTURE = randomBytes(3_000_000);
const NOTES = Buffer.from('Meet me at the balcony.\n');
const SHA256 = createHash('sha256').update(PICTURE).digest('base64');

/** Stands for the upload service. */
const upload = await startWeb((request, response) => {
  if (request.url?.endsWith('.jpg') === true) response.setHeader('Content-Type', 'image/jpeg').end(PICTURE);
  else if (request.url?.endsWith('.txt') === true) response.setHeader('Content-Type', 'text/plain').end(NOTES);
  else if (request.url === '/away.pdf') response.writeHead(302, { Location: `http://${inside.host}/secret` }).end();
  else response.writeHead(404).end();
});
/** What only this machine may reach. */
const inside = await startWeb((_request, response) => response.end('secret'));
afterAll(() => Promise.all([upload.stop(), inside.stop()]));

/** As Conversations sends it. */
const file = (to: string, id: string, url: string): xml.Element => chat(to, id, url, xml('x', { xmlns: 'jabber:x:oob' }, xml('url', {}, url)));

/** As Dino and Movim send it, XEP-0447. */
function described(to: string, id: string, url: string, hash: string): xml.Element {
  const facts = xml('file', { xmlns: 'urn:xmpp:file:metadata:0' }, xml('media-type', {}, 'image/jpeg'), xml('name', {}, 'Der Balkon – 阳台.jpg'), xml('size', {}, String(PICTURE.length)), xml('hash', { xmlns: 'urn:xmpp:hashes:2', algo: 'sha-256' }, hash));
  const sharing = xml('file-sharing', { xmlns: 'urn:xmpp:sfs:0', disposition: 'inline' }, facts, xml('sources', {}, xml('url-data', { xmlns: 'http://jabber.org/protocol/url-data', target: url })));
  return chat(to, id, url, xml('fallback', { xmlns: 'urn:xmpp:fallback:0', for: 'urn:xmpp:sfs:0' }, xml('body', {})), sharing);
}

describe.each(SERVERS)('files from chat on %s', (kind) => {
  const stage = setStage(kind, { files: `trusted_hosts = ["${upload.host}"]`, smtp_out: 'retry = ["1s"]' });
  const contact = (name: string): string => `${name}%montague.test@${stage.world.server.component}`;
  const mailFor = async (name: string) => readSunk(await stage.world.outside.waitForMail(mailTo(`${name}@montague.test`), DEADLINE));

  it('arrive as attachments, byte for byte, and nothing of them stays on the disk', async () => {
    stage.juliet.send(file(contact('jpg'), 'a-picture-by-its-link', `http://${upload.host}/x/balcony.jpg`));
    const mail = await mailFor('jpg');
    expect(mail.attachments).toMatchObject([{ filename: 'balcony.jpg', contentType: 'image/jpeg' }]);
    expect(mail.attachments[0]?.content.equals(PICTURE)).toBe(true);
    expect(mail.text ?? '').not.toContain('http');
    expect(mail.subject).toBe('balcony.jpg');
    const spool = `${stage.world.gateway.storePath}-fetched`;
    await expect.poll(() => readdir(spool), { timeout: DEADLINE }).toEqual([]);
    expect((await stat(spool)).mode & 0o777).toBe(0o700);
  });

  it('keep the name, the type and the hash that the sender gave', async () => {
    stage.juliet.send(described(contact('sfs'), 'a-picture-described-well', `http://${upload.host}/1.jpg`, SHA256));
    const mail = await mailFor('sfs');
    expect(mail.attachments).toMatchObject([{ filename: 'Der Balkon – 阳台.jpg', contentType: 'image/jpeg' }]);
    expect(mail.attachments[0]?.content.equals(PICTURE)).toBe(true);
    stage.juliet.send(described(contact('forged'), 'a-picture-described-wrong', `http://${upload.host}/1.jpg`, SHA256.replace(/./, (c) => (c === 'A' ? 'B' : 'A'))));
    const other = await mailFor('forged');
    expect(other.attachments).toEqual([]);
    expect(other.text).toContain(`http://${upload.host}/1.jpg`);
    expect(other.text).toContain('is not attached: the file is not the one that was sent');
  });

  it('may be several in one message, with words', async () => {
    const urls = [`http://${upload.host}/b.jpg`, `http://${upload.host}/c.txt`];
    stage.juliet.send(chat(contact('both'), 'two-files-in-one-message', `Look at these:\n${urls.join('\n')}`, ...urls.map((url) => xml('x', { xmlns: 'jabber:x:oob' }, xml('url', {}, url)))));
    const mail = await mailFor('both');
    expect(mail.text?.trim()).toBe('Look at these:');
    expect(mail.attachments.map(({ filename, size }) => [filename, size])).toEqual([['b.jpg', PICTURE.length], ['c.txt', NOTES.length]]);
  });

  it.each([
    ['metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['inside', `http://${inside.host}/secret`],
    ['mapped', `https://[::ffff:127.0.0.1]:${inside.port}/secret`],
    ['number', `https://2130706433:${inside.port}/secret`],
    ['named', `https://mx.montague.test:${inside.port}/secret`],
    ['away', `http://${upload.host}/away.pdf`],
  ])('stay links where they lead to what is private: %s', async (name, url) => {
    stage.juliet.send(file(contact(name), `a-link-to-${name}-that-is-private`, url));
    const mail = await mailFor(name);
    expect(mail.attachments).toEqual([]);
    expect(mail.text).toContain(url);
    expect(mail.text).toMatch(/is not attached: the link/);
    expect(inside.connections()).toBe(0);
  });

  it('that are gone stay links', async () => {
    stage.juliet.send(file(contact('gone'), 'a-file-that-is-gone', `http://${upload.host}/gone`));
    expect((await mailFor('gone')).text?.trim()).toBe(`http://${upload.host}/gone\n\n[gone is not attached: the file is gone]`);
  });

  it('that are encrypted are refused as before', async () => {
    stage.juliet.send(file(contact('aesgcm'), 'an-encrypted-file', `aesgcm://${upload.host}/x.jpg#0011`));
    const error = await stage.juliet.waitFor(isErrorOn('an-encrypted-file'), DEADLINE);
    expect(`${condition(error)} ${errorText(error)}`).toMatch(/encrypt/i);
  });
});
