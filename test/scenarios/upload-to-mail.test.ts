/** Juliet's client uploads to her server's own service, and Romeo gets the file in his mail. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient, type TestClient } from '../servers/client.js';
import { startEjabberd } from '../servers/ejabberd.js';
import { startProsody } from '../servers/prosody.js';
import { startMailSink, type MailSink } from '../servers/smtp-sink.js';
import { prepareUpload, uploadAs, type UploadService } from '../servers/upload.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { GatewayProcess } from './gateway-process.js';
import { explainFailures } from './stage.js';
import { chat, DEADLINE, mailTo, readSunk } from './stanzas.js';
import { SERVERS } from './world.js';

describe.each(SERVERS)('an upload on %s', (kind) => {
  let upload: UploadService;
  let server: XmppServer;
  let outside: MailSink;
  let gateway: GatewayProcess;
  let juliet: TestClient;
  explainFailures(() => ({ gateway, server }));

  beforeAll(async () => {
    upload = await prepareUpload(kind);
    [server, outside] = await Promise.all([(kind === 'prosody' ? startProsody : startEjabberd)({ extra: upload.extra }), startMailSink()]);
    gateway = await GatewayProcess.prepare({ server, relayPort: outside.port, settings: { files: `trusted_hosts = ["${upload.host}"]` } });
    await gateway.start();
    juliet = await connectClient(server, 'juliet');
  });
  afterAll(async () => {
    await juliet.close();
    await gateway.dispose();
    await Promise.all([server.dispose(), outside.stop(), upload.stop()]);
  });

  it.each([
    ['picture.jpg', 'image/jpeg', 3_000_000],
    ['Brief an Großvater.pdf', 'application/pdf', 1_000],
  ])('of %s rides with the mail, byte for byte', async (name, type, size) => {
    const bytes = randomBytes(size);
    const url = await uploadAs(juliet, name, type, bytes);
    expect(new URL(url).host).toBe(upload.host);
    const reader = `reader${size}`;
    juliet.send(chat(`${reader}%montague.test@${server.component}`, `an-upload-of-${size}-bytes`, url, xml('x', { xmlns: 'jabber:x:oob' }, xml('url', {}, url))));
    const mail = await readSunk(await outside.waitForMail(mailTo(`${reader}@montague.test`), DEADLINE));
    expect(mail.attachments[0]?.content.equals(bytes)).toBe(true);
    expect(mail.attachments[0]?.contentType).toBe(type);
    // A service may spell what is not ASCII its own way.
    expect(mail.attachments[0]?.filename?.replace(/\W+/g, '_')).toBe(name.replace(/\W+/g, '_'));
    expect(mail.text ?? '').not.toContain('http');
  });
});
