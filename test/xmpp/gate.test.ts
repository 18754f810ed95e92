/** The one way out: what no stream survives never leaves, and what leaves, both servers survive. */
import fc from 'fast-check';
import xml, { type Element } from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import { Gate, type Wire } from '../../src/xmpp/gate.js';
import { IqCaller } from '../../src/xmpp/iq.js';
import { Link } from '../../src/xmpp/link.js';
import { waitUntil } from '../servers/wait.js';
import { connectClient } from '../servers/client.js';
import { recordingLog } from './harness.js';
import { HOSTILE, hostileText } from './hostile.js';
import { SERVERS } from './servers.js';

const DOMAIN = 'mail.example.test';
const TO = 'juliet@example.test';

class MemoryWire implements Wire {
  connected = true;
  buffered = 0;
  readonly writes: string[] = [];
  write(text: string): void {
    this.writes.push(text);
  }
}

function makeGate(maxStanza = 512_000, maxBuffered = 100_000): { gate: Gate; wire: MemoryWire } {
  const wire = new MemoryWire();
  return { gate: new Gate({ domain: DOMAIN, maxStanza, maxBuffered }, wire, () => undefined), wire };
}

const message = (from: string | undefined, to: string | undefined, text = 'x') => xml('message', { from, to }, xml('body', {}, text));

describe('the gate', () => {
  it.each([
    'example.test', 'sub.mail.example.test', `ann@sub.${DOMAIN}`, 'MAIL.example.test', `@${DOMAIN}`, `a@b@${DOMAIN}`, `a/b@${DOMAIN}`,
    `a@${DOMAIN}@evil.test`, `a b@${DOMAIN}`, `a@evil.test/x@${DOMAIN}`, `evil.test/${DOMAIN}`, `${'x'.repeat(1_024)}@${DOMAIN}`, `\u0000@${DOMAIN}`,
    `${DOMAIN}/`, `${DOMAIN}/\u0001`, '', undefined,
  ])('lets nothing out from %j', (from) => {
    const { gate, wire } = makeGate();
    expect(gate.send(message(from, TO))?.reason).toBe('bad-address');
    gate.flush();
    expect(wire.writes).toEqual([]);
  });

  it.each([DOMAIN, `ann%shop.example@${DOMAIN}`, `o\\27brien%x.example@${DOMAIN}/here`])('lets out from %s', (from) => {
    expect(makeGate().gate.send(message(from, TO))).toBeUndefined();
  });

  it.each(['', undefined, '@x', 'a@b@c', 'a b@c.example', '\u0000@c.example', 'x.example/'])('lets nothing out to %j', (to) => {
    expect(makeGate().gate.send(message(DOMAIN, to))?.reason).toBe('bad-address');
  });

  it('counts bytes, not characters, and refuses all or none', () => {
    const { gate, wire } = makeGate(1_000);
    expect(gate.send([message(DOMAIN, TO), message(DOMAIN, TO, '界'.repeat(330))])?.reason).toBe('too-large');
    expect(gate.send(message(DOMAIN, TO, 'x'.repeat(330)))).toBeUndefined();
    gate.flush();
    expect(wire.writes.join('')).not.toContain('界');
  });

  it('writes one turn of the loop in one write, in order', async () => {
    const { gate, wire } = makeGate();
    for (let n = 0; n < 100; n++) gate.send(message(DOMAIN, TO, `<${n}>`));
    expect(wire.writes).toEqual([]);
    await waitUntil('it is written', () => wire.writes.length > 0, 1_000);
    expect(wire.writes).toHaveLength(1);
    expect(wire.writes[0]?.match(/&lt;\d+&gt;/g)).toEqual(Array.from({ length: 100 }, (_, n) => `&lt;${n}&gt;`));
  });

  it('makes callers wait, and refuses those who do not, until the socket drains', async () => {
    const { gate, wire } = makeGate(512_000, 1_000);
    wire.buffered = 1_001;
    let free = false;
    const waiting = gate.room().then(() => (free = true));
    expect(gate.full).toBe(true);
    gate.drained();
    expect(free).toBe(false);
    wire.buffered = 17_000;
    expect(gate.send(message(DOMAIN, TO))?.reason).toBe('overloaded');
    wire.buffered = 0;
    gate.drained();
    await waiting;
    wire.connected = false;
    expect(gate.send(message(DOMAIN, TO))?.reason).toBe('remote-unreachable');
  });

  it('writes only characters that XML has, whatever the text', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { gate, wire } = makeGate();
        gate.send(xml('message', { from: DOMAIN, to: TO, id: text }, xml('body', {}, text)));
        gate.flush();
        // eslint-disable-next-line no-control-regex
        expect(wire.writes.join('')).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff]|&#|\]\]>/u);
      }),
    );
  });
});

describe.each(SERVERS)('hostile text into $name', ({ launch }) => {
  it('never costs the stream: 2,000 texts in body, subject, ids, resource and localpart', async () => {
    const server = await launch();
    const { gate, iq, link } = connect(server.componentPort, server.component, server.secret);
    link.start();
    await waitUntil('the link is up', () => link.connected, 10_000);
    const juliet = await connectClient(server, 'juliet');
    const texts = [...HOSTILE, ...fc.sample(hostileText, { numRuns: 2_000 - HOSTILE.length, seed: 20_261 })];
    let sent = 0;
    for (let start = 0; start < texts.length; start += 50) {
      const batch = texts.slice(start, start + 50).flatMap((text) => stanzasWith(text, server.component, juliet.jid));
      for (const stanza of batch) if (gate.send(stanza) === undefined) sent++;
      const alive = await iq.ping(server.component, server.domain, 10_000);
      expect(alive, `one of ${JSON.stringify(texts.slice(start, start + 50))} closed the stream: ${JSON.stringify(link.state())}`).toBe(true);
    }
    expect(link.losses).toBe(0);
    expect(sent).toBeGreaterThan(texts.length);
    await waitUntil('they arrive', () => juliet.received.some((stanza) => stanza.attrs.id === 'last'), 10_000);
    await juliet.close();
    await link.stop(2_000);
    await server.dispose();
  });
});

/** The text in every place a foreign text may get to. The last stanza is known by its id. */
function stanzasWith(text: string, domain: string, to: string): Element[] {
  const from = `ann%shop.example@${domain}`;
  const child = xml('x', { xmlns: 'urn:test', value: text }, text);
  return [
    xml('message', { from, to, id: text, type: 'chat' }, xml('body', {}, text), xml('subject', {}, text), xml('thread', {}, text), child),
    xml('message', { from: `${text}@${domain}`, to }, xml('body', {}, 'localpart')),
    xml('message', { from: `${domain}/${text}`, to }, xml('body', {}, 'resource')),
    xml('message', { from, to: `juliet@example.test/${text}` }, xml('body', {}, 'resource')),
    xml('message', { from, to, id: 'last' }, xml('body', {}, 'last')),
  ];
}

function connect(port: number, domain: string, secret: string): { gate: Gate; iq: IqCaller; link: Link } {
  const retry = { first: 50, longest: 500, slow: 500 };
  const options = { service: `xmpp://127.0.0.1:${port}`, domain, secret, connectDeadline: 5_000, retry, keepAlive: { idle: 30_000, deadline: 15_000 } };
  const link: Link = new Link(options, { log: recordingLog().log, clock: Date.now }, {
    online: () => undefined,
    offline: () => {
      gate.lost();
      iq.lost();
    },
    drain: () => gate.drained(),
    stanza: (stanza) => void iq.answered(stanza),
    ping: () => undefined,
  });
  const gate = new Gate({ domain, maxStanza: 512_000, maxBuffered: 1_000_000 }, link, () => undefined);
  const iq = new IqCaller((stanza) => gate.send(stanza));
  return { gate, iq, link };
}
