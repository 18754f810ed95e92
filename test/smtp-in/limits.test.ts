/** Sizes, counts and times: what goes over one is answered, and never takes the gateway from others. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { SmtpInLimits } from '../../src/smtp-in/options.js';
import { LMTP, mail, startInlet, Wire, type Started } from './harness.js';

let started: Started;
const wires: Wire[] = [];

async function start(limits: Partial<SmtpInLimits>, options = {}): Promise<Wire> {
  started = await startInlet({ limits, ...options });
  return open();
}

async function open(from?: string): Promise<Wire> {
  const wire = await Wire.open(started.port, from);
  wires.push(wire);
  return wire;
}

afterEach(async () => {
  wires.splice(0).forEach((wire) => wire.close());
  await started.inlet.stop(100);
});

/** Sends one byte after the other, 20 ms apart, until the connection ends. */
async function trickle(wire: Wire, text: string): Promise<number> {
  const began = Date.now();
  for (const byte of text) {
    if (wire.ended) break;
    wire.socket.write(byte);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await wire.closed();
  return Date.now() - began;
}

describe('sizes', () => {
  it('a mail over the limit is refused while it comes in, and nothing of it is kept', async () => {
    const wire = await start({ size: 100_000 });
    await wire.hello();
    await wire.envelope();
    expect(await wire.say(`${mail({}, 'x'.repeat(70).concat('\r\n').repeat(3_000))}.\r\n`)).toMatch(/^552 5\.3\.4 /);
    expect(started.intake.accepted).toHaveLength(0);
    await wire.envelope();
    expect(await wire.say(`${mail()}.\r\n`)).toMatch(/^250/);
  });

  it('a header over the limit is refused', async () => {
    const wire = await start({ headerSize: 1_000 });
    await wire.hello();
    await wire.envelope();
    expect(await wire.say(`${mail({ 'X-Long': 'x'.repeat(2_000) })}.\r\n`)).toMatch(/^550 5\.6\.0 .*header/);
  });

  it('a command line over the limit is refused without waiting for its end', async () => {
    const wire = await start({});
    await wire.hello();
    expect(await wire.say('N'.repeat(20_000))).toMatch(/^500 5\.5\.2 /);
    await wire.closed();
  });

  it('a line of a mail over the limit is refused', async () => {
    const wire = await start({ textLine: 5_000 });
    await wire.hello();
    await wire.envelope();
    expect(await wire.say(`${mail({}, `${'x'.repeat(6_000)}\r\n`)}.\r\n`)).toMatch(/^554 5\.6\.0 .*line/);
    await wire.closed();
  });

  it('more recipients than the limit wait for the next mail', async () => {
    const wire = await start({ recipients: 1 });
    await wire.hello();
    const heard = await wire.envelope('x@e.example', ['alice@gw.example.org', 'bob@gw.example.org']);
    expect(heard).toMatch(/^452 4\.5\.3 /m);
    expect(await wire.say(`${mail()}.\r\n`)).toMatch(/^250/);
  });
});

describe('counts', () => {
  it('too many errors end the connection', async () => {
    const wire = await start({ errors: 3 });
    await wire.hello();
    await wire.say('MAIL FROM:<x@e.example>\r\n');
    for (const name of ['a', 'b', 'c']) expect(await wire.say(`RCPT TO:<${name}@gw.example.org>\r\n`)).toMatch(/^550/);
    expect(await wire.say('NOOP\r\n')).toMatch(/^421 4\.7\.0 /);
    await wire.closed();
  });

  it('good mail makes up for errors', async () => {
    const wire = await start({ errors: 3 });
    await wire.hello();
    for (let i = 0; i < 4; i++) {
      await wire.envelope('x@e.example', ['nobody@gw.example.org', 'alice@gw.example.org']);
      expect(await wire.say(`${mail()}.\r\n`)).toMatch(/^250/);
    }
  });

  it('a connection too many in all is turned away when none may be cut for it', async () => {
    const wire = await start({ connections: 1 });
    await wire.hello();
    const second = await open();
    expect(await second.hear(1)).toMatch(/^421 4\.3\.2 /);
    await second.closed();
    wire.close();
  });

  it('a newcomer takes the place of who did nothing for longest, and of nobody whose mail is being stored', async () => {
    await start({ connections: 3 }, { trustedPeers: [] });
    const [busy, idle] = [wires[0]!, await open()];
    await busy.hello();
    await idle.hear(1);
    let stored = (): void => undefined;
    started.intake.onAccept = () => new Promise((resolve) => (stored = () => resolve('stored')));
    await busy.envelope();
    busy.socket.write(`${mail()}.\r\n`);
    const [recent, newcomer] = [await open(), await open()];
    expect(await newcomer.hear(1)).toMatch(/^220 /);
    expect(await idle.hear(2)).toMatch(/^421 4\.3\.2 /m);
    expect(await recent.hello()).toMatch(/^250 /m);
    stored();
    await busy.hear(6);
    expect(busy.received).toMatch(/^250 2\.6\.0 /m);
  });

  it('in a crowd nobody is waited for as long as else, and a mail that comes in well may end', async () => {
    await start({ connections: 4, crowdedMs: 400, crowdedGraceMs: 200, dataRate: 100 }, { trustedPeers: [] });
    const [silent, sender] = [wires[0]!, await open()];
    await open();
    await sender.hello();
    await sender.envelope();
    sender.socket.write('From: x@e.example\r\n\r\n');
    const line = 'x'.repeat(98).concat('\r\n');
    for (let i = 0; i < 8; i++) {
      sender.socket.write(line);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await silent.closed(2_000);
    expect(silent.received).toMatch(/421 4\.4\.2 Others are waiting/);
    expect(await sender.say('.\r\n')).toMatch(/^250/);
  });

  it('a connection too many from one address is turned away, trusted peers excepted', async () => {
    await start({ connectionsPerPeer: 1 });
    const [first, second, other] = [await open('127.0.0.5'), await open('127.0.0.5'), await open('127.0.0.6')];
    expect(await first.hear(1)).toMatch(/^220/);
    expect(await second.hear(1)).toMatch(/^421 4\.7\.0 /);
    expect(await other.hear(1)).toMatch(/^220/);
    expect(await (await open()).hear(1)).toMatch(/^220/);
  });
});

describe('times', () => {
  it('a command that comes a byte at a time is cut', async () => {
    const wire = await start({ commandMs: 300 });
    await wire.hello();
    expect(await trickle(wire, 'N'.repeat(200))).toBeLessThan(2_000);
    expect(wire.received).toMatch(/421 4\.4\.2 /);
  });

  it('a mail that comes a byte at a time is cut', async () => {
    const wire = await start({ dataGraceMs: 300, dataRate: 5_000 });
    await wire.hello();
    await wire.envelope();
    expect(await trickle(wire, mail({}, 'x'.repeat(500)))).toBeLessThan(2_000);
    expect(started.intake.accepted).toHaveLength(0);
  });

  it('an idle client is cut, one that waits for us is not', async () => {
    const wire = await start({ idleMs: 300 });
    await wire.hello();
    started.intake.onAccept = () => new Promise((resolve) => setTimeout(() => resolve('stored'), 1_000));
    await wire.envelope();
    expect(await wire.say(`${mail()}.\r\n`)).toMatch(/^250/);
    await wire.closed(2_000);
    expect(wire.received).toMatch(/421 4\.4\.2 Idle/);
  });

  it('a session ends, at the end of a mail and not within', async () => {
    const wire = await start({ sessionMs: 500 });
    await wire.hello();
    await wire.envelope();
    wire.socket.write('From: x@e.example\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(await wire.say('Hello.\r\n.\r\n')).toMatch(/^250/);
    await wire.closed(2_000);
  });
});

describe('the greeting', () => {
  async function firstByte(port: number): Promise<number> {
    const began = performance.now();
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'data');
    const took = performance.now() - began;
    socket.destroy();
    return took;
  }

  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

  it('is there at once, as from a bare server', async () => {
    await start({});
    const bare = createServer((socket) => socket.on('error', () => undefined).end('220 hello\r\n')).listen(0, '127.0.0.1');
    await once(bare, 'listening');
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let i = 0; i < 15; i++) {
      ours.push(await firstByte(started.port));
      theirs.push(await firstByte((bare.address() as AddressInfo).port));
    }
    bare.close();
    expect(median(ours)).toBeLessThan(median(theirs) + 30);
  });
});

describe('stopping', () => {
  it('tells who is at rest, lets a mail end, and cuts what does not', async () => {
    const [idle, busy, stuck] = [await start({}), await open(), await open()];
    for (const wire of [idle, busy, stuck]) await wire.hello();
    await busy.envelope();
    await stuck.envelope();
    const stopped = started.inlet.stop(500);
    expect(await idle.hear(3)).toMatch(/421 4\.3\.2 Shutting down/);
    expect(await busy.say(`${mail()}.\r\n`)).toMatch(/^250/);
    await stopped;
    await stuck.closed();
    expect(started.intake.accepted).toHaveLength(1);
  });

  it('is refused for LMTP on port 25', async () => {
    await start({});
    await expect(startInlet({ listen: [{ ...LMTP, port: 25 }] })).rejects.toThrow('RFC 2033');
  });
});
