/** Sessions kept open: reuse, replacement, stale ones, a relay's own limits, and a relay that is away. */
import { afterEach, describe, expect, it } from 'vitest';
import type { RelayClient, RelaySettings } from '../../src/smtp-out/relay-client.js';
import { clientFor, outcomeBy, readableLog, settingsFor } from './harness.js';
import { DROP, HANG, ScriptedRelay, type RelayScript } from './scripted-relay.js';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(script: RelayScript, changes: Partial<RelaySettings> = {}, port = 0) {
  const relay = await ScriptedRelay.start(script, port);
  closers.push(() => relay.stop());
  return { relay, ...attach(relay.port, changes) };
}

function attach(port: number, changes: Partial<RelaySettings> = {}) {
  const { log, text } = readableLog();
  const client = clientFor(settingsFor(port, { ...changes }), log);
  closers.push(() => client.close());
  return { client, text };
}

const many = (client: RelayClient, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, async () => (await outcomeBy(client)).state));
const isReady = (client: RelayClient): Promise<void> => new Promise((resolve) => client.readiness.onReady(resolve));

describe('sessions', () => {
  it('are reused, and no more than the pool are open', async () => {
    const { relay, client } = await start({}, { connections: 3 });
    expect(new Set(await many(client, 30))).toEqual(new Set(['taken']));
    expect(relay.connections).toBe(3);
    expect(relay.mails).toHaveLength(30);
  });

  it('are replaced after so many messages', async () => {
    const { relay, client } = await start({}, { connections: 1, messagesPerConnection: 2 });
    await many(client, 5);
    expect([relay.connections, relay.mails.length]).toEqual([3, 5]);
  });

  it('survive a refusal, with RSET between', async () => {
    const { relay, client } = await start({ at: (step, nth) => (step === 'rcpt' && nth === 0 ? '550 5.1.1 No' : undefined) }, { connections: 1 });
    expect([await many(client, 1), await many(client, 1)]).toEqual([['failed'], ['taken']]);
    expect([relay.connections, relay.count('rset')]).toEqual([1, 1]);
  });

  it('whose RSET is not answered keep nobody waiting for the outcome', async () => {
    const { client } = await start({ at: (step) => (step === 'rcpt' ? '550 5.1.1 No' : step === 'rset' ? HANG : undefined) }, { connections: 2 });
    const before = Date.now();
    expect(await many(client, 2)).toEqual(['failed', 'failed']);
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it('that the relay closed while idle cost the next message nothing', async () => {
    const { relay, client } = await start({});
    await many(client, 1);
    relay.dropAll();
    expect(await many(client, 1)).toEqual(['taken']);
  });

  it.each([
    ['drops', DROP],
    ['says 421', '421 4.4.2 Timeout, closing'],
  ] as const)('kept too long, that the relay %s at MAIL, cost one quiet retry', async (_what, behaviour) => {
    const { relay, client } = await start({ offers: ['PIPELINING'], at: (step, nth) => (step === 'mail' && nth === 1 ? behaviour : undefined) }, { connections: 1 });
    expect([await many(client, 1), await many(client, 1)]).toEqual([['taken'], ['taken']]);
    expect(relay.mails).toHaveLength(2);
  });

  it('lost after the final dot are not retried here: the message may have been taken', async () => {
    const { relay, client } = await start({ at: (step, nth) => (step === 'dot' && nth === 1 ? DROP : undefined) }, { connections: 1 });
    expect([await many(client, 1), await many(client, 1)]).toEqual([['taken'], ['deferred']]);
    expect(relay.count('dot')).toBe(2);
  });

  it('refused beyond the relay\'s own limit, messages wait for those it gave', async () => {
    const { relay, client, text } = await start({ at: (step, nth) => (step === 'connect' && nth >= 2 ? '421 4.7.0 Too many connections' : undefined) }, { connections: 8 });
    // Two sessions live before the rest is asked for.
    await many(client, 2);
    expect(new Set(await many(client, 20))).toEqual(new Set(['taken']));
    expect(relay.mails).toHaveLength(22);
    expect(client.readiness.ready).toBe(true);
    expect(text()).toBe('');
  });
});

describe('a session that two share (PIPELINING)', () => {
  const offers = ['PIPELINING'];

  it('lost after the final dot of the first: that one is deferred, the other goes by a new session at once', async () => {
    const { relay, client } = await start({ offers, at: (step, nth) => (step === 'dot' && nth === 0 ? DROP : undefined) }, { connections: 1 });
    expect((await many(client, 2)).sort()).toEqual(['deferred', 'taken']);
    expect([relay.mails.length, relay.connections]).toEqual([1, 2]);
  });

  it('closed by 421 after each message loses none and defers none', async () => {
    const { relay, client } = await start({ offers, at: (step, nth) => (step === 'mail' && nth % 2 === 1 ? '421 4.7.0 One message a session' : undefined) }, { connections: 1 });
    expect(new Set(await many(client, 10))).toEqual(new Set(['taken']));
    expect(relay.mails).toHaveLength(10);
  });

  it('hung at the first: only that one bears it', async () => {
    const { relay, client } = await start({ offers, at: (step, nth) => (step === 'dot' && nth === 0 ? HANG : undefined) }, { connections: 1, answerMs: 300 });
    expect((await many(client, 3)).sort()).toEqual(['deferred', 'taken', 'taken']);
    expect(relay.mails).toHaveLength(2);
  });

  it('dropped again and again loses none: what was not taken is deferred', async () => {
    let drops = 0;
    const { relay, client } = await start({ offers, at: (step, nth) => (['mail', 'rcpt', 'body', 'dot'].includes(step) && nth % 7 === 3 && drops++ < 40 ? DROP : undefined) }, { connections: 3 });
    const states = await many(client, 300);
    expect(states.filter((state) => state === 'taken')).toHaveLength(relay.mails.length);
    expect(new Set(states)).toEqual(new Set(['taken', 'deferred']));
  });
});

describe('a relay that says more than it was asked', () => {
  it.each([
    ['when the session opens', (step: string) => (step === 'ehlo' ? '250 relay.test\n250 surprise' : undefined)],
    ['between the answers', (step: string) => (step === 'mail' ? '250 ok\n250 surprise' : undefined)],
  ])('%s is not believed', async (_when, at) => {
    const { relay, client } = await start({ offers: ['PIPELINING'], at }, { connections: 1 });
    expect(await many(client, 1)).toEqual(['deferred']);
    expect(relay.mails).toEqual([]);
  });
});

describe('a relay that is away', () => {
  it('makes the outlet unready, and a probe makes it ready again', async () => {
    const { relay, client, text } = await start({});
    await relay.stop();
    expect(await many(client, 1)).toEqual(['deferred']);
    expect(client.readiness.ready).toBe(false);
    const ready = isReady(client);
    const back = await ScriptedRelay.start({}, relay.port);
    closers.push(() => back.stop());
    await ready;
    expect(client.readiness.ready).toBe(true);
    expect(await many(client, 1)).toEqual(['taken']);
    // The probe's session was kept for it.
    expect(back.connections).toBe(1);
    expect(text().match(/mail relay cannot be reached/g)?.length).toBeGreaterThan(0);
    expect(text().match(/"level":50/g)).toHaveLength(1);
  });

  it('fails all that wait at once, not one after the other', async () => {
    const { relay, client } = await start({ at: (step) => (step === 'connect' ? HANG : undefined) }, { openMs: 1_000, connections: 4 });
    const before = Date.now();
    expect(new Set(await many(client, 4))).toEqual(new Set(['deferred']));
    expect(Date.now() - before).toBeLessThan(3_500);
    expect(relay.connections).toBeGreaterThanOrEqual(4);
  });

  it('fails also those that wait for another session', async () => {
    const { client } = await start({ at: (step) => (step === 'ehlo' ? DROP : undefined) }, { connections: 1 });
    expect(await many(client, 3)).toEqual(['deferred', 'deferred', 'deferred']);
  });

  it('that refuses our session is said once, as such', async () => {
    const { client, text } = await start({ at: (step) => (step === 'connect' ? '554 5.7.1 Blocked' : undefined) });
    await many(client, 2);
    expect(text().match(/mail relay refuses our session/g)).toHaveLength(1);
    expect(text()).toContain('554 5.7.1 Blocked');
  });
});

describe('close', () => {
  it('ends what is under way as deferred, and leaves no connection', async () => {
    const { relay, client } = await start({ at: (step) => (step === 'dot' ? HANG : undefined) }, { connections: 1 });
    const reached = relay.reached('dot');
    const waiting = many(client, 2);
    await reached;
    client.close();
    expect(await waiting).toEqual(['deferred', 'deferred']);
  });
});
