/** Chat → mail with nothing between: component → nodemailer's pool; `dropped`: what the XMPP server brings is counted. */
import type xml from '@xmpp/xml';
import { createTransport } from 'nodemailer';
import { connected, options, tell } from './component.js';

const COUNT_EVERY_MS = 2;

const xmpp = await connected();
let count = 0;
let told = 0;

function taker(): (stanza: xml.Element) => void {
  if (options.kind === 'dropped') return () => void count++;
  const transport = createTransport({ pool: true, maxConnections: 20, maxMessages: Infinity, host: '127.0.0.1', port: options.relayPort, ignoreTLS: true });
  return (stanza) => {
    const mail = { from: bare(stanza.attrs.from), to: bare(stanza.attrs.to).replace(`@${options.domain}`, '').replace('%', '@'), subject: 'Chat', text: stanza.getChildText('body') ?? '' };
    transport.sendMail(mail).then(() => count++, (error: unknown) => console.error('line:', error));
  };
}

function bare(jid = ''): string {
  return jid.split('/', 1)[0] ?? '';
}

const take = taker();
xmpp.on('element', (stanza: xml.Element) => stanza.is('message') && take(stanza));
setInterval(() => {
  if (count > told) tell({ count: (told = count) });
}, COUNT_EVERY_MS);
tell({ ready: true });
