/** The play: Juliet writes in chat, Romeo reads a mail and answers it, Juliet reads the answer in chat, and shows on the web that she is there. */
import { simpleParser, type ParsedMail } from 'mailparser';
import { createTransport } from 'nodemailer';
import xml from '@xmpp/xml';
import type { GatewayProcess } from '../test/scenarios/gateway-process.js';
import { connectClient, type TestClient } from '../test/servers/client.js';
import type { MailSink, SunkMail } from '../test/servers/smtp-sink.js';
import type { XmppServer } from '../test/servers/xmpp-server.js';
import type { Narrator } from './narrator.js';
import { playPresence } from './presence.js';

export interface Stage {
  readonly server: XmppServer;
  readonly outside: MailSink;
  readonly gateway: GatewayProcess;
  /** Of its pages. */
  readonly webUrl: string;
}

const DEADLINE_MS = 20_000;
const ROMEO = 'romeo@montague.example';
const LINE = 'Wherefore art thou Romeo? 罗密欧 روميو 🌹';
const ANSWER = 'Call me but love.\r\n朱丽叶 جولييت 🌙\r\n';

/** @returns the address of Juliet's page. Throws naming what did not arrive or was not as it should be. */
export async function playRoundTrip(stage: Stage, narrator: Narrator): Promise<string> {
  const juliet = await narrator.step('Juliet logs in with an XMPP client', () => connectClient(stage.server, 'juliet'));
  try {
    const mail = await narrator.step('chat → mail', () => chatToMail(stage, juliet, narrator));
    await narrator.step('mail → chat', () => mailToChat(stage, juliet, mail, narrator));
    return await narrator.step('presence → web', () => playPresence(stage, juliet, narrator));
  } finally {
    await juliet.close();
  }
}

async function chatToMail({ server, outside }: Stage, juliet: TestClient, narrator: Narrator): Promise<SunkMail> {
  const contact = `romeo%montague.example@${server.component}`;
  const stanza = xml('message', { to: contact, type: 'chat', id: 'wherefore-art-thou-1' }, xml('body', {}, LINE));
  narrator.show('Juliet\'s client sends', stanza.toString());
  juliet.send(stanza);
  const mail = await outside.waitForMail(({ to }) => to.includes(ROMEO), DEADLINE_MS);
  narrator.show(`the mail server of montague.example gets, from <${mail.from}>`, Buffer.from(mail.raw, 'latin1').toString());
  return mail;
}

async function mailToChat({ server, gateway }: Stage, juliet: TestClient, mail: SunkMail, narrator: Narrator): Promise<void> {
  const raw = answerTo(await simpleParser(Buffer.from(mail.raw, 'latin1')), `juliet@${server.component}`);
  narrator.show('Romeo answers', raw);
  const transport = createTransport({ host: '127.0.0.1', port: gateway.smtpPort, name: 'mx.montague.example', ignoreTLS: true });
  await transport.sendMail({ envelope: { from: ROMEO, to: [`juliet@${server.component}`] }, raw });
  const stanza = await juliet.waitFor((received) => received.is('message') && received.getChild('body') !== undefined && received.attrs.from !== server.component, DEADLINE_MS);
  narrator.show('Juliet\'s client gets', stanza.toString());
  const text = stanza.getChildText('body') ?? '';
  if (!text.includes('朱丽叶 جولييت 🌙')) throw new Error(`the answer did not arrive as it was written: ${text}`);
}

function answerTo({ subject = '', messageId = '' }: ParsedMail, to: string): string {
  return [
    `From: Romeo Montague <${ROMEO}>`,
    `To: ${to}`,
    `Subject: =?UTF-8?B?${Buffer.from(`Re: ${subject}`).toString('base64')}?=`,
    `Date: ${new Date().toUTCString()}`,
    'Message-ID: <answer-1@montague.example>',
    `In-Reply-To: ${messageId}`,
    `References: ${messageId}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    ANSWER,
  ].join('\r\n');
}
