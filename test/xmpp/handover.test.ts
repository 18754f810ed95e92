/** Promise 3: nothing is handed over before the pong, a lost link releases the rest, and the same ids are sent again. */
import xml from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/edge.js';
import { Failure } from '../../src/failure.js';
import { Gate } from '../../src/xmpp/gate.js';
import { Handover } from '../../src/xmpp/handover.js';
import { connectClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { deliveryTo } from './deliveries.js';
import { online, startEdge } from './harness.js';
import { SERVERS } from './servers.js';

const stanza = (id: string, to = 'juliet@example.test', text = 'x') => xml('message', { id, from: 'a%b@gw', to }, xml('body', {}, text));

/** A hand-over whose pings the test answers. */
function rig(window = 100, windowSize = 1_000_000) {
  const wire: string[] = [];
  const pings: ((answered: boolean) => void)[] = [];
  const ports = {
    connected: true,
    full: false,
    refuse: undefined as Failure | undefined,
    send: (stanzas: readonly { attrs: Record<string, string | undefined> }[]) => {
      if (ports.refuse === undefined) wire.push(...stanzas.map((one) => one.attrs.id ?? ''));
      return ports.refuse;
    },
    ping: () => {
      wire.push('ping');
      return new Promise<boolean>((resolve) => pings.push(resolve));
    },
  };
  const handover = new Handover({ window, windowSize }, ports);
  const outcomes = new Map<string, Outcome>();
  const deliver = (id: string, to?: string, text?: string) => void handover.deliver([stanza(id, to, text)]).then((outcome) => outcomes.set(id, outcome));
  const pinged = (count: number) => waitUntil(`ping ${count}`, () => pings.length === count, 1_000);
  const settled = (count: number) => waitUntil(`${count} settled`, () => outcomes.size === count, 1_000);
  return { handover, ports, wire, pings, outcomes, deliver, pinged, settled };
}

describe('the hand-over', () => {
  it('settles with the pong what was written before the ping, and nothing else', async () => {
    const { wire, pings, outcomes, deliver, pinged, settled } = rig();
    deliver('a');
    deliver('b');
    await pinged(1);
    deliver('c');
    expect([wire, outcomes.size]).toEqual([['a', 'b', 'ping', 'c'], 0]);
    pings[0]?.(true);
    await settled(2);
    await pinged(2);
    expect([...outcomes.keys()]).toEqual(['a', 'b']);
    pings[1]?.(true);
    await settled(3);
    expect([...outcomes.values()].every((outcome) => outcome.state === 'handed-over')).toBe(true);
  });

  it('sends the ping in one write with the stanzas it speaks for', async () => {
    const writes: string[] = [];
    const wire = { connected: true, buffered: 0, write: (text: string) => void writes.push(text) };
    const gate = new Gate({ domain: 'gw', maxStanza: 10_000, maxBuffered: 100_000 }, wire, () => undefined);
    const ping = (): Promise<boolean> => {
      gate.send(xml('iq', { id: 'ping', from: 'gw', to: 'example.test' }));
      return new Promise(() => undefined);
    };
    const handover = new Handover({ window: 100, windowSize: 1_000 }, { connected: true, full: false, send: (stanzas) => gate.send(stanzas), ping });
    for (const id of ['a', 'b']) void handover.deliver([stanza(id)]);
    await waitUntil('the ping', () => writes.join('').includes('<iq'), 1_000);
    expect(writes.map((text) => [...text.matchAll(/ id="(\w+)"/g)].map(([, id]) => id))).toEqual([['a', 'b', 'ping']]);
  });

  it('fails or defers what bounced before the pong, and believes only the addressee', async () => {
    const { handover, pings, outcomes, deliver, pinged, settled } = rig();
    const gone = Failure.permanent('no-such-recipient', 'gone');
    const busy = Failure.temporary('overloaded', 'busy');
    ['a', 'b', 'c'].forEach((id) => deliver(id));
    await pinged(1);
    expect(handover.bounced('a', 'juliet@example.test/phone', gone)).toBe(true);
    expect(handover.bounced('b', 'juliet@example.test', busy)).toBe(true);
    expect(handover.bounced('c', 'mallory@example.test', gone)).toBe(false);
    pings[0]?.(true);
    await settled(3);
    expect(['a', 'b', 'c'].map((id) => outcomes.get(id)?.state)).toEqual(['failed', 'deferred', 'handed-over']);
    expect(handover.bounced('c', 'juliet@example.test', gone), 'after the pong it is a late word').toBe(false);
  });

  it('takes the second error about one delivery for the same news', async () => {
    const { handover, ports, pings, settled, pinged } = rig();
    const outcomes: Outcome[] = [];
    void handover.deliver([stanza('a'), stanza('a.2')]).then((outcome) => outcomes.push(outcome));
    await pinged(1);
    const gone = Failure.permanent('no-such-recipient', 'gone');
    expect(handover.bounced('a', 'juliet@example.test', gone)).toBe(true);
    expect(handover.bounced('a.2', 'juliet@example.test', gone)).toBe(true);
    pings[0]?.(true);
    await settled(0);
    expect(outcomes.map(({ state }) => state)).toEqual(['failed']);
    expect([handover.bounced('a.2', 'juliet@example.test', gone), ports.connected]).toEqual([false, true]);
  });

  it('takes an error for the newest of two tries that the server has not confirmed: the same ids are sent again', async () => {
    const { handover, pings, pinged } = rig();
    const outcomes: Outcome[] = [];
    const busy = Failure.temporary('overloaded', 'busy');
    const attempt = () => void handover.deliver([stanza('a')]).then((outcome) => outcomes.push(outcome));
    attempt();
    await pinged(1);
    handover.bounced('a', 'juliet@example.test', busy);
    attempt();
    await pinged(2);
    expect(handover.bounced('a', 'juliet@example.test', busy)).toBe(true);
    pings[1]?.(true);
    await waitUntil('both are settled', () => outcomes.length === 2, 1_000);
    expect(outcomes.map(({ state }) => state)).toEqual(['deferred', 'deferred']);
  });

  it('releases what is written and what waits when the link is lost, and hears no old pong', async () => {
    const { handover, ports, pings, outcomes, deliver, pinged, settled } = rig(8);
    [...'abcdefghi'].forEach((id) => deliver(id));
    await pinged(4);
    handover.lost();
    await settled(9);
    expect([...outcomes.values()].map((outcome) => outcome.state)).toEqual([...'abcdefghi'].map(() => 'released'));
    deliver('j');
    await pinged(5);
    pings[0]?.(true);
    pings[4]?.(true);
    await settled(10);
    expect(outcomes.get('j')?.state).toBe('handed-over');
    ports.connected = false;
    deliver('k');
    await settled(11);
    expect(outcomes.get('k')?.state).toBe('released');
  });

  it('writes no more than the window, by number and by size, in order, with a ping behind each quarter', async () => {
    const { wire, pings, deliver, pinged, settled } = rig(8, 100);
    [...'abcdefghij'].forEach((id) => deliver(id));
    deliver('k', undefined, 'x'.repeat(500));
    expect(wire.join(' ')).toBe('a b ping c d ping e f ping g h ping');
    pings[1]?.(true);
    await settled(4);
    await pinged(5);
    expect(wire.slice(12).join(' ')).toBe('i j ping');
    pings[4]?.(true);
    await pinged(6);
    expect(wire.slice(15).join(' '), 'one item always fits').toBe('k ping');
    pings[5]?.(true);
    await settled(11);
  });

  it('waits while the socket is full', async () => {
    const { handover, ports, wire, pings, deliver, pinged, settled } = rig();
    ports.full = true;
    deliver('a');
    expect(wire).toEqual([]);
    ports.full = false;
    handover.pump();
    await pinged(1);
    pings[0]?.(true);
    await settled(1);
  });

  it('fails what the gate refuses, and only that', async () => {
    const { ports, outcomes, deliver, pings, pinged, settled } = rig();
    ports.refuse = Failure.permanent('too-large', 'too large');
    deliver('a');
    ports.refuse = undefined;
    deliver('b');
    await pinged(1);
    pings[0]?.(true);
    await settled(2);
    expect([outcomes.get('a')?.state, outcomes.get('b')?.state]).toEqual(['failed', 'handed-over']);
  });
});

describe.each(SERVERS)('hand-over to $name', ({ launch }) => {
  it('does not take the server for dead while we ourselves do not read', async () => {
    const server = await launch();
    const one = await online(startEdge(server, { maxAccepting: 5, pongDeadline: 200 }));
    const juliet = await connectClient(server, 'juliet');
    const held: (() => void)[] = [];
    one.intake.answer = () => new Promise((resolve) => held.push(() => resolve('stored')));
    for (let n = 0; n < 5; n++) juliet.send(xml('message', { to: `ann%shop.example@${server.component}` }, xml('body', {}, `${n}`)));
    await waitUntil('it stops reading', () => held.length === 5, 5_000);
    const before = one.edge.counters().stanzasOut ?? 0;
    const outcome = one.edge.deliver(deliveryTo(server, 'romeo', 'text'));
    await waitUntil('it asks again', () => (one.edge.counters().stanzasOut ?? 0) >= before + 3, 5_000);
    held.forEach((release) => release());
    expect(await outcome).toEqual({ state: 'handed-over' });
    expect(one.edge.counters().linkLosses).toBe(0);
    await juliet.close();
    await one.edge.stop(2_000);
    await server.dispose();
  });

  it('releases what a dying server had not confirmed, and delivers it afterwards with the same ids', async () => {
    const server = await launch();
    const one = await online(startEdge(server));
    const confirmed = await one.edge.deliver(deliveryTo(server, 'romeo', 'before'));
    expect(confirmed.state).toBe('handed-over');

    process.kill(server.pid ?? 0, 'SIGSTOP');
    const deliveries = Array.from({ length: 300 }, (_, n) => deliveryTo(server, 'romeo', `text ${n}`));
    const underway = deliveries.map((delivery) => one.edge.deliver(delivery));
    await waitUntil('the window is written', () => (one.edge.counters().stanzasOut ?? 0) >= 200, 5_000);
    await server.kill();
    const outcomes = await Promise.all(underway);
    expect(outcomes.map((outcome) => outcome.state)).toEqual(deliveries.map(() => 'released'));
    expect(await one.edge.deliver(deliveryTo(server, 'romeo', 'while it is away'))).toEqual({ state: 'released' });

    await server.start();
    await online(one, 15_000);
    const romeo = await connectClient(server, 'romeo');
    const again = await Promise.all(deliveries.map((delivery) => one.edge.deliver(delivery)));
    expect(again.map((outcome) => outcome.state)).toEqual(deliveries.map(() => 'handed-over'));
    const ids = deliveries.map((delivery) => delivery.message.id);
    const got = () => romeo.received.map((received) => received.attrs.id).filter((id) => ids.includes(id ?? ''));
    await waitUntil('all arrive', () => got().length === ids.length, 10_000);
    expect(got()).toEqual(ids);
    await romeo.close();
    await one.edge.stop(2_000);
    await server.dispose();
  });
});
