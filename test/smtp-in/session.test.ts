/** Whole transactions over a real socket. */
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../src/failure.js';
import { mail, routesOf, startInlet, Wire, type Started } from './harness.js';

let started: Started;
let wire: Wire;

beforeEach(async () => {
  started = await startInlet();
  wire = await Wire.open(started.port);
});
afterEach(async () => {
  wire.close();
  await started.inlet.stop(100);
});

describe('a transaction', () => {
  it('keeps a return path whose local part is longer than RFC 5321 allows, up to a whole path of 254', async () => {
    await wire.hello();
    const verp = `${'b'.repeat(240)}@e.example`;
    expect(await wire.envelope(verp)).toMatch(/\r\n354 /);
    expect(await wire.say(`${mail()}.\r\n`)).toMatch(/^250 /);
    expect(started.intake.accepted[0]?.message.returnTo).toMatchObject({ local: 'b'.repeat(240), domain: 'e.example' });
    expect(await wire.say(`MAIL FROM:<${'b'.repeat(245)}@e.example>\r\n`)).toMatch(/^553 5\.1\.3/);
    await wire.say('MAIL FROM:<x@e.example>\r\n');
    expect(await wire.say(`RCPT TO:<${'b'.repeat(65)}@gw.example.org>\r\n`)).toMatch(/^553 5\.1\.3/);
  });

  it('answers commands that came together in one write', async () => {
    await wire.hello();
    const writes = vi.spyOn(Socket.prototype, '_write');
    const together = vi.spyOn(Socket.prototype, '_writev' as never);
    await wire.say('MAIL FROM:<x@e.example>\r\nRCPT TO:<alice@gw.example.org>\r\nDATA\r\n', 3);
    expect(together).toHaveBeenCalledTimes(1);
    // The other one is the client's.
    expect(writes).toHaveBeenCalledTimes(1);
    vi.restoreAllMocks();
  });

  it('announces what is served and nothing else', async () => {
    const ehlo = await wire.hello();
    expect(wire.received).toMatch(/^220 gw\.example\.org ESMTP/);
    for (const keyword of ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'DSN', 'SIZE 52428800']) expect(ehlo).toContain(keyword);
    for (const keyword of ['AUTH', 'STARTTLS', 'XCLIENT']) expect(ehlo).not.toContain(keyword);
    expect(await wire.say('AUTH PLAIN YWRtaW4AAHBhc3N3b3Jk\r\n')).toMatch(/^500 /);
    expect(await wire.say('WIZ\r\n')).toMatch(/^500 /);
  });

  it('answers 250 after the commit, with the id', async () => {
    let commit: (() => void) | undefined;
    started.intake.onAccept = () => new Promise((resolve) => (commit = () => resolve('stored')));
    await wire.hello();
    await wire.envelope();
    const before = wire.received.length;
    const answer = wire.say(`${mail()}.\r\n`);
    while (commit === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(wire.received.length).toBe(before);
    commit();
    const [stored] = [(await answer).match(/^250 2\.6\.0 ([0-9a-z]{26}) accepted/)?.[1]];
    expect(started.intake.accepted).toHaveLength(1);
    expect(started.intake.accepted[0]?.message).toMatchObject({
      id: stored,
      original: stored,
      source: 'mail',
      sender: { local: 'x', domain: 'e.example' },
      senderName: 'X',
      returnTo: { local: 'x', domain: 'e.example' },
      authenticity: 'verified',
      subject: 'Test',
      text: 'Hello.',
      ids: { mail: '<1@e.example>', stanza: stored },
      wantsReceipt: false,
    });
    expect(started.log.filter(({ msg }) => msg === 'mail in')).toMatchObject([
      { message: stored, from: 'x@e.example', to: ['alice@gw.example.org'], verdict: 'accepted', peer: '127.0.0.1' },
    ]);
  });

  it('keeps the original with our Received on top, and without a result that claims to be ours', async () => {
    await wire.hello('EHLO client.example');
    await wire.envelope();
    const forged = 'Authentication-Results: (x) GW.example.org;\r\n dmarc=pass header.from=e.example\r\nAuthentication-Results: other.example; spf=pass\r\n';
    await wire.say(`${forged}${mail({}, '..dotted\r\nend\r\n')}.\r\n`);
    const original = started.intake.original(started.intake.accepted[0]?.message.original);
    const id = started.intake.accepted[0]?.message.id ?? '';
    expect(original).toMatch(
      new RegExp(`^Received: from client\\.example \\(\\[127\\.0\\.0\\.1\\]\\)\\r\\n\\tby gw\\.example\\.org with ESMTP id ${id}\\r\\n\\tfor <alice@gw\\.example\\.org>;\\r\\n\\t\\w{3}, \\d\\d \\w{3} \\d{4} [\\d:]{8} \\+0000\\r\\nAuthentication-Results: other`),
    );
    expect(original).not.toContain('dmarc=pass');
    expect(original.endsWith('\r\n\r\n.dotted\r\nend\r\n')).toBe(true);
  });

  it('hands several recipients in at once, each person once, and does not name them in Received', async () => {
    await wire.hello();
    await wire.envelope('x@e.example', ['alice@gw.example.org', 'bob@GW.EXAMPLE.ORG', 'ALICE@gw.example.org']);
    await wire.say(`${mail()}.\r\n`);
    expect(started.intake.accepted.map(({ routes }) => routesOf(routes))).toEqual([['alice@example.org', 'bob@example.org']]);
    expect(started.intake.original(started.intake.accepted[0]?.message.id)).not.toContain('for <');
  });

  it('welcomes the null return path, and answers nothing to it', async () => {
    await wire.hello();
    expect(await wire.envelope('')).toContain('354');
    expect(await wire.say(`${mail()}.\r\n`)).toMatch(/^250 /);
    expect(started.intake.accepted[0]?.message.returnTo).toBeUndefined();
  });

  it('keeps ENVID and what each recipient wants to hear', async () => {
    await wire.hello();
    await wire.say('MAIL FROM:<x@e.example> RET=HDRS ENVID=QQ+2B314 SIZE=100 BODY=8BITMIME SMTPUTF8\r\n');
    expect(await wire.say('RCPT TO:<alice@gw.example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;alice@gw.example.org\r\n')).toMatch(/^250/);
    expect(await wire.say('RCPT TO:<bob@gw.example.org> NOTIFY=NEVER\r\n')).toMatch(/^250/);
    await wire.say('DATA\r\n');
    expect(await wire.say(`${mail()}.\r\n`)).toMatch(/^250 /);
    const [alice, bob] = started.intake.accepted;
    expect(alice?.message).toMatchObject({ envelopeId: 'QQ+314', wantsReceipt: true, returnTo: { local: 'x' } });
    expect(bob?.message).toMatchObject({ wantsReceipt: false, original: alice?.message.id });
    expect(bob?.message.returnTo).toBeUndefined();
    expect(bob?.message.id).not.toBe(alice?.message.id);
  });

  it.each([
    ['ENVID with a hidden line break', 'MAIL FROM:<a@b.example> ENVID=ab+0D+0Acd', /^501/],
    ['a size above ours', 'MAIL FROM:<a@b.example> SIZE=99999999999', /^552/],
    ['an unknown parameter', 'MAIL FROM:<a@b.example> FOO=1', /^555 5\.5\.4/],
    ['a parameter twice', 'MAIL FROM:<a@b.example> RET=FULL RET=HDRS', /^501/],
    ['no angle brackets', 'MAIL FROM: a@b.example', /^501/],
    ['a source route', 'MAIL FROM:<@us.example:a@b.example>', /^550 5\.7\.1/],
    ['invalid UTF-8', Buffer.from('MAIL FROM:<\xff@b.example>', 'latin1'), /^501/],
  ])('refuses MAIL with %s', async (_, command, reply) => {
    await wire.hello();
    expect(await wire.say(Buffer.concat([Buffer.from(command), Buffer.from('\r\n')]))).toMatch(reply);
  });

  it('defers when the store does not take it, and stays usable', async () => {
    started.intake.onAccept = () => Failure.temporary('storage', 'Disk full.');
    await wire.hello();
    await wire.envelope();
    expect(await wire.say(`${mail()}.\r\n`)).toMatch(/^452 4\.3\.1 Disk full/);
    started.intake.onAccept = () => Failure.temporary('overloaded', 'Busy.');
    await wire.envelope();
    expect(await wire.say(`${mail()}.\r\n`)).toMatch(/^451 4\.3\.2/);
    started.intake.onAccept = () => 'repeat';
    await wire.envelope();
    expect(await wire.say(`${mail()}.\r\n`)).toMatch(/^250/);
  });

  it('defers all when one of several recipients is deferred', async () => {
    started.intake.onAccept = (to) => (to.local === 'bob' ? Failure.temporary('storage', 'Locked.') : 'stored');
    await wire.hello();
    await wire.envelope('x@e.example', ['alice@gw.example.org', 'bob@gw.example.org']);
    expect(await wire.say(`${mail()}.\r\n`)).toMatch(/^452 4\.3\.1/);
  });

  it('defers when the original cannot be stored, also in the middle of a large mail', async () => {
    started.intake.onWrite = () => Promise.reject(new Error('disk full'));
    await wire.hello();
    await wire.envelope();
    expect(await wire.say(`${mail()}.\r\n`)).toMatch(/^452 4\.3\.1/);
    await wire.envelope();
    expect(await wire.say(`${mail({}, 'x'.repeat(70).concat('\r\n').repeat(20_000))}.\r\n`)).toMatch(/^452 4\.3\.1/);
    expect(started.intake.accepted).toHaveLength(0);
    expect(started.intake.refusals.map(({ failure }) => failure.reason)).toEqual(['storage', 'storage']);
  });

  it('refuses a mail that has gone round too often', async () => {
    await wire.hello();
    await wire.envelope();
    const rounds = 'Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\r\n'.repeat(60);
    expect(await wire.say(`${rounds}${mail()}.\r\n`)).toMatch(/^554 5\.4\.6/);
  });

  it('keeps a large mail in pieces and whole', async () => {
    await wire.hello();
    await wire.envelope();
    const body = 'äöü and 漢字 all the way down.\r\n'.repeat(60_000);
    expect(await wire.say(`${mail({ 'Content-Type': 'text/plain; charset=utf-8' }, body)}.\r\n`)).toMatch(/^250/);
    const { id } = started.intake.accepted[0]?.message ?? { id: '' };
    expect(started.intake.pieces.get(id)?.every((piece) => piece.length <= 256 * 1024)).toBe(true);
    expect(started.intake.original(id).endsWith(`\r\n\r\n${body}`)).toBe(true);
  });

  it('takes nothing of a mail that broke off', async () => {
    await wire.hello();
    await wire.envelope();
    wire.socket.write('From: x@e.example\r\n\r\nHal');
    wire.socket.end();
    while (!started.log.some(({ msg }) => msg === 'mail broke off')) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(started.intake.accepted).toHaveLength(0);
  });

  it('forgets what it stored of a large mail that broke off', async () => {
    await wire.hello();
    await wire.envelope();
    wire.socket.write(`${mail()}${'All the world is a stage.\r\n'.repeat(30_000)}`);
    wire.socket.end();
    while (!started.log.some(({ msg }) => msg === 'mail broke off')) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(started.intake.pieces.size).toBe(1);
    expect(started.intake.discarded).toEqual([...started.intake.pieces.keys()]);
  });

  it('processes what follows the final dot as the next command, and never as text', async () => {
    await wire.hello();
    await wire.envelope();
    const heard = await wire.say(`${mail()}.\r\nMAIL FROM:<y@e.example>\r\nRSET\r\n`, 3);
    expect(heard).toMatch(/^250 2\.6\.0 [^]*\r\n250 [^]*\r\n250 /);
    expect(started.intake.accepted.map(({ message }) => message.text)).toEqual(['Hello.']);
  });
});

describe('reports that return', () => {
  const dsn = (action: string): string =>
    [
      'From: MAILER-DAEMON@out.example, second@out.example',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'Sorry.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; out.example',
      '',
      'Final-Recipient: rfc822; joe@there.example',
      `Action: ${action}`,
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 5.1.1 no joe here',
      '',
      '--b--',
      '',
    ].join('\r\n');

  it('become a word to the middle', async () => {
    await wire.hello();
    await wire.envelope('', ['bounces+01hx@gw.example.org']);
    expect(await wire.say(`${dsn('failed')}.\r\n`)).toMatch(/^250/);
    expect(started.intake.reports).toMatchObject([{ id: '01hx', recipient: 'joe@there.example', state: 'failed' }]);
    expect(started.intake.reports[0]?.failure).toMatchObject({ kind: 'permanent', status: '5.1.1', remote: '550 5.1.1 no joe here' });
    await wire.envelope('', ['bounces+01hy@gw.example.org']);
    await wire.say(`${dsn('delayed')}.\r\n`);
    await wire.envelope('', ['bounces+01hz@gw.example.org']);
    await wire.say(`${dsn('relayed')}.\r\n`);
    expect(started.intake.reports.map(({ state }) => state)).toEqual(['failed', 'delayed']);
    expect(started.intake.accepted).toHaveLength(0);
  });

  it('drop what is no report', async () => {
    await wire.hello();
    await wire.envelope('', ['bounces+01hx@gw.example.org']);
    expect(await wire.say(`${mail({ Subject: 'Out of office' })}.\r\n`)).toMatch(/^250/);
    expect(started.intake.reports).toHaveLength(0);
    expect(started.log.some(({ about, subject }) => about === '01hx' && subject === 'Out of office')).toBe(true);
  });
});
