/** A component in this process with nothing behind it: it writes numbered messages, and counts those that come. */
import { component, type ComponentEntity } from '@xmpp/component';
import xml from '@xmpp/xml';
import type { XmppServer } from '../../test/servers/xmpp-server.js';
import type { Counter } from './chat-load.js';
import { mark } from './mails.js';

/** What the gateway itself does not use of the library. */
interface WholeEntity extends ComponentEntity {
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  send(stanza: xml.Element): Promise<void>;
}

export interface BareComponent extends Counter {
  /** A chat message of so many bytes of text, with the mark of its number. */
  write(number: number, to: string, bytes: number): Promise<void>;
  stop(): Promise<unknown>;
}

export async function bareComponent(server: XmppServer, domain: string): Promise<BareComponent> {
  const entity = component({ service: `xmpp://127.0.0.1:${server.portOf(domain)}`, domain, password: server.secret }) as WholeEntity;
  const bare = {
    count: 0,
    onCount: undefined as Counter['onCount'],
    write: (number: number, to: string, bytes: number) =>
      entity.send(xml('message', { from: `romeo%montague.test@${domain}`, to, type: 'chat' }, xml('body', {}, mark(number).padEnd(bytes, ' so')))),
    stop: () => entity.stop(),
  };
  entity.on('element', (stanza: xml.Element) => {
    if (stanza.is('message')) bare.onCount?.(++bare.count);
  });
  entity.on('error', (error) => console.error('bare component:', error));
  await entity.start();
  return bare;
}
