/** STARTTLS, the certificate and its renewal, LMTP, and a real mail tool. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as connectPath } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.js';
import { LMTP, mail, routesOf, startInlet, Wire, type Started } from './harness.js';

const run = promisify(execFile);
const dir = mkdtempSync(join(tmpdir(), 'stanzapost-tls-'));
const tls = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };

async function makeCertificate(name: string): Promise<void> {
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', tls.key, '-out', tls.cert]);
}

beforeAll(() => makeCertificate('first.example'));
afterAll(() => rmSync(dir, { recursive: true }));

let started: Started;
const wires: Wire[] = [];
const open = async (): Promise<Wire> => {
  const wire = await Wire.open(started.port);
  wires.push(wire);
  return wire;
};
afterEach(async () => {
  wires.splice(0).forEach((wire) => wire.close());
  await started.inlet.stop(100);
});

async function secure(wire: Wire): Promise<{ tlsWire: Wire; name: string | undefined }> {
  wire.socket.removeAllListeners();
  wires.splice(wires.indexOf(wire), 1); // destroyed from below a TLS session, it would take Node with it
  const socket: TLSSocket = connect({ socket: wire.socket, rejectUnauthorized: false });
  const tlsWire = new Wire(socket);
  wires.push(tlsWire);
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return { tlsWire, name: [socket.getPeerCertificate().subject.CN].flat()[0] };
}

async function startTls(): Promise<{ tlsWire: Wire; name: string | undefined }> {
  const wire = await open();
  expect(await wire.hello()).toContain('STARTTLS');
  expect(await wire.say('STARTTLS\r\n')).toMatch(/^220/);
  return secure(wire);
}

describe('STARTTLS', () => {
  it('carries a mail, and says so in Received', async () => {
    started = await startInlet({ tls });
    const { tlsWire } = await startTls();
    expect(await tlsWire.say('MAIL FROM:<x@e.example>\r\n')).toMatch(/^503/);
    expect(await tlsWire.say('EHLO client.example\r\n')).not.toContain('STARTTLS');
    await tlsWire.envelope();
    expect(await tlsWire.say(`${mail()}.\r\n`)).toMatch(/^250/);
    expect(started.intake.original(started.intake.accepted[0]?.message.id)).toContain('with ESMTPS id');
  });

  it('forgets what was sent in plain text behind the command', async () => {
    started = await startInlet({ tls });
    const wire = await open();
    await wire.hello();
    const heard = await wire.say('STARTTLS\r\nEHLO injected.example\r\nMAIL FROM:<evil@e.example>\r\n');
    expect(heard).toMatch(/^220 .*\r\n$/);
    const { tlsWire } = await secure(wire);
    expect(await tlsWire.say('RCPT TO:<alice@gw.example.org>\r\n')).toMatch(/^503/);
    await tlsWire.say('EHLO client.example\r\n');
    expect(await tlsWire.say('RCPT TO:<alice@gw.example.org>\r\n')).toMatch(/^503/);
    expect(tlsWire.received).not.toContain('injected');
  });

  it('a handshake that is never made is cut', async () => {
    started = await startInlet({ tls, limits: { commandMs: 200 } });
    const wire = await open();
    await wire.hello();
    await wire.say('STARTTLS\r\n');
    await wire.closed(3_000);
    expect(started.log.some(({ why }) => why === 'TLS handshake took too long')).toBe(true);
  });

  it('holds the same guard over the lines', async () => {
    started = await startInlet({ tls });
    const { tlsWire } = await startTls();
    await tlsWire.say('EHLO client.example\r\n');
    await tlsWire.envelope();
    expect(await tlsWire.say(`${mail({}, 'a\n.\nb\r\n')}.\r\n`)).toMatch(/^554 5\.6\.11/);
  });
});

describe('the certificate', () => {
  it('is read again on demand; one that cannot be used leaves the old one', async () => {
    started = await startInlet({ tls });
    expect((await startTls()).name).toBe('first.example');
    await makeCertificate('second.example');
    expect((await startTls()).name).toBe('first.example');
    expect(started.inlet.reloadCertificate()).toBeUndefined();
    expect((await startTls()).name).toBe('second.example');
    writeFileSync(tls.cert, 'not a certificate');
    expect(started.inlet.reloadCertificate()).toBeInstanceOf(Failure);
    expect((await startTls()).name).toBe('second.example');
    expect(started.log.some(({ level, msg }) => level === 50 && String(msg).includes('the old one stays'))).toBe(true);
  });

  it('is read again when its files change', async () => {
    await makeCertificate('before.example');
    started = await startInlet({ tls });
    await makeCertificate('after.example');
    const deadline = Date.now() + 10_000;
    while (!started.log.some(({ msg }) => msg === 'certificate read') && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await startTls()).name).toBe('after.example');
  });

  it('that cannot be used at the start is said at once', async () => {
    await makeCertificate('third.example');
    const { key } = tls;
    await expect(startInlet({ tls: { key, cert: '/nowhere.pem' } })).rejects.toThrow('/nowhere.pem');
    started = await startInlet({ tls });
  });
});

describe('LMTP', () => {
  it('answers each recipient by itself, a repeated one too', async () => {
    started = await startInlet({ listen: [LMTP] });
    started.intake.onAccept = (to) => (to.local === 'bob' ? Failure.temporary('storage', 'Locked.') : 'stored');
    const wire = await open();
    await wire.hello('LHLO mx.example.org');
    const names = ['alice@gw.example.org', 'bob@gw.example.org', 'alice@gw.example.org'];
    await wire.envelope('x@e.example', names);
    expect((await wire.say(`${mail()}.\r\n`, 3)).match(/^\d{3} \d\.\d\.\d/gm)).toEqual(['250 2.6.0', '452 4.3.1', '250 2.6.0']);
    expect(started.intake.accepted.map(({ routes }) => routesOf(routes))).toEqual([['alice@example.org', 'bob@example.org']]);
    await wire.envelope('x@e.example', names.slice(0, 2));
    expect((await wire.say(`${mail({ From: 'a@b.example, c@d.example' })}.\r\n`, 2)).match(/^550 5\.6\.0/gm)).toHaveLength(2);
    await wire.envelope('x@e.example', names.slice(0, 2));
    const heard = await wire.say(`${mail({}, 'a\nb\r\n')}.\r\nRSET\r\n`, 2);
    await wire.closed();
    expect(heard.match(/^\d{3} \d\.\d\.\d+/gm)).toEqual(['554 5.6.11', '554 5.6.11']);
    expect(await (await open()).hello('EHLO x.example')).toMatch(/^500/);
  });

  it('is served on a unix socket, and takes one over from a gateway that was killed', async () => {
    const path = join(dir, 'lmtp.sock');
    const killed = createServer().listen(path);
    await new Promise((resolve) => killed.once('listening', resolve));
    const served = startInlet({ listen: [{ protocol: 'lmtp', path }] });
    await expect(served).rejects.toThrow('EADDRINUSE');
    // what SIGKILL leaves behind: the file without anybody behind it
    await run('python3', ['-c', 'import os,socket,sys; os.unlink(sys.argv[1]); s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])', path]);
    killed.close();
    started = await startInlet({ listen: [{ protocol: 'lmtp', path }], verify: true, trustedAuthserv: 'mx.example.org' });
    expect(started.inlet.address()).toEqual([{ protocol: 'lmtp', path }]);
    const wire = new Wire(connectPath(path));
    wires.push(wire);
    await wire.hello('LHLO mx.example.org');
    await wire.envelope();
    expect(await wire.say(`Authentication-Results: mx.example.org; dmarc=pass header.from=e.example\r\n${mail()}.\r\n`)).toMatch(/^250/);
    expect(started.intake.accepted[0]?.message.authenticity).toBe('verified');
  });
});

describe('swaks', () => {
  it('delivers over STARTTLS, and over LMTP', async () => {
    started = await startInlet({ tls, listen: [{ protocol: 'smtp', host: '127.0.0.1', port: 0 }, LMTP] });
    const [smtp, lmtp] = started.inlet.address().map((bound) => ('port' in bound ? String(bound.port) : ''));
    const common = ['--server', '127.0.0.1', '--from', 'x@e.example', '--to', 'alice@gw.example.org', '--header', 'Subject: from swaks', '--body', 'Grüße, 漢字'];
    const { stdout } = await run('swaks', [...common, '--port', smtp ?? '', '--tls']);
    expect(stdout).toMatch(/<~ {2}250 2\.6\.0/);
    const { stdout: second } = await run('swaks', [...common, '--port', lmtp ?? '', '--protocol', 'LMTP']);
    expect(second).toMatch(/<- {2}250 2\.6\.0/);
    expect(started.intake.accepted.map(({ message }) => [message.subject, message.text])).toEqual([
      ['from swaks', 'Grüße, 漢字'],
      ['from swaks', 'Grüße, 漢字'],
    ]);
  });
});
