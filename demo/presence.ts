/** The second act: Juliet lets the web see whether she is online. */
import xml from '@xmpp/xml';
import type { TestClient } from '../test/servers/client.js';
import type { Narrator } from './narrator.js';
import type { Stage } from './round-trip.js';
import { waitUntil } from '../test/servers/wait.js';

const DEADLINE_MS = 20_000;

/** @returns the address of her page. Throws naming what did not come. */
export async function playPresence({ server, webUrl }: Stage, juliet: TestClient, narrator: Narrator): Promise<string> {
  const gateway = server.component;
  const line = xml('message', { to: gateway, type: 'chat', id: 'presence-1' }, xml('body', {}, 'presence link'));
  narrator.show('Juliet\'s client sends', line.toString());
  juliet.send(line);
  const answer = await juliet.waitFor((stanza) => stanza.attrs.from === gateway && /\/u\/[a-z2-7]{26}/.test(stanza.getChildText('body') ?? ''), DEADLINE_MS);
  narrator.show('the gateway answers', answer.getChildText('body') ?? '');
  const [, id = ''] = /\/u\/([a-z2-7]{26})/.exec(answer.getChildText('body') ?? '') ?? [];
  // What a client for people asks her first.
  juliet.send(xml('presence', { to: gateway, type: 'subscribed' }));
  const told = await waitUntil('the web sees her online', async () => {
    const text = await (await fetch(`${webUrl}/v1/presence/${id}`)).text();
    return text.includes('"presence":"online"') ? text : undefined;
  }, DEADLINE_MS);
  narrator.show(`curl ${webUrl}/v1/presence/${id}`, told);
  return `${webUrl}/u/${id}`;
}
