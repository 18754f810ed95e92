/** Who writes becomes a contact by itself: in the roster where the server lets the gateway write there, else by a suggestion to the client. */
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { chat, DEADLINE, hasBody } from './stanzas.js';
import { setStage, type Stage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const ROSTERX = 'http://jabber.org/protocol/rosterx';
const ROSTER = 'jabber:iq:roster';
let mails = 0;

function cast(stage: Stage) {
  const { world } = stage;
  const contact = (local: string): string => `${local}%montague.test@${world.server.component}`;
  /** Somebody writes to Juliet, and it has reached her client. */
  const writes = async (local: string, head: Record<string, string> = {}, domain = 'montague.test'): Promise<void> => {
    const from = `${local}@${domain}`;
    const text = `Letter ${++mails} of ${local}.`;
    await world.post({ from, to: `juliet@${world.server.component}` }, mailText({ From: `"${local} M." <${from}>`, To: 'juliet', 'Message-ID': `<${mails}@montague.test>`, ...head }, text));
    await stage.juliet.waitFor(hasBody(text), DEADLINE);
  };
  /** Mails to chat users of which the gateway knows that they have arrived. */
  const arrived = async (): Promise<number> => Number(/^stanzapost_deliveries_total\{outlet="xmpp",outcome="handed-over"\} (\d+)$/m.exec(await world.gateway.metrics())?.[1]);
  const roster = async () => {
    const answer = await stage.juliet.request(xml('iq', { type: 'get' }, xml('query', { xmlns: ROSTER })));
    return (answer.getChild('query', ROSTER)?.getChildren('item') ?? []).map(({ attrs }) => ({ jid: attrs.jid, name: attrs.name, subscription: attrs.subscription }));
  };
  const remove = (jid: string) => stage.juliet.request(xml('iq', { type: 'set' }, xml('query', { xmlns: ROSTER }, xml('item', { jid, subscription: 'remove' }))));
  /** Suggested so far, in order. */
  const suggested = () => stage.juliet.received.flatMap((stanza) => stanza.getChild('x', ROSTERX)?.getChildren('item') ?? []).map(({ attrs }) => attrs.jid);
  const isSuggestion = (jid: string) => (stanza: xml.Element) => stanza.getChild('x', ROSTERX)?.getChild('item')?.attrs.jid === jid;
  return { contact, writes, arrived, roster, remove, suggested, isSuggestion, seen: (jid: string) => stage.juliet.waitFor(isSuggestion(jid), DEADLINE) };
}

describe.each(SERVERS)('contacts are suggested on %s', (kind) => {
  const stage = setStage(kind);

  it('once, with the name, and only those who are persons and have proven it', async () => {
    const { contact, writes, suggested, seen } = cast(stage);
    await writes('romeo');
    const suggestion = await seen(contact('romeo'));
    expect(suggestion.attrs.from).toBe(stage.world.server.component);
    expect(suggestion.getChild('body')).toBeUndefined();
    expect(suggestion.getChild('x', ROSTERX)?.getChild('item')?.attrs).toMatchObject({ action: 'add', name: 'romeo M.' });
    expect(suggestion.getChild('x', ROSTERX)?.getChild('item')?.getChildText('group')).toBe('E-mail');
    await writes('romeo');
    await writes('news', { 'List-Id': '<news.montague.test>' });
    await writes('robot', { 'Auto-Submitted': 'auto-generated' });
    await writes('tybalt', {}, 'lax.test');
    await writes('mercutio');
    await seen(contact('mercutio'));
    expect(suggested()).toEqual([contact('romeo'), contact('mercutio')]);
  });

  it('by a request to a client that takes it', async () => {
    const { contact, writes, isSuggestion } = cast(stage);
    const able = await connectClient(stage.world.server, 'juliet', { resource: 'able', presence: xml('presence', {}, xml('priority', {}, '5')) });
    able.send(xml('presence', { to: stage.world.romeo }, xml('priority', {}, '5')));
    const asked = able.waitFor((stanza) => stanza.is('iq') && stanza.getChild('query', 'http://jabber.org/protocol/disco#info') !== undefined && stanza.attrs.from === stage.world.server.component, DEADLINE);
    const juliet = stage.juliet;
    stage.juliet = able;
    await writes('benvolio');
    const { attrs } = await asked;
    able.send(xml('iq', { type: 'result', id: attrs.id, to: attrs.from }, xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' }, xml('feature', { var: ROSTERX }))));
    const request = await able.waitFor(isSuggestion(contact('benvolio')), DEADLINE);
    expect([request.name, request.attrs.type]).toEqual(['iq', 'set']);
    able.send(xml('iq', { type: 'result', id: request.attrs.id, to: request.attrs.from }));
    stage.juliet = juliet;
    await able.close();
  });

  it('not again after a restart, not after the contact was removed, and not to one who wants none', async () => {
    const { contact, writes, arrived, remove, suggested, seen } = cast(stage);
    await stage.world.gateway.stop();
    await stage.world.gateway.start();
    stage.juliet.send(xml('presence', { type: 'subscribe', to: contact('paris') }));
    await stage.juliet.waitFor((stanza) => stanza.is('presence') && stanza.attrs.type === undefined && stanza.attrs.from === contact('paris'), DEADLINE);
    await remove(contact('paris'));
    stage.juliet.received.length = 0;
    await writes('romeo');
    await writes('paris');
    await writes('balthasar');
    await seen(contact('balthasar'));
    stage.juliet.send(chat(stage.world.server.component, 'no-contacts', 'contacts off'));
    await stage.juliet.waitFor(hasBody('You add contacts yourself'), DEADLINE);
    const before = await arrived();
    await writes('abram');
    await waitUntil('it is known that it has arrived', async () => (await arrived()) > before, DEADLINE);
    stage.juliet.send(chat(stage.world.server.component, 'contacts', 'contacts automatic'));
    await stage.juliet.waitFor(hasBody('becomes a contact'), DEADLINE);
    await writes('gregory');
    await seen(contact('gregory'));
    expect(suggested()).toEqual([contact('balthasar'), contact('gregory')]);
  });
});

describe('contacts are put into the roster on prosody', () => {
  const stage = setStage('prosody', {}, 'smtp', { privilege: true });
  const entry = (jid: string, name: string) => ({ jid, name, subscription: 'both' });

  it('with the name, there at once, and seen by the gateway without a question', async () => {
    const { contact, writes, roster, suggested } = cast(stage);
    await writes('romeo');
    await waitUntil('he is in the roster', async () => (await roster()).length === 1, DEADLINE);
    expect(await roster()).toEqual([entry(contact('romeo'), 'romeo M.')]);
    await stage.juliet.waitFor((stanza) => stanza.is('presence') && stanza.attrs.type === undefined && stanza.attrs.from === contact('romeo'), DEADLINE);
    expect(suggested()).toEqual([]);
    expect(stage.juliet.received.filter(({ attrs }) => attrs.type === 'subscribe')).toEqual([]);
  });

  it('and stay away when they were removed', async () => {
    const { contact, writes, roster, remove } = cast(stage);
    await remove(contact('romeo'));
    await writes('romeo');
    await writes('mercutio');
    await waitUntil('the other is in the roster', async () => (await roster()).length > 0, DEADLINE);
    expect(await roster()).toEqual([entry(contact('mercutio'), 'mercutio M.')]);
  });
});

describe('contacts on an ejabberd that grants rosters and cannot write them', () => {
  const stage = setStage('ejabberd', {}, 'smtp', { privilege: true });

  it('are suggested instead', async () => {
    const { contact, writes, roster, seen } = cast(stage);
    await writes('romeo');
    await seen(contact('romeo'));
    expect(await roster()).toEqual([]);
    expect(stage.world.gateway.log()).toContain('contacts are suggested to clients instead');
  });
});
