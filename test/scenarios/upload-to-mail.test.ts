/** Juliet's client uploads to her server's own service, and Romeo gets the file in his mail: nobody had to name that service. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { uploadAs } from '../servers/upload.js';
import { setStage } from './stage.js';
import { chat, DEADLINE, mailTo, readSunk } from './stanzas.js';
import { SERVERS } from './world.js';

describe.each(SERVERS)('an upload on %s', (kind) => {
  const stage = setStage(kind);

  it.each([
    ['picture.jpg', 'image/jpeg', 3_000_000],
    ['Brief an Großvater.pdf', 'application/pdf', 1_000],
  ])('of %s rides with the mail, byte for byte', async (name, type, size) => {
    const bytes = randomBytes(size);
    const url = await uploadAs(stage.juliet, name, type, bytes);
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const reader = `reader${size}`;
    stage.juliet.send(chat(`${reader}%montague.test@${stage.world.server.component}`, `an-upload-of-${size}-bytes`, url, xml('x', { xmlns: 'jabber:x:oob' }, xml('url', {}, url))));
    const mail = await readSunk(await stage.world.outside.waitForMail(mailTo(`${reader}@montague.test`), DEADLINE));
    expect(mail.attachments[0]?.content.equals(bytes)).toBe(true);
    expect(mail.attachments[0]?.contentType).toBe(type);
    // A service may spell what is not ASCII its own way.
    expect(mail.attachments[0]?.filename?.replace(/\W+/g, '_')).toBe(name.replace(/\W+/g, '_'));
    expect(mail.text ?? '').not.toContain('http');
  });
});
