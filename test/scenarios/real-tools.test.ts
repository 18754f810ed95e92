/** The round trip with parts that are not ours: slixmpp in chat, swaks and Postfix in mail. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostfix, type Postfix } from '../servers/postfix.js';
import { startSlixmpp, type SlixmppClient } from '../servers/slixmpp.js';
import { startMailSink, type MailSink } from '../servers/smtp-sink.js';
import { claimPort } from '../servers/ports.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { GatewayProcess } from './gateway-process.js';
import { readSunk } from './stanzas.js';
import { explainFailures } from './stage.js';
import { SERVERS, startServer } from './world.js';

const run = promisify(execFile);
const DEADLINE = 20_000;

describe.each(SERVERS)('real tools on %s', (kind) => {
  let server: XmppServer;
  let outside: MailSink;
  let postfix: Postfix;
  let gateway: GatewayProcess;
  let juliet: SlixmppClient;

  explainFailures(() => ({ gateway, server }));
  beforeAll(async () => {
    [server, outside] = await Promise.all([startServer(kind), startMailSink()]);
    const lmtp = await claimPort();
    postfix = await startPostfix({ relayPort: outside.port, gateway: { domain: server.component, protocol: 'lmtp', port: lmtp } });
    gateway = await GatewayProcess.prepare({ server, relayPort: postfix.port, settings: { smtp_in: `lmtp = ["127.0.0.1:${lmtp}"]` } });
    await gateway.start();
    juliet = await startSlixmpp(server, 'juliet');
  }, 60_000);
  afterAll(async () => {
    await juliet?.close();
    await gateway?.dispose();
    await Promise.all([postfix?.stop(), outside?.stop(), server?.dispose()]);
  });

  it('slixmpp → gateway → Postfix → outside, and swaks → Postfix → LMTP → gateway → slixmpp', async () => {
    juliet.message({ to: `romeo%montague.test@${server.component}`, body: 'Good night, good night! 晚安', id: 'slixmpp-message-id-1' });
    const sunk = await outside.waitForMail(({ to }) => to.includes('romeo@montague.test'), DEADLINE);
    expect((await readSunk(sunk)).text?.trim()).toBe('Good night, good night! 晚安');
    expect(sunk.raw).toMatch(/^Received: .*by relay\.test/ims);

    const mail = await readSunk(sunk);
    await run('swaks', [
      '--server', `127.0.0.1:${postfix.port}`, '--from', 'romeo@montague.test', '--to', `juliet@${server.component}`,
      '--header', `Subject: Re: ${mail.subject ?? ''}`, '--header', `In-Reply-To: ${mail.messageId ?? ''}`, '--body', 'Parting is such sweet sorrow',
    ]);
    const answer = await juliet.waitForMessage(({ body }) => body.includes('Parting is such sweet sorrow'), DEADLINE);
    expect(answer.from).toBe(`romeo%montague.test@${server.component}`);
  }, 60_000);

  it('an error of the far mail server comes back through Postfix as a DSN, on the message', async () => {
    outside.behave('rcpt', (to) => (to.startsWith('gone') ? { answer: '550 5.1.1 She is gone' } : 'accept'));
    juliet.message({ to: `gone%montague.test@${server.component}`, body: 'are you there?', id: 'slixmpp-message-id-2' });
    const error = await juliet.waitForMessage(({ type, id }) => type === 'error' && id === 'slixmpp-message-id-2', DEADLINE);
    expect(error.xml).toContain('She is gone');
  }, 60_000);
});
