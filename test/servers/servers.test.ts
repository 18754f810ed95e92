/** The trial servers themselves: real clients and a real component on each, over stops and starts. */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { component } from '@xmpp/component';
import xml from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectClient } from './client.js';
import { startEjabberd } from './ejabberd.js';
import { startProsody } from './prosody.js';
import { startSlixmpp } from './slixmpp.js';
import { accepts } from './wait.js';
import type { XmppServer } from './xmpp-server.js';

const DEADLINE_MS = 15_000;

/** Connects a component with @xmpp/component; `close` ends it. */
async function connectComponent(server: XmppServer, password = server.secret): Promise<{ close: () => Promise<void> }> {
  const gateway = component({ service: `xmpp://${server.host}:${server.componentPort}`, domain: server.component, password });
  gateway.reconnect.stop();
  gateway.on('error', () => undefined);
  await gateway.connect(`xmpp://${server.host}:${server.componentPort}`);
  const closed = once(gateway.socket!, 'close');
  const close = async (): Promise<void> => {
    gateway.socket?.destroy();
    await closed;
  };
  const online = once(gateway, 'online');
  try {
    await Promise.all([gateway.open({ domain: server.component }), online]);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

/** Command lines of the processes that mention this text, other than our own. */
function processesMentioning(text: string): string[] {
  const commands = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid).map(commandLine);
  return commands.filter((command) => command.includes(text));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

describe.each([
  ['Prosody', startProsody],
  ['ejabberd', startEjabberd],
])('%s', (_name, start) => {
  let server: XmppServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.dispose());

  test('lets a component in with its secret, and only with it', async () => {
    const gateway = await connectComponent(server);
    await gateway.close();
    await expect(connectComponent(server, 'another')).rejects.toThrow();
  });

  test('carries a message of 200 KB between two clients', async () => {
    const juliet = await connectClient(server, 'juliet');
    const romeo = await connectClient(server, 'romeo');
    const body = '你好 مرحبا 😀 <&>'.repeat(5_000);
    juliet.send(xml('message', { to: romeo.jid, type: 'chat', id: 'long' }, xml('body', {}, body)));
    const message = await romeo.waitFor((stanza) => stanza.attrs.id === 'long', DEADLINE_MS);
    expect(message.getChildText('body')).toBe(body);
    expect(message.attrs.from).toBe(juliet.jid);
    await Promise.all([juliet.close(), romeo.close()]);
  });

  test('carries a message and a receipt between slixmpp and our client', async () => {
    const juliet = await startSlixmpp(server, 'juliet');
    const romeo = await connectClient(server, 'romeo');
    juliet.message({ to: romeo.jid, body: 'Wherefore art thou 😀?', id: 'why', receipt: true });
    const message = await romeo.waitFor((stanza) => stanza.attrs.id === 'why', DEADLINE_MS);
    expect(message.getChildText('body')).toBe('Wherefore art thou 😀?');
    romeo.send(xml('message', { to: juliet.jid }, xml('received', { xmlns: 'urn:xmpp:receipts', id: 'why' })));
    await juliet.waitForMessage(({ receipt }) => receipt === 'why', DEADLINE_MS);
    await Promise.all([juliet.close(), romeo.close()]);
  });

  test('keeps its data over a stop and a start, on the same ports', async () => {
    const contact = `someone@${server.component}`;
    const before = await connectClient(server, 'juliet');
    await before.request(xml('iq', { type: 'set' }, xml('query', { xmlns: 'jabber:iq:roster' }, xml('item', { jid: contact }))));
    await server.stop();
    expect(await accepts(server.c2sPort)).toBe(false);
    await server.start();
    const after = await connectClient(server, 'juliet');
    const roster = await after.request(xml('iq', { type: 'get' }, xml('query', { xmlns: 'jabber:iq:roster' })));
    expect(roster.toString()).toContain(contact);
    await Promise.all([before.close(), after.close()]);
  });

  // Not that it keeps the latest data: ejabberd writes its tables to disk every few minutes.
  test('comes back after a kill', async () => {
    const before = await connectClient(server, 'juliet');
    await server.kill();
    await expect(before.waitFor(() => false, DEADLINE_MS)).rejects.toThrow(/closed|ended|ECONNRESET/);
    await server.start();
    const after = await connectClient(server, 'juliet');
    await Promise.all([before.close(), after.close()]);
  });

  test('a second server runs beside it, and leaves nothing when disposed of', async () => {
    const second = await start({ domain: 'other.test' });
    const dir = second.certificate.slice(0, second.certificate.lastIndexOf('/'));
    expect(processesMentioning(dir)).not.toEqual([]);
    const romeo = await connectClient(second, 'romeo');
    expect(romeo.jid).toMatch(/^romeo@other\.test\//);
    await romeo.close();
    await second.dispose();
    expect(processesMentioning(dir)).toEqual([]);
    expect(existsSync(dir)).toBe(false);
    expect(await accepts(second.c2sPort)).toBe(false);
    expect(server.pid).toBeDefined();
  });
});
