/** Every smuggling form of the known attacks, in one segment and byte by byte: never two mails. */
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mail, startInlet, Wire, type Started } from './harness.js';

let started: Started;
let wire: Wire;

beforeEach(async () => {
  started = await startInlet();
  wire = await Wire.open(started.port);
  await wire.hello();
});
afterEach(async () => {
  wire.close();
  await started.inlet.stop(100);
});

const SECOND = `MAIL FROM:<evil@e.example>\r\nRCPT TO:<bob@gw.example.org>\r\nDATA\r\n${mail({ Subject: 'smuggled' })}.\r\n`;

const sendWhole = (bytes: Buffer): Promise<void> => new Promise((resolve) => wire.socket.write(bytes, () => resolve()));

async function sendByBytes(bytes: Buffer): Promise<void> {
  for (const byte of bytes) {
    wire.socket.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const WAYS = [['in one segment', sendWhole], ['byte by byte', sendByBytes]] as const;

const ENDS = ['\n.\n', '\r.\r', '\r.\n', '\n.\r', '\n.\r\n', '\r\n.\n', '\r.\r\n', '\r\n.\r', '\r\n\0.\r\n', '\r\n.\0\r\n', '\r\n.\r\r\n', '\r\r\n.\r\r\n'];

describe.each(WAYS)('a false end of the mail, %s', (_, send) => {
  it.each(ENDS.map((end) => [JSON.stringify(end), end]))('%s', async (__, end) => {
    await wire.envelope();
    const from = wire.received.length;
    await send(Buffer.from(`${mail({}, 'Hello.')}${end}${SECOND}`));
    await wire.closed();
    expect(wire.received.slice(from)).toMatch(end.includes('\0') ? /^554 5\.6\.0 .*\r\n$/ : /^554 5\.6\.11 .*\r\n$/);
    expect(started.intake.accepted).toHaveLength(0);
    expect(started.intake.pieces.size).toBe(0);
  });

  it.each(['\n', '\r', '\r\r\n', '\0'])('%j in the header, and in a command', async (bad) => {
    await wire.envelope();
    const from = wire.received.length;
    await send(Buffer.from(`From: x@e.example${bad}From: y@e.example\r\n\r\n.\r\n`));
    await wire.closed();
    expect(wire.received.slice(from)).toMatch(/^554 5\.6\.(11|0) .*\r\n$/);
    const other = await Wire.open(started.port);
    await other.hello();
    const before = other.received.length;
    other.socket.write(`MAIL FROM:<a@b.example>${bad}RCPT TO:<alice@gw.example.org>\r\n`);
    await other.closed();
    expect(other.received.slice(before)).toMatch(/^554 5\.6\.(11|0) .*\r\n$/);
  });
});

describe('dots', () => {
  it.each([
    ['..', [Buffer.from('..'), Buffer.from(`\r\n${SECOND}`)]],
    ['. . CR LF', ['.', '.', '\r', '\n', SECOND].map((piece) => Buffer.from(piece))],
  ])('a first line of a stuffed dot, cut as %s, ends nothing', async (_, pieces) => {
    await wire.envelope();
    const from = wire.received.length;
    for (const piece of pieces) {
      await sendWhole(piece);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // one mail, of which what was to be smuggled is the text
    expect(await wire.hear(1, from)).toMatch(/^250 2\.6\.0 .*\r\n$/);
    expect(await wire.say('NOOP\r\n')).toMatch(/^250/);
    expect(wire.received.slice(from).match(/^\d{3} /gm)).toHaveLength(2);
    const [only, ...others] = started.intake.accepted;
    expect(others).toHaveLength(0);
    expect(started.intake.original(only?.message.id)).toMatch(/\r\n\.\r\nMAIL FROM:<evil@e\.example>\r\n/);
  });

  it('are unstuffed wherever the segments end', async () => {
    await wire.envelope();
    await sendByBytes(Buffer.from(`${mail({}, '..a\r\n...\r\n.. \r\nend\r\n')}.\r\n`));
    await wire.hear(6);
    expect(started.intake.original(started.intake.accepted[0]?.message.id).split('\r\n\r\n')[1]).toBe('.a\r\n..\r\n. \r\nend\r\n');
  });
});

describe('who speaks too early', () => {
  it('is refused, without being waited for', async () => {
    const results = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const talker = new Wire(connect({ port: started.port, host: '127.0.0.1' }));
        talker.socket.write('EHLO early.example\r\nMAIL FROM:<a@b.example>\r\n');
        await talker.hear(1);
        const heard = talker.received;
        talker.close();
        return heard;
      }),
    );
    // whether the words are there in time is up to the kernel; on loopback they are
    expect(results.filter((heard) => heard.startsWith('421 ')).length).toBeGreaterThan(0);
    expect(results.every((heard) => heard.startsWith('421 ') || heard.startsWith('220 '))).toBe(true);
  });
});
