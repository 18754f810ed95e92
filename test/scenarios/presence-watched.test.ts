/** Who hides from the gateway in a way that his server tells nobody of, while somebody follows him live. */
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import type { UserName } from '../servers/xmpp-server.js';
import { publish, says, streamOf, WEB, word } from './published.js';
import { setStage } from './stage.js';
import { DEADLINE } from './stanzas.js';
import { SERVERS } from './world.js';

/** Of whom nobody follows it takes more than a minute. */
const SOON = 40_000;

describe.each(SERVERS)('who hides on %s while somebody follows him', (kind) => {
  const stage = setStage(kind, WEB);
  const component = (): string => stage.world.server.component;
  const blocking = (name: string): xml.Element => xml(name, { xmlns: 'urn:xmpp:blocking' }, xml('item', { jid: component() }));
  const lists = (child: xml.Element): xml.Element => xml('query', { xmlns: 'jabber:iq:privacy' }, child);
  /** What hides him, and what shows him again. */
  const block = { hide: () => [blocking('block')], show: () => [blocking('unblock')] };
  // Prosody's mod_privacy_lists goes on telling contacts of him (docs/standards.md).
  const list = {
    hide: () => [lists(xml('list', { name: 'hidden' }, xml('item', { action: 'deny', order: '1' }, xml('presence-out')))), lists(xml('active', { name: 'hidden' }))],
    show: () => [lists(xml('active'))],
  };

  async function story(user: UserName, client: TestClient, { hide, show }: typeof block): Promise<void> {
    const say = async (payloads: readonly xml.Element[], ...words: xml.Element[]): Promise<void> => {
      for (const payload of payloads) expect((await client.request(xml('iq', { type: 'set' }, payload))).attrs.type).toBe('result');
      client.send(says(...words));
    };
    await publish({ world: stage.world, juliet: client });
    await using stream = await streamOf(stage, user);
    const told = (presence: string, deadline = DEADLINE): Promise<unknown> => waitUntil(`the stream tells that ${user} is ${presence}`, () => stream.told.at(-1) === presence, deadline);
    await told('online');
    await say(hide(), word('status', 'hidden'));
    await told('offline', SOON);
    await say(show());
    await told('online', SOON);
  }

  it('is soon offline there', { timeout: 2 * SOON }, async () => {
    const romeo = await connectClient(stage.world.server, 'romeo');
    await Promise.all([story('juliet', stage.juliet, block), ...(kind === 'ejabberd' ? [story('romeo', romeo, list)] : [])]);
    await romeo.close();
  });
});
