/**
 * Mail → chat with nothing between: smtp-server → mailparser → component; `unparsed`: the body is cut out of the bytes.
 * The 250 is given when the stanza has been written.
 */
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import xml from '@xmpp/xml';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { connected, options, tell } from './component.js';

const READERS: Record<string, (stream: Readable) => Promise<string>> = {
  parsed: async (stream) => (await simpleParser(stream)).text ?? '',
  unparsed: async (stream) => {
    const raw = await buffer(stream);
    return raw.subarray(raw.indexOf('\r\n\r\n') + 4).toString('utf8');
  },
};

const textOf = READERS[options.kind];
if (textOf === undefined) throw new Error(`no line ${options.kind}`);
const xmpp = await connected();
const home = options.domain.slice(options.domain.indexOf('.') + 1);
let count = 0;

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  onData: (stream, { envelope }, done) => {
    const writer = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
    const reader = envelope.rcptTo[0]?.address.split('@')[0] ?? '';
    const attrs = { from: `${writer.replace('@', '%')}@${options.domain}`, to: `${reader}@${home}`, type: 'chat', id: `line-${count++}` };
    textOf(stream)
      .then((text) => xmpp.send(xml('message', attrs, xml('body', {}, text))))
      .then(() => done(), done);
  },
});
server.listen(0, '127.0.0.1', () => tell({ ready: true, port: (server.server.address() as AddressInfo).port }));
