/** The check by a real rspamd, and what becomes of mail where it does not answer, or answers nonsense. */
import { createServer } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Failure } from '../../src/failure.js';
import { inspectionBy } from '../../src/gateway/screening.js';
import type { SmtpInOptions } from '../../src/smtp-in/options.js';
import { Rspamd } from '../../src/smtp-in/rspamd.js';
import { opinionOf } from '../../src/smtp-in/rspamd-answer.js';
import { ask } from '../../src/smtp-in/rspamd-request.js';
import type { Screen } from '../../src/smtp-in/screen.js';
import { startRspamd, GTUBE, type Rspamd as Server } from '../servers/rspamd.js';
import { LMTP, mail, startInlet, Wire, type Started } from './harness.js';

const PUT_OFF = Failure.temporary('greylisted', 'Greylisted: please try again in 300 seconds.');

interface Desk extends Started {
  readonly log: Record<string, unknown>[];
  readonly rspamd: Rspamd;
  /** Hands in one mail; what is answered to it. */
  send(raw: string, to?: readonly string[], from?: string): Promise<string>;
}

/** An inlet whose mail is shown to rspamd there. */
async function open(to: string, { within = 5_000, options = { trustedPeers: [] }, putOff = () => PUT_OFF, password }: { within?: number; options?: Partial<SmtpInOptions>; putOff?: Screen; password?: string } = {}): Promise<Desk> {
  const log: Record<string, unknown>[] = [];
  const rspamd = new Rspamd({ to, within, ...(password !== undefined && { password }) }, pino({ level: 'debug' }, { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) }));
  const started = await startInlet(options, undefined, [], inspectionBy(rspamd.filter, putOff));
  onTestFinished(() => started.inlet.stop(0));
  const send = async (raw: string, recipients?: readonly string[], from?: string): Promise<string> => {
    const wire = await Wire.open(started.port);
    await wire.hello(options.listen === undefined ? 'EHLO client.example' : 'LHLO client.example');
    await wire.envelope(from, recipients);
    const reply = await wire.say(`${raw}.\r\n`, options.listen === undefined ? 1 : (recipients?.length ?? 1));
    wire.close();
    return reply.trim();
  };
  return { ...started, log, rspamd, send };
}

/** What was warned of, or told. */
const told = ({ log }: Desk): unknown[] => log.filter(({ level }) => Number(level) >= 30).map(({ msg }) => msg);

describe('rspamd', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startRspamd();
  }, 40_000);
  afterAll(() => server.stop());
  const here = (): string => server.url;

  it('refuses what it rejects, in its words', async () => {
    const desk = await open(here());
    expect(await desk.send(mail({}, `${GTUBE}\r\n`))).toBe('550 5.7.1 Gtube pattern');
    expect(await desk.send(mail({ Subject: 'rspamd:reject' }))).toBe('550 5.7.1 The mail looks like spam.');
    expect(desk.intake.accepted).toEqual([]);
    expect(desk.intake.refusals.map(({ failure }) => failure.reason)).toEqual(['spam', 'spam']);
    expect([...desk.intake.pieces.keys()]).toEqual([]);
  });

  it('marks what it would mark, takes what it lets pass, and puts off what it puts off', async () => {
    const desk = await open(here());
    expect(await desk.send(mail({ Subject: 'rspamd:add header' }))).toMatch(/^250 /);
    expect(await desk.send(mail({ Subject: 'none' }))).toMatch(/^250 /);
    expect(desk.intake.accepted.map(({ message }) => message.spam)).toEqual([true, undefined]);
    expect(desk.intake.people.length).toBe(1);
    expect(await desk.send(mail({ Subject: 'rspamd:soft reject' }))).toBe('451 4.7.1 Try again, 4 times');
    expect(desk.intake.accepted.length).toBe(2);
  });

  it('puts a mail to several off once, and not once for each of them', async () => {
    const seen = new Set<string>();
    const desk = await open(here(), { putOff: ({ recipient: { local }, routes }) => (seen.has(local) ? routes : (seen.add(local), PUT_OFF)) });
    const toBoth = (): Promise<string> => desk.send(mail({ Subject: 'rspamd:greylist' }), ['alice@gw.example.org', 'bob@gw.example.org']);
    expect(await toBoth()).toMatch(/^451 /);
    expect(await toBoth()).toMatch(/^250 /);
  });

  it('is asked about what it only doubts no more than the greylist says', async () => {
    const asked: string[] = [];
    const desk = await open(here(), { putOff: ({ recipient, routes }) => (asked.push(recipient.local) > 2 ? routes : PUT_OFF) });
    const raw = mail({ Subject: 'rspamd:greylist' });
    expect(await desk.send(raw)).toBe('451 4.7.1 Greylisted: please try again in 300 seconds.');
    expect(await desk.send(raw)).toMatch(/^451 /);
    expect(await desk.send(raw, ['alice@gw.example.org', 'bob@gw.example.org'])).toMatch(/^250 /);
    expect(asked).toEqual(['alice', 'alice', 'alice', 'bob']);
  });

  it('is told the way of the mail, once for all recipients', async () => {
    const desk = await open(here());
    const raw = mail({ Subject: 'rspamd:facts' });
    const reply = await desk.send(raw, ['alice@gw.example.org', 'bob@gw.example.org'], 'x@e.example');
    expect(reply).toMatch(/^451 4\.7\.1 ip=127\.0\.0\.1 helo=client\.example from=x@e\.example to=alice@gw\.example\.org,bob@gw\.example\.org queue=[0-9a-z]{26} size=\d+ end=.*Hello\.$/);
    expect(await desk.send(raw, undefined, '')).toMatch(/from=(none|) to=alice@gw\.example\.org /);
  });

  it('is not told that our own MTA is the client', async () => {
    const desk = await open(here(), { options: { trustedPeers: ['127.0.0.1'] } });
    expect(await desk.send(mail({ Subject: 'rspamd:facts' }))).not.toMatch(/helo=client/);
  });

  it('is heard by each recipient of LMTP', async () => {
    const desk = await open(here(), { options: { trustedPeers: [], listen: [LMTP] } });
    expect(await desk.send(mail({}, `${GTUBE}\r\n`), ['alice@gw.example.org', 'bob@gw.example.org'])).toBe('550 5.7.1 Gtube pattern\r\n550 5.7.1 Gtube pattern');
  });

  it('gets the whole of a mail that is kept in pieces', async () => {
    const desk = await open(here());
    const line = `${'x'.repeat(70)}\r\n`;
    expect(await desk.send(mail({ Subject: 'rspamd:facts' }, `${line.repeat(20_000)}the end\r\n`))).toMatch(/size=1440\d\d\d end=x+theend$/);
    expect(await desk.send(mail({}, line.repeat(20_000)))).toMatch(/^250 /);
  });

  it('is not asked about answers to our mail', async () => {
    const desk = await open(here());
    expect(await desk.send(mail({}, `${GTUBE}\r\n`), ['bounces+1@gw.example.org'], '')).toMatch(/^250 /);
  });

  it('that is gone holds up nobody, is warned of once, and is asked again when it is back', async () => {
    const desk = await open(here());
    const spam = mail({}, `${GTUBE}\r\n`);
    await server.kill();
    for (let i = 0; i < 5; i++) expect(await desk.send(spam)).toMatch(/^250 /);
    expect(told(desk)).toEqual(['rspamd does not answer: mail is taken unchecked until it does']);
    expect(desk.rspamd.missed).toBe(5);
    await server.start();
    expect(await desk.send(spam)).toMatch(/^550 /);
    expect(told(desk).slice(1)).toEqual(['rspamd answers again']);
    expect(desk.rspamd.missed).toBe(0);
  }, 60_000);

  it('that hangs holds up one mail at a time, after the first few, and none for longer than the limit', async () => {
    const desk = await open(here(), { within: 300 });
    server.suspend();
    onTestFinished(() => server.resume());
    for (let i = 0; i < 3; i++) expect(await desk.send(mail())).toMatch(/^250 /);
    expect(await Promise.all(Array.from({ length: 20 }, () => desk.send(mail())))).toEqual(Array(20).fill(expect.stringMatching(/^250 /)));
    const waited = desk.log.filter(({ level, msg }) => Number(level) === 20 && msg === 'rspamd does not answer').length;
    expect(waited).toBeLessThan(15);
    expect(told(desk)).toEqual(['rspamd does not answer: mail is taken unchecked until it does']);
    server.resume();
  });

  it('answers a ping with its version', async () => {
    expect(await ask({ to: here(), method: 'GET', path: '/ping', within: 5_000 })).toMatchObject({ status: 200, server: expect.stringMatching(/^rspamd\/\d/) as string, body: expect.stringMatching(/^pong/) as string });
  });
});

describe('what is not rspamd', () => {
  /** Answers every request with these bytes. */
  async function liar(bytes: string | ((request: string) => string)): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (request: Buffer) => {
        socket.end(typeof bytes === 'string' ? bytes : bytes(request.toString('utf8')));
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }
  const http = (body: string, status = '200 OK'): string => `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

  it.each([
    ['no HTTP', '220 mail.example ESMTP\r\n', /Parse Error/],
    ['nothing', '', /ended|hang up|reset/i],
    ['an error', http('{"action":"reject"}', '500 Trouble'), /status 500/],
    ['a page', http('<html>'), /none of rspamd/],
    ['JSON of another shape', http('{"action":{"reject":1}}'), /none of rspamd/],
    ['a list', http('[]'), /none of rspamd/],
    ['half an answer', http('{"action":"reject"}').slice(0, -4), /aborted|ended/],
    ['more than it may say', http(`{"action":"reject","more":"${'x'.repeat(2 * 1024 * 1024)}"}`), /more than 1048576 bytes/],
  ])('takes the mail where it is answered %s', async (_, bytes, why) => {
    const desk = await open(await liar(bytes));
    expect(await desk.send(mail())).toMatch(/^250 /);
    expect(told(desk)).toEqual(['rspamd does not answer: mail is taken unchecked until it does']);
    expect(JSON.stringify(desk.log[0]?.err)).toMatch(why);
  });

  it('hears no more than the password it wants, of mail beyond ASCII too', async () => {
    let heard = '';
    const there = await liar((request) => ((heard = request), http('{"action":"no action"}')));
    const desk = await open(there, { password: 'geheim ü' });
    expect(await desk.send(mail())).toMatch(/^250 /);
    expect(heard).toMatch(/^POST \/checkv2 HTTP\/1\.1\r\n/);
    expect(heard).toContain('\r\nPassword: geheim ü\r\n');
    expect(heard).toMatch(/\r\nContent-Length: \d+\r\n/);
    expect(JSON.stringify(desk.log)).not.toContain('geheim');
  });

  it('is not led elsewhere', async () => {
    const elsewhere: string[] = [];
    const there = await liar(() => (elsewhere.push('asked'), http('{"action":"reject"}')));
    const desk = await open(await liar(`HTTP/1.1 307 Go\r\nLocation: ${there}/checkv2\r\nContent-Length: 0\r\n\r\n`));
    expect(await desk.send(mail())).toMatch(/^250 /);
    expect(elsewhere).toEqual([]);
  });
});

describe('an answer of rspamd', () => {
  it.each([
    ['no action', 'clean'],
    ['greylist', 'doubtful'],
    ['add header', 'spam'],
    ['rewrite subject', 'spam'],
    ['quarantine', 'spam'],
    ['soft reject', 'later'],
    ['reject', 'unwanted'],
    ['discard', 'unwanted'],
    ['an action of somebody\'s own', 'clean'],
    ['constructor', 'clean'],
    ['__proto__', 'clean'],
  ])('%s is %s', (action, verdict) => {
    expect(opinionOf(JSON.stringify({ action, score: 1 }))).toEqual({ verdict, said: '' });
  });

  it('is shown to the sender as one short line of ASCII', () => {
    const said = (smtp_message: unknown): string | undefined => opinionOf(JSON.stringify({ action: 'reject', messages: { smtp_message } }))?.said;
    expect(said('No\r\n250 ok\u202E\u0000')).toBe('No 250 ok');
    expect(said('x'.repeat(5_000))).toBe('x'.repeat(200));
    expect(said(7)).toBeUndefined();
  });
});
