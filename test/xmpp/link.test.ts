/** The component link on real servers: it comes up, survives what servers and networks do to it, and says what is wrong once. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import xml from '@xmpp/xml';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectClient } from '../servers/client.js';
import { claimPort } from '../servers/ports.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { deliveryTo } from './deliveries.js';
import { online, startEdge, type EdgeChanges, type Running } from './harness.js';
import { Proxy } from './proxy.js';
import { SERVERS } from './servers.js';

const running: Running[] = [];
const liars: Server[] = [];

function start(server: XmppServer, changes: EdgeChanges = {}): Running {
  const one = startEdge(server, changes);
  running.push(one);
  return one;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ edge }) => edge.stop(2_000)));
  for (const liar of liars.splice(0)) liar.close();
});

describe.each(SERVERS)('the link on $name', ({ launch }) => {
  let server: XmppServer;
  beforeAll(async () => {
    server = await launch();
  });
  afterAll(() => server.dispose());

  it('connects, tells its listeners, and stops', async () => {
    let told = 0;
    const one = start(server);
    one.edge.onReady(() => told++);
    await online(one);
    expect(told).toBe(1);
    expect(one.edge.state().connected).toBe(true);
    await one.edge.stop(2_000);
    expect(one.edge.state().connected).toBe(false);
  });

  it('says once that the secret is wrong, and tries slowly', async () => {
    const one = start(server, { secret: 'not the secret', retrySlow: 300 });
    await waitUntil('three tries', () => one.lines.filter((line) => line.retryInMs !== undefined).length >= 3, 10_000);
    const loud = one.lines.filter((line) => line.level >= 40);
    expect(loud).toHaveLength(1);
    expect(loud[0]?.msg).toContain('refuses our component secret');
    expect(JSON.stringify(one.lines)).not.toContain('not the secret');
    expect(one.lines.every((line) => Number(line.retryInMs) >= 250)).toBe(true);
  });

  it('waits for a server that is not there yet', async () => {
    const port = await claimPort();
    const one = start(server, { port });
    await waitUntil('two tries', () => one.lines.length >= 2, 10_000);
    expect(one.lines.filter((line) => line.level >= 40)).toHaveLength(1);
    const late = createServer((near) => near.on('error', () => undefined).destroy()).listen(port, '127.0.0.1');
    await once(late, 'listening');
    await waitUntil('a connection that is closed at once', () => one.lines.length >= 3, 10_000);
    late.close();
    expect(one.edge.ready).toBe(false);
  });

  it('keeps every character of many messages, however the reads fall', async () => {
    const proxy = await Proxy.to(server.componentPort);
    proxy.pieceSize = 1;
    const one = await online(start(server, { port: proxy.port }));
    const juliet = await connectClient(server, 'juliet');
    const texts = Array.from({ length: 100 }, (_, n) => `${n} 日本語のテキスト 🎉👩‍👩‍👧 عربي ${'界'.repeat(n % 20)}`);
    texts.forEach((text, n) => juliet.send(xml('message', { to: `ann%shop.example@${server.component}`, id: `t${n}` }, xml('body', {}, text))));
    await waitUntil('all came', () => one.intake.accepted.length === texts.length, 15_000);
    const damaged = one.intake.accepted.filter((message, n) => message.text !== texts[n]);
    expect(damaged).toHaveLength(0);
    await juliet.close();
    proxy.close();
  });

  it('says once that another serves its domain, or shares with it', async () => {
    const first = await online(start(server));
    const second = start(server, { retrySlow: 300 });
    if (server.name === 'ejabberd') {
      await online(second);
      return;
    }
    await waitUntil('three tries', () => second.lines.filter((line) => line.retryInMs !== undefined).length >= 3, 10_000);
    const loud = second.lines.filter((line) => line.level >= 40);
    expect(loud.map((line) => line.msg)).toEqual([expect.stringContaining('is a second gateway running?')]);
    expect(first.edge.ready).toBe(true);
    await first.edge.stop(2_000);
    await online(second);
  });

  it('notices a half-open link and comes back', async () => {
    const proxy = await Proxy.to(server.componentPort);
    const one = await online(start(server, { port: proxy.port, keepAliveIdle: 200, keepAliveDeadline: 300 }));
    await waitUntil('pings are answered', () => (one.edge.counters().stanzasIn ?? 0) >= 4, 5_000);
    expect(proxy.connections, 'a healthy idle link stays').toBe(1);
    proxy.silent = true;
    await waitUntil('the link is given up', () => !one.edge.ready, 5_000);
    expect(one.edge.state().lastError).toContain('does not answer a ping');
    proxy.close();
  });

  it('comes back after the server was killed', async () => {
    const one = await online(start(server));
    await server.kill();
    await waitUntil('the loss is noticed', () => !one.edge.ready, 5_000);
    await server.start();
    await online(one, 15_000);
    expect(one.edge.counters().linkLosses).toBe(1);
  });

  it('goes on when the server would be read before it reads', { timeout: 40_000 }, async () => {
    const one = await online(start(server));
    const juliet = await connectClient(server, 'juliet');
    const payload = `<query xmlns="http://jabber.org/protocol/disco#info"><x xmlns="urn:test">${'x'.repeat(1_000)}</x></query>`;
    juliet.send(Array.from({ length: 8_000 }, (_, n) => `<iq type="get" id="q${n}" to="${server.component}">${payload}</iq>`).join(''));
    const large = Array.from({ length: 40 }, () => one.edge.deliver(deliveryTo(server, 'romeo', 'x'.repeat(200_000))));
    const ends = await Promise.all(large);
    expect(new Set(ends.map(({ state }) => state))).toEqual(new Set(['handed-over']));
    const answers = () => juliet.received.filter((stanza) => stanza.is('iq')).length;
    await waitUntil('every request is answered', () => answers() === 8_000, 20_000);
    expect(one.edge.counters().linkLosses).toBe(0);
    await juliet.close();
  });

  it.each(['<message>&unknown;</message>', '</a></b><c>', '<message></iq>text', '</stream:stream>more<a>&x;'])(
    'survives %s from the server: drops the link and connects again',
    async (garbage) => {
      const one = await startBroken(server, garbage);
      await waitUntil('the garbage ended the link', () => one.edge.counters().linkLosses === 1, 5_000);
      await online(one);
    },
  );
});

/** An edge whose first connection takes the handshake and answers the first stanza with `garbage`; the next is good. */
async function startBroken(server: XmppServer, garbage: string): Promise<Running> {
  let first = true;
  const liar = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (first) lie(socket, server.component, garbage);
    else relay(socket, connect(server.componentPort, '127.0.0.1'));
    first = false;
  });
  const port = await claimPort();
  liar.listen(port, '127.0.0.1');
  await once(liar, 'listening');
  liars.push(liar);
  return start(server, { port, keepAliveIdle: 100 });
}

function relay(near: Socket, far: Socket): void {
  far.on('error', () => far.destroy());
  near.pipe(far).pipe(near);
}

function lie(socket: Socket, domain: string, garbage: string): void {
  const names = "xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'";
  socket.once('data', () => {
    socket.write(`<?xml version='1.0'?><stream:stream ${names} id='1' from='${domain}'>`);
    socket.once('data', () => {
      socket.write('<handshake/>');
      socket.once('data', () => socket.write(garbage));
    });
  });
}
